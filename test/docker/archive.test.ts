import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readTar, readWhole, safePath, writeTar } from '../../src/docker/archive.js';
import { tarOf } from '../support/tar.js';

const read = (bytes: Buffer, limit = 1_000_000): ReturnType<typeof readTar> =>
  readTar(Readable.from([bytes]), { limit, contents: true });

describe('a hostile tar', () => {
  test('cannot lead anywhere: climbing, absolute and odd paths, links and devices are left out', async () => {
    const bytes = await tarOf([
      [{ name: 'd/', type: 'directory' }],
      [{ name: 'd/../../etc/passwd' }, 'climbs'],
      [{ name: '/etc/passwd' }, 'absolute'],
      [{ name: 'd/./x' }, 'dotted'],
      [{ name: 'd//x' }, 'empty segment'],
      [{ name: 'd/a\\b' }, 'backslash'],
      [{ name: 'd/link', type: 'symlink', linkname: '/etc/shadow' }],
      [{ name: 'd/hard', type: 'link', linkname: 'd/good' }],
      [{ name: 'd/tty', type: 'character-device', devmajor: 1, devminor: 3 }],
      [{ name: 'd/good', mode: 0o600, uid: 7, gid: 8 }, 'fine'],
    ]);
    expect(await read(bytes)).toEqual([
      { path: 'good', size: 4, content: Buffer.from('fine'), mode: 0o600, uid: 7, gid: 8 },
    ]);
  });

  test('of more than the limit is refused, before it is in memory', async () => {
    const bytes = await tarOf([[{ name: 'd/big' }, 'x'.repeat(5000)]]);
    await expect(read(bytes, 4999)).rejects.toMatchObject({ diagnostics: [{ code: 'engine_error' }] });
    expect(await read(bytes, 5000)).toHaveLength(1);
  });

  test('of more bytes than it says is refused', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(64 * 1024);
      })(),
    );
    await expect(readTar(endless, { limit: 1000, contents: true })).rejects.toThrow(/archive/);
  });

  test.each([
    ['cut off inside a file', async () => (await tarOf([[{ name: 'd/x' }, 'y'.repeat(2000)]])).subarray(0, 1000)],
    ['cut off inside a header', async () => (await tarOf([[{ name: 'd/x' }, 'y']])).subarray(0, 300)],
    ['of noise', () => Promise.resolve(Buffer.alloc(2048, 'noise'))],
  ])('%s is refused with words', async (_, bytes) => {
    await expect(read(await bytes())).rejects.toThrow(/An archive from the engine cannot be read/);
  });

  test('that breaks off with its connection is refused', async () => {
    const bytes = await tarOf([[{ name: 'd/x' }, 'y'.repeat(2000)]]);
    const broken = new Readable({ read: () => undefined });
    broken.push(bytes.subarray(0, 1000));
    setTimeout(() => broken.destroy(), 20);
    await expect(readTar(broken, { limit: 1_000_000, contents: true })).rejects.toThrow(/broke the archive off/);
  });
});

describe('a tar that breaks off because a file was replaced while it was packed', () => {
  const half = async (): Promise<Buffer> => (await tarOf([[{ name: 'd/x' }, 'y'.repeat(2000)]])).subarray(0, 1000);
  const whole = (): Promise<Buffer> => tarOf([[{ name: 'd/x' }, 'new']]);

  test('is asked for again', async () => {
    const answers = [half, half, whole];
    let asked = 0;
    const files = await readWhole(async () => read(await answers[asked++]!()), 1);
    expect(files).toMatchObject([{ path: 'x', content: Buffer.from('new') }]);
    expect(asked).toBe(3);
  });

  test('is refused when it stays so, and nothing else is asked for twice', async () => {
    let asked = 0;
    const broken = async (): Promise<unknown> => (asked++, read(await half()));
    await expect(readWhole(broken, 1)).rejects.toThrow(/An archive from the engine cannot be read/);
    expect(asked).toBe(6);
    const refused = (): Promise<never> => (asked++, Promise.reject(new Error('no such container')));
    await expect(readWhole(refused, 1)).rejects.toThrow(/no such container/);
    expect(asked).toBe(7);
  });
});

test('what is written is read again, folders apart', async () => {
  const bytes = await writeTar([
    { path: 'top/', content: Buffer.alloc(0) },
    { path: 'top/a', content: Buffer.from('ä'), uid: 1, gid: 2, mode: 0o640 },
    { path: `top/${'long/'.repeat(40)}b`, content: Buffer.alloc(0) },
  ]);
  const files = await read(bytes);
  expect(files).toMatchObject([
    { path: 'a', content: Buffer.from('ä'), uid: 1, gid: 2, mode: 0o640 },
    { path: `${'long/'.repeat(40)}b`, mode: 0o644, uid: 0 },
  ]);
  expect(await read(await writeTar([]))).toEqual([]);
});

test.each([
  ['file', 'file'],
  ['top/a/b', 'a/b'],
  ['./top/a', 'a'],
  ['top/', null],
  ['../a', null],
  ['a/\0', null],
])('the safe path of %j is %j', (name, path) => expect(safePath(name)).toBe(path));
