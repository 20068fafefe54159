/** `${name}`: where values come from, which type they take, and what has none. */
import { describe, expect, it } from 'vitest';
import type { LoadOptions } from '../../src/config/load.js';
import { folder, HEAD, load, only, place, problems, valid } from './support.js';

const using = (variables: string, args: string): string =>
  `${HEAD}variables: ${variables}\nservers: {a: {image: x, args: ${args}}}\n`;

async function args(
  text: string,
  options: Partial<LoadOptions> = {},
  files: Record<string, string> = {},
): Promise<string[] | undefined> {
  return (await valid(await folder({ 'toolbox.yaml': text, ...files }), options)).servers[0]?.args;
}

describe('where a value comes from', () => {
  const text = using('{x: {default: d}}', '["${x}"]');
  const env = { TOOLCRIB_VAR_x: 'e' };
  const files = { 'v.yaml': 'x: f\n', 'w.yaml': 'x: g\n' };
  it('the default', async () => expect(await args(text)).toEqual(['d']));
  it('the environment over the default', async () => expect(await args(text, { env })).toEqual(['e']));
  it('a file over the environment, the later file over the earlier', async () => {
    expect(await args(text, { env, variableFiles: ['v.yaml', 'w.yaml'] }, files)).toEqual(['g']);
  });
  it('--var over all', async () => {
    expect(await args(text, { env, variableFiles: ['v.yaml'], variables: { x: 'o' } }, files)).toEqual(['o']);
  });
  it('the environment cannot hold hyphens', async () => {
    expect(await args(using('{a-b: {}}', '["${a-b}"]'), { env: { TOOLCRIB_VAR_a_b: 'e' } })).toEqual(['e']);
  });
});

describe('what is put in', () => {
  it('inside text, several, and an escape', async () => {
    expect(await args(using('{x: {default: 1}, y: {default: b}}', '["${x}-${y}", "$${x}", "$x $"]'))).toEqual([
      '1-b',
      '${x}',
      '$x $',
    ]);
  });
  it('a default of other variables', async () => {
    expect(await args(using('{x: {default: "${y}/x"}, y: {default: b}}', '["${x}"]'))).toEqual(['b/x']);
  });
  it('a value from outside is not looked through', async () => {
    expect(await args(using('{x: {}}', '["${x}"]'), { variables: { x: '${x}' } })).toEqual(['${x}']);
  });
  it('a value takes the type of its place', async () => {
    const text = `${HEAD}variables: {cpus: {}, on: {}, n: {default: 8080}, v: {default: 1.50}}
servers:
  a: {image: x, args: ["\${n}"], env: {N: "\${n}", V: 1.50}, resources: {cpus: "\${cpus}"}, mounts: [{volume: v, target: /v, readonly: "\${on}"}]}
volumes: {v: {}}
`;
    const { servers } = await valid(await folder({ 'toolbox.yaml': text }), { variables: { cpus: '0.5', on: 'true' } });
    expect(servers[0]).toMatchObject({
      args: ['8080'],
      env: { N: '8080', V: '1.50' },
      resources: { nanoCpus: 5e8 },
      mounts: [{ readonly: true }],
    });
  });
  it('names what a value of the wrong type came from', async () => {
    const text = `${HEAD}variables: {c: {default: much}}\nservers: {a: {image: x, resources: {cpus: "\${c}"}}}\n`;
    expect((await only(text)).detail).toBe(
      '`servers.a.resources.cpus` is `much`, but must be a number. It comes from the variable `c`.',
    );
  });
});

describe('what has no value', () => {
  const cases: [string, string, string, string, string][] = [
    ['undeclared', '{docs: {default: a}}', '["${dosc}"]', 'undefined_variable toolbox.yaml:6:32', 'Write `${docs}`.'],
    ['declared without a value', '{x: {}}', '["${x}"]', 'undefined_variable toolbox.yaml:5:13', '--var x='],
    [
      'a circle',
      '{x: {default: "${y}"}, y: {default: "${x}"}}',
      '["${x}"]',
      'variable_cycle toolbox.yaml:5:26',
      'Give one',
    ],
    ['a circle of one', '{x: {default: "a${x}"}}', '[]', 'variable_cycle toolbox.yaml:5:26', 'Give one'],
    ['no closing brace', '{x: {default: a}}', '["${x"]', 'undefined_variable toolbox.yaml:6:32', 'Close the brace'],
  ];
  it.each(cases)('%s', async (_name, variables, list, where, fix) => {
    const found = await only(using(variables, list));
    expect(found.place).toBe(`error ${where}`);
    expect(found.fix).toContain(fix);
  });
  it('--var for no variable is an error, a file for none a warning', async () => {
    const dir = await folder({ 'toolbox.yaml': using('{x: {default: a}}', '[]'), 'v.yaml': 'y: 1\n' });
    expect((await load(dir, { variables: { z: '1' } })).diagnostics.map(place)).toEqual(['error undefined_variable']);
    expect((await load(dir, { variableFiles: ['v.yaml'] })).diagnostics.map(place)).toEqual([
      'warning undefined_variable v.yaml:1:1',
    ]);
  });
  it('a variable file that is none', async () => {
    const dir = await folder({
      'toolbox.yaml': using('{x: {default: a}}', '[]'),
      'v.yaml': 'x: [1]\n',
      'w.yaml': '- x\n',
    });
    const { diagnostics } = await load(dir, { variableFiles: ['v.yaml', 'w.yaml', 'none.yaml'] });
    expect(diagnostics.map(place)).toEqual([
      'error file_missing',
      'error wrong_type v.yaml:1:4',
      'error wrong_type w.yaml:1:1',
    ]);
  });
  it('a file does not see another file’s variables', async () => {
    const dir = await folder({
      'toolbox.yaml': `${HEAD}variables: {x: {default: a}}\n`,
      'b.toolbox.yaml': 'version: 1\ntoolbox: b\nservers: {a: {image: "${x}"}}\n',
    });
    expect((await load(dir)).diagnostics.map(place)).toEqual(['error undefined_variable b.toolbox.yaml:3:22']);
  });
  it('environment variables of no variable are nobody’s business', async () => {
    expect(await problems(HEAD, { env: { TOOLCRIB_VAR_other: 'x' } })).toEqual([]);
  });
});
