/** toolbox.lock.yaml and toolbox.lock.d/: what is written is read back, and anything else is not believed. */
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readLock } from '../../src/lock/read-lock.js';
import { writeLock } from '../../src/lock/write-lock.js';
import { definitions, edit, emptyFolder, lockedServer, place, sampleLock } from './lock-world.js';

async function written(): Promise<string> {
  const dir = await emptyFolder();
  await writeLock(dir, sampleLock());
  return dir;
}

describe('writing', () => {
  it('names what it wrote, and reads back the same', async () => {
    const dir = await emptyFolder();
    expect(await writeLock(dir, sampleLock())).toEqual([
      'toolbox.lock.d/files.json',
      'toolbox.lock.d/files.package-lock.json',
      'toolbox.lock.d/mine.json',
      'toolbox.lock.d/zeta.json',
      'toolbox.lock.yaml',
    ]);
    expect(readLock(dir)).toEqual({ lock: sampleLock(), diagnostics: [] });
  });
  it('is sorted, and says what it is', async () => {
    const text = await readFile(join(await written(), 'toolbox.lock.yaml'), 'utf8');
    expect(text).toMatch(/^# Written by `toolcrib lock`/);
    const value = parse(text) as { servers: Record<string, { tools: object }> };
    expect(Object.keys(value.servers)).toEqual(['files', 'mine', 'zeta']);
    expect(Object.keys(value.servers['files']?.tools ?? {})).toEqual(['read', 'write']);
  });
  it('touches nothing when nothing changed', async () => {
    const dir = await written();
    const times = async (): Promise<number[]> =>
      Promise.all((await readdir(dir, { recursive: true })).map(async (name) => (await stat(join(dir, name))).mtimeMs));
    const before = await times();
    expect(await writeLock(dir, sampleLock())).toEqual([]);
    expect(await times()).toEqual(before);
  });
  it('removes the files of servers that are gone, and no others', async () => {
    const dir = await written();
    await writeFile(join(dir, 'toolbox.lock.d/README.md'), 'ours\n');
    const lock = sampleLock();
    delete lock.servers['files'];
    expect(await writeLock(dir, lock)).toEqual([
      'toolbox.lock.d/files.json',
      'toolbox.lock.d/files.package-lock.json',
      'toolbox.lock.yaml',
    ]);
    expect((await readdir(join(dir, 'toolbox.lock.d'))).sort()).toEqual(['README.md', 'mine.json', 'zeta.json']);
  });
  it('escapes what a review would not see, in the definitions and in the names of tools', async () => {
    const dir = await emptyFolder();
    const lock = sampleLock();
    const seen = definitions([{ name: 'sеnd\u202e', description: 'Прочитать файл \u200b' }]);
    lock.servers = { zeta: lockedServer(seen, { type: 'image', declared: 'z', digest: null, id: 'sha256:x' }) };
    await writeLock(dir, lock);
    const json = await readFile(join(dir, 'toolbox.lock.d/zeta.json'), 'utf8');
    expect(json).toContain('s\\u0435nd\\u202e');
    expect(json).toContain('Прочитать файл \\u200b');
    expect(await readFile(join(dir, 'toolbox.lock.yaml'), 'utf8')).toMatch(/^[\n\x20-\x7e]*$/);
    expect(readLock(dir).lock).toEqual(lock);
  });
});

describe('reading', () => {
  it('none', async () => expect(readLock(await emptyFolder())).toEqual({ lock: null, diagnostics: [] }));

  const definitionsOf = 'toolbox.lock.d/files.json';
  const cases: [string, string, (text: string) => string, string, RegExp][] = [
    [
      'a changed description',
      definitionsOf,
      (t) => t.replace('Reads.', 'Reads!'),
      `${definitionsOf}:`,
      /`read` was changed/,
    ],
    [
      'a tool more',
      definitionsOf,
      (t) => t.replace('"tools": [', '"tools": [\n      {\n        "name": "rm"\n      },'),
      `${definitionsOf}:`,
      /`rm` was changed, added or removed/,
    ],
    [
      'changed instructions',
      definitionsOf,
      (t) => t.replace('"instructions": null', '"instructions": "Obey."'),
      `${definitionsOf}:1`,
      /besides its tools/,
    ],
    [
      'a key twice',
      definitionsOf,
      (t) => t.replace('"name": "write"', '"name": "write",\n        "name": "write"'),
      `${definitionsOf}:`,
      /twice/,
    ],
    [
      'a hidden character',
      definitionsOf,
      (t) => t.replace('Reads', 'Re\u200bads'),
      `${definitionsOf}:`,
      /characters may hide/,
    ],
    [
      'another server’s definitions',
      definitionsOf,
      (t) => t.replace('"server": "files"', '"server": "zeta"'),
      `${definitionsOf}:1`,
      /not about the server/,
    ],
    ['no JSON', definitionsOf, (t) => t.replace('"read"', '"read'), `${definitionsOf}:`, /no JSON/],
    [
      'a merge conflict',
      definitionsOf,
      (t) => t.replace('    "serverInfo"', '<<<<<<< HEAD\n    "serverInfo"'),
      `${definitionsOf}:5`,
      /conflict/,
    ],
    [
      'definitions of no form',
      definitionsOf,
      (t) => t.replace('"prompts": []', '"prompts": {}'),
      `${definitionsOf}:1`,
      /`prompts`/,
    ],
    [
      'a changed tree',
      'toolbox.lock.d/files.package-lock.json',
      (t) => t.replace('1.0.0', '1.0.1'),
      'toolbox.lock.d/files.package-lock.json:1',
      /dependency tree/,
    ],
    [
      'a changed hash',
      'toolbox.lock.yaml',
      (t) => t.replace(/(write: sha256:).{4}/, '$10000'),
      `${definitionsOf}:`,
      /`write`/,
    ],
    [
      'a hash of no form',
      'toolbox.lock.yaml',
      (t) => t.replace(/(write: sha256:).{4}/, '$1'),
      'toolbox.lock.yaml:',
      /servers\.files\.tools/,
    ],
    [
      'another version',
      'toolbox.lock.yaml',
      (t) => t.replace('version: 1', 'version: 2'),
      'toolbox.lock.yaml:3',
      /version 2/,
    ],
    [
      'an unknown key',
      'toolbox.lock.yaml',
      (t) => t.replace('type: npm', 'type: npm\n      evil: 1'),
      'toolbox.lock.yaml:',
      /`evil`/,
    ],
    [
      'an unknown source',
      'toolbox.lock.yaml',
      (t) => t.replace('type: npm', 'type: shell'),
      'toolbox.lock.yaml:',
      /no kind/,
    ],
    [
      'a package of no name',
      'toolbox.lock.yaml',
      (t) => t.replace('package: "@s/p"', 'package: "../p"'),
      'toolbox.lock.yaml:',
      /source\.package/,
    ],
    [
      'a server that names a path',
      'toolbox.lock.yaml',
      (t) => t.replace('  mine:', '  ../mine:'),
      'toolbox.lock.yaml:',
      /none can be named/,
    ],
    [
      'a key twice',
      'toolbox.lock.yaml',
      (t) => t.replace('toolcrib: ', 'toolcrib: a\ntoolcrib: '),
      'toolbox.lock.yaml:5',
      /line 4/,
    ],
    ['a merge conflict', 'toolbox.lock.yaml', (t) => `${t}>>>>>>> theirs\n`, 'toolbox.lock.yaml:', /conflict/],
    ['no mapping', 'toolbox.lock.yaml', () => '- a\n', 'toolbox.lock.yaml:1', /no mapping/],
  ];
  it.each(cases)('%s in %s', async (_name, file, change, where, detail) => {
    const dir = await written();
    await edit(dir, file, change);
    const { lock, diagnostics } = readLock(dir);
    expect(lock).toBeNull();
    expect(diagnostics).toHaveLength(1);
    expect(place(diagnostics[0]!)).toContain(`lock_corrupt ${where}`);
    expect(diagnostics[0]?.severity).toBe('error');
    expect(diagnostics[0]?.detail).toMatch(detail);
  });
  it('points at the tool that differs', async () => {
    const dir = await written();
    await edit(dir, definitionsOf, (text) => text.replace('Reads.', 'Reads!'));
    const line =
      (await readFile(join(dir, definitionsOf), 'utf8')).split('\n').findIndex((each) => each.includes('"read"')) + 1;
    expect(readLock(dir).diagnostics[0]?.range?.start.line).toBe(line);
  });
  it('a file that is gone, for each server at once', async () => {
    const dir = await written();
    await rm(join(dir, definitionsOf));
    await rm(join(dir, 'toolbox.lock.d/zeta.json'));
    expect(readLock(dir).diagnostics.map(place)).toEqual([
      `lock_corrupt ${definitionsOf}:1`,
      'lock_corrupt toolbox.lock.d/zeta.json:1',
    ]);
  });
  it('a file beyond all measure, by its size alone', async () => {
    const dir = await written();
    await truncate(join(dir, 'toolbox.lock.yaml'), 1024 ** 3);
    expect(readLock(dir).diagnostics.map(place)).toEqual(['lock_corrupt toolbox.lock.yaml:1']);
  });
  it('takes the line ends of Windows', async () => {
    const dir = await written();
    await edit(dir, definitionsOf, (text) => text.replaceAll('\n', '\r\n'));
    await edit(dir, 'toolbox.lock.yaml', (text) => text.replaceAll('\n', '\r\n'));
    expect(readLock(dir).lock).toEqual(sampleLock());
  });
  it('names files from where the command runs', async () => {
    const dir = await written();
    await rm(join(dir, definitionsOf));
    expect(readLock(dir, join(dir, '..')).diagnostics[0]?.range?.file).toBe(
      `${dir.split('/').at(-1) ?? ''}/${definitionsOf}`,
    );
  });
});
