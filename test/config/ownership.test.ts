/** Several toolboxes in one project: a file's owner gives away only what is theirs (DESIGN.md, toolbox.yaml). */
import { describe, expect, it } from 'vitest';
import { folder, HEAD, load, place, valid } from './support.js';

const MAIN = `${HEAD}servers: {files: {image: x}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: files, tools: [read]}]
`;
const team = (grants: string): string => `version: 1
toolbox: team
servers: {tickets: {image: t}}
grants:
${grants}`;

async function found(grants: string, main = MAIN): Promise<string[]> {
  const { diagnostics } = await load(await folder({ 'toolbox.yaml': main, 'team.toolbox.yaml': team(grants) }));
  return diagnostics.map((each) => `${place(each)} | ${each.detail} | ${each.fix}`);
}

describe('grants of another file', () => {
  it('come after the agent’s own, in the order of the files, each with a name of its own', async () => {
    const dir = await folder({
      'toolbox.yaml': MAIN,
      'team.toolbox.yaml': team(
        '  bot:\n    - {server: tickets, tools: ["list_*"], expires: 2027-06-30}\n    - {toolbox: team, tools: [get]}\n',
      ),
      'zoo.toolbox.yaml':
        'version: 1\ntoolbox: zoo\nservers: {z: {image: z}}\ngrants: {bot: [{server: z, tools: "*"}]}\n',
    });
    const { agents, locate } = await valid(dir);
    expect(
      agents.map(({ name, grants }) => [name, grants.map(({ rule, tools }) => `${rule} ${tools.join()}`)]),
    ).toEqual([
      [
        'bot',
        [
          'agents.bot.grants[0] read',
          'toolbox.team.grants.bot[0] list_*',
          'toolbox.team.grants.bot[1] get',
          'toolbox.zoo.grants.bot[0] *',
        ],
      ],
    ]);
    const places = agents[0]?.grants.map(({ at }) => locate(at)).map((range) => `${range?.file}:${range?.start.line}`);
    expect(places).toEqual(['toolbox.yaml:9', 'team.toolbox.yaml:6', 'team.toolbox.yaml:7', 'zoo.toolbox.yaml:4']);
  });
  it('may stand in the agent’s own file, too', async () => {
    const { agents } = await valid(
      await folder({ 'toolbox.yaml': `${MAIN}grants: {bot: [{server: files, tools: [write]}]}\n` }),
    );
    expect(agents[0]?.grants.map(({ rule }) => rule)).toEqual(['agents.bot.grants[0]', 'toolbox.main.grants.bot[0]']);
  });

  it.each<[string, string, string]>([
    [
      'another file’s server',
      '  bot: [{server: files, tools: [read]}]\n',
      'error grant_not_owned team.toolbox.yaml:5:18 | The server `files` is declared at toolbox.yaml:5:11; `grants:` gives away only what its own file declares. | Grant it in toolbox.yaml, or where the agent is declared.',
    ],
    [
      'another toolbox',
      '  bot: [{toolbox: main, tools: [read]}]\n',
      'error grant_not_owned team.toolbox.yaml:5:19 | The toolbox `main` is declared at toolbox.yaml:2:1; `grants:` gives away only what its own file declares. | Grant it in toolbox.yaml, or where the agent is declared.',
    ],
    [
      'a server that is nowhere',
      '  bot: [{server: tickts, tools: [read]}]\n',
      'error undefined_reference team.toolbox.yaml:5:18 | No server `tickts` is declared in this project. | Did you mean `tickets`?',
    ],
    [
      'an agent that is nowhere',
      '  bott: [{server: tickets, tools: [read]}]\n',
      'error undefined_reference team.toolbox.yaml:5:3 | No agent `bott` is declared in this project. | Did you mean `bot`?',
    ],
  ])('%s', async (_name, grants, expected) => {
    expect(await found(grants)).toEqual([expected]);
  });

  it.each<[string, string, string]>([
    ['no list', '  bot: {server: tickets, tools: [x]}\n', 'error wrong_type team.toolbox.yaml:5:8'],
    ['no tools', '  bot: [{server: tickets}]\n', 'error missing_key team.toolbox.yaml:5:9'],
    ['no server', '  bot: [{tools: [x]}]\n', 'error missing_key team.toolbox.yaml:5:9'],
    [
      'a rule for nothing',
      '  bot: [{server: tickets, tools: [x], arguments: {y: {}}}]\n',
      'error invalid_arguments_rule team.toolbox.yaml:5:51',
    ],
    [
      'a bad date',
      '  bot: [{server: tickets, tools: [x], expires: 2027-02-31}]\n',
      'error wrong_type team.toolbox.yaml:5:48',
    ],
  ])('%s', async (_name, grants, expected) => {
    expect((await found(grants)).map((each) => each.split(' | ')[0])).toEqual([expected]);
  });

  it('cannot declare the agent a second time', async () => {
    const second = team('  bot: [{server: tickets, tools: [x]}]\nagents: {bot: {authenticate: [{token: {}}]}}\n');
    const { diagnostics } = await load(await folder({ 'toolbox.yaml': MAIN, 'team.toolbox.yaml': second }));
    expect(diagnostics.map(place)).toEqual(['error duplicate_name team.toolbox.yaml:6:10']);
  });
  it('says nothing of what a file that cannot be read may declare', async () => {
    const { diagnostics } = await load(
      await folder({ 'toolbox.yaml': '{', 'team.toolbox.yaml': team('  bot: [{server: x, tools: [x]}]\n') }),
    );
    expect(diagnostics.map(place)).toEqual(['error yaml_syntax toolbox.yaml:1:2']);
  });
});
