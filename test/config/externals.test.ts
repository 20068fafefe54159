/** `volumes: {x: {name: …}}`: what is wrong with one before any engine is asked. */
import { describe, expect, it } from 'vitest';
import { folder, HEAD, only, valid } from './support.js';

const SERVER = 'servers: {files: {image: x, mounts: [{volume: a, target: /a}]}}\n';

describe('an external volume', () => {
  it('has its name on the engine, from a variable too', async () => {
    const text = `${HEAD}variables: {where: {default: legacy}}\nvolumes: {a: {name: "\${where}_1.x"}, b: {}, c: }\n${SERVER}`;
    const { volumes } = await valid(await folder({ 'toolbox.yaml': text }));
    expect(volumes.map(({ name, external }) => [name, external])).toEqual([
      ['a', 'legacy_1.x'],
      ['b', null],
      ['c', null],
    ]);
  });

  it.each<[string, string, string, RegExp]>([
    ['no name', 'volumes: {a: {name: ""}}', 'wrong_type toolbox.yaml:5:21', /name/],
    ['a path', 'volumes: {a: {name: /srv/a}}', 'wrong_type toolbox.yaml:5:21', /srv/],
    [
      'declared twice',
      'volumes: {a: {name: x}, b: {name: x}}',
      'duplicate_name toolbox.yaml:5:35',
      /`x` is declared at/,
    ],
    ['of this project', 'volumes: {a: {name: toolcrib.acme.audit}}', 'volume_owned toolbox.yaml:5:21', /own/],
  ])('%s', async (_name, volumes, where, detail) => {
    const found = await only(`${HEAD}${volumes}\n${SERVER}`);
    expect(found.place).toBe(`error ${where}`);
    expect(found.detail).toMatch(detail);
  });

  it('is nothing that another volume can become', async () => {
    const moved = 'moved: [{from: volume.old, to: volume.a}]\n';
    const found = await only(`${HEAD}volumes: {a: {name: x}}\n${SERVER}${moved}`);
    expect([found.place, found.fix]).toEqual([
      'error invalid_move toolbox.yaml:7:32',
      'Remove the entry; what the old name stood for stays on the engine.',
    ]);
  });
});
