/** `moved` and `project.previously`: what they come to, and what is wrong with an entry at its place. */
import { describe, expect, it } from 'vitest';
import { folder, HEAD, ID, load, only, place, valid } from './support.js';

const text = (moved: string): string =>
  `${HEAD}volumes: {notes: }\nservers: {files: {image: x}, mail: {image: y}}\nmoved:\n${moved}`;

describe('moved', () => {
  it('is read in the order of the files', async () => {
    const dir = await folder({
      'toolbox.yaml': text(
        '  - {from: server.a, to: server.b}\n  - {from: server.b, to: server.files}\n  - {from: volume.a, to: volume.notes}\n',
      ),
    });
    expect((await valid(dir)).moved.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'server.a server.b',
      'server.b server.files',
      'volume.a volume.notes',
    ]);
  });

  it.each<[string, string, string, RegExp]>([
    ['still declared', '- {from: server.mail, to: server.files}', 'invalid_move toolbox.yaml:8:10', /is declared at/],
    ['nowhere', '- {from: server.a, to: server.fils}', 'invalid_move toolbox.yaml:8:24', /No server `fils`/],
    ['of two kinds', '- {from: server.a, to: volume.notes}', 'invalid_move toolbox.yaml:8:24', /cannot become/],
    [
      'twice',
      '- {from: server.a, to: server.files}\n- {from: server.a, to: server.mail}',
      'invalid_move toolbox.yaml:9:10',
      /moved to `server.files` already/,
    ],
    ['no server', '- {from: agent.a, to: server.files}', 'wrong_type toolbox.yaml:8:10', /agent\.a/],
    ['no address', '- {from: files, to: server.files}', 'wrong_type toolbox.yaml:8:10', /files/],
    ['half', '- {from: server.a}', 'missing_key toolbox.yaml:8:3', /to/],
    ['more', '- {from: server.a, to: server.files, by: me}', 'unknown_key toolbox.yaml:8:38', /by/],
  ])('%s', async (_name, moved, where, detail) => {
    const found = await only(text(moved));
    expect(found.place).toBe(`error ${where}`);
    expect(found.detail).toMatch(detail);
  });
  it('in a circle', async () => {
    const dir = await folder({
      'toolbox.yaml': text('- {from: server.a, to: server.b}\n- {from: server.b, to: server.a}\n'),
    });
    const { diagnostics } = await load(dir);
    expect(diagnostics.map(place)).toEqual([
      'error invalid_move toolbox.yaml:8:24',
      'error invalid_move toolbox.yaml:9:24',
    ]);
  });
  it('to what another file declares', async () => {
    const other = 'version: 1\ntoolbox: b\nmoved: [{from: volume.a, to: volume.notes}]\n';
    const dir = await folder({ 'toolbox.yaml': text('  []\n'), 'b.toolbox.yaml': other });
    const { diagnostics } = await load(dir);
    expect(diagnostics.map((each) => `${place(each)} ${each.fix}`)).toEqual([
      'error invalid_move b.toolbox.yaml:3:30 Write the entry in toolbox.yaml.',
    ]);
  });
});

describe('project.previously', () => {
  const project = (rest: string): string => `version: 1\ntoolbox: main\nproject: {name: acme, id: ${ID}, ${rest}}\n`;

  it('is the environment’s, where it has names of its own', async () => {
    const dir = await folder({
      'toolbox.yaml': project(
        'previously: [old], environments: {prod: {name: acme-prod, previously: [old-prod]}, dev: {}}',
      ),
    });
    expect((await valid(dir)).project).toMatchObject({ name: 'acme', previously: ['old'], elsewhere: ['acme-prod'] });
    expect((await valid(dir, { environment: 'prod' })).project).toMatchObject({
      name: 'acme-prod',
      previously: ['old-prod'],
      elsewhere: ['acme'],
    });
    expect((await valid(dir, { environment: 'dev' })).project).toMatchObject({ name: 'acme', previously: ['old'] });
  });
  it.each<[string, string, RegExp]>([
    ['previously: [acme]', 'duplicate_name toolbox.yaml:3:78', /called `acme` now/],
    ['previously: [x], environments: {prod: {name: x}}', 'duplicate_name toolbox.yaml:3:78', /called `x` now/],
    ['previously: [X]', 'invalid_name toolbox.yaml:3:78', /X/],
    ['previously: old', 'wrong_type toolbox.yaml:3:77', /list/],
  ])('%s', async (rest, where, detail) => {
    const found = await only(project(rest));
    expect(found.place).toBe(`error ${where}`);
    expect(found.detail).toMatch(detail);
  });
});
