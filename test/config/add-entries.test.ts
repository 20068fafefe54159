/** Entries added to a file: every line that was there stays, however it was written. */
import { describe, expect, it } from 'vitest';
import { addEntries } from '../../src/config/add-entries.js';

const HEAD = 'version: 1 # one\ntoolbox: main\nproject: {name: acme, id: x}\n';
const SERVER = { image: 'x:1', args: ['a b'], mounts: [{ volume: 'v', target: '/v' }], env: {} };
const servers = (name = 'new') => ({ sections: { servers: { [name]: SERVER } }, mountRoots: [] });
const BLOCK = `  new:
    image: x:1
    args: [a b]
    mounts:
      - {volume: v, target: /v}
    env: {}
`;

describe('an entry', () => {
  it.each<[string, string, string]>([
    ['where there is no section', HEAD, `${HEAD}\nservers:\n${BLOCK}`],
    ['where it is empty', `${HEAD}servers: {} # none\nagents: {}\n`, `${HEAD}servers: # none\n${BLOCK}agents: {}\n`],
    [
      'where it is nothing',
      `${HEAD}servers:\n# agents\nagents: {}\n`,
      `${HEAD}servers:\n${BLOCK}# agents\nagents: {}\n`,
    ],
    [
      'behind the last, before comments that follow',
      `${HEAD}servers:\n  a: # first\n    image: y # y\n\n# agents\nagents: {}\n`,
      `${HEAD}servers:\n  a: # first\n    image: y # y\n${BLOCK}\n# agents\nagents: {}\n`,
    ],
    [
      'in the file’s own indentation',
      `${HEAD}servers:\n    a:\n        image: y\n`,
      `${HEAD}servers:\n    a:\n        image: y\n${BLOCK.replace(/^/gm, '  ').trimEnd()}\n`,
    ],
    ['without a newline at the end', `${HEAD}servers:\n  a: {image: y}`, `${HEAD}servers:\n  a: {image: y}\n${BLOCK}`],
    [
      'in a flow mapping',
      `${HEAD}servers: {a: {image: y}}\n`,
      `${HEAD}servers: {a: {image: y}, "new": ${JSON.stringify(SERVER)}}\n`,
    ],
  ])('%s', (_name, before, after) => {
    expect(addEntries(before, servers())).toBe(after);
  });

  it('is not added where something would be lost', () => {
    expect(addEntries(`{version: 1, servers: {}}\n`, servers())).toBeNull();
    expect(addEntries(`${HEAD}servers: [a]\n`, servers())).toBeNull();
    expect(addEntries('', servers())).toBeNull();
  });
});

describe('mount roots', () => {
  const add = (text: string): string | null => addEntries(text, { sections: {}, mountRoots: ['/srv/a', '/srv/b'] });
  it.each<[string, string, string]>([
    ['into a flow project', HEAD, HEAD.replace('x}', 'x, mount_roots: ["/srv/a", "/srv/b"]}')],
    [
      'into a block project',
      'project:\n  name: acme # n\n  engine: {socket: /s}\nservers: {}\n',
      'project:\n  name: acme # n\n  engine: {socket: /s}\n  mount_roots: ["/srv/a", "/srv/b"]\nservers: {}\n',
    ],
    ['behind others', 'project: {mount_roots: [/x]}\n', 'project: {mount_roots: [/x, "/srv/a", "/srv/b"]}\n'],
    ['to an empty list', 'project: {mount_roots: []}\n', 'project: {mount_roots: ["/srv/a", "/srv/b"]}\n'],
    [
      'to a block list',
      'project:\n  mount_roots:\n    - /x # x\n  name: a\n',
      'project:\n  mount_roots:\n    - /x # x\n    - "/srv/a"\n    - "/srv/b"\n  name: a\n',
    ],
  ])('%s', (_name, before, after) => {
    expect(add(before)).toBe(after);
  });
});
