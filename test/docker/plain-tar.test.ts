/** The fast way through a tar against the library: where it answers at all, both say the same. */
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readBytes, readTar } from '../../src/docker/archive.js';
import { plainTar } from '../../src/docker/plain-tar.js';
import { tarOf, type Header } from '../support/tar.js';

const OPTIONS = { limit: 1_000_000, contents: true };

const segment = fc.stringMatching(/^[a-z0-9ä._-]{1,60}$/);
const name = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => `top/${parts.join('/')}`);
const file = fc.record({ name, content: fc.string({ maxLength: 2000 }), mode: fc.integer({ min: 0, max: 0o777 }) });

test('says what the library says, long and foreign names included', async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 8 }), async (files) => {
      const bytes = await tarOf([
        [{ name: 'top/', type: 'directory' }],
        ...files.map(({ name, content, mode }): [Header, string] => [{ name, mode, uid: 65532, gid: 7 }, content]),
        [{ name: 'top/link', type: 'symlink', linkname: '/etc/passwd' }],
      ]);
      if (plainTar(bytes)) plain += 1;
      expect(await readBytes(bytes, OPTIONS)).toEqual(await readTar(Readable.from([bytes]), OPTIONS));
    }),
    { numRuns: 200, seed: 20261128 },
  );
  expect(plain).toBe(200);
});

describe('what is not whole or not plain is left to the library', () => {
  const one = (): Promise<Buffer> => tarOf([[{ name: 'd/x' }, 'y'.repeat(2000)]]);

  test('cut off anywhere', async () => {
    const bytes = await one();
    for (let length = 0; length < bytes.length; length += 64) {
      expect(plainTar(bytes.subarray(0, length))).toBeNull();
    }
    expect(plainTar(bytes)).toHaveLength(1);
  });

  test('a byte of a header changed', async () => {
    const bytes = await one();
    for (let at = 0; at < 500; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 1;
      const read = plainTar(changed);
      // Beyond the fields there is padding; what is in it counts in the sum as well.
      expect(read, `byte ${at}`).toBeNull();
    }
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    [
      'words after its end',
      (bytes) => Buffer.concat([bytes, Buffer.from('{"message":"archive/tar: write too long"}')]),
    ],
    ['one block of zeros for its end', (bytes) => bytes.subarray(0, bytes.length - 512)],
    ['a foreign kind of tar', (bytes) => Buffer.from(bytes.toString('latin1').replace('ustar\0', 'ustar '), 'latin1')],
  ])('%s', async (_, change) => expect(plainTar(change(await one()))).toBeNull());

  test('an extended header that says more than a path', async () => {
    const bytes = await tarOf([[{ name: 'd/x', pax: { comment: 'hello' } }, 'y']]);
    expect(plainTar(bytes)).toBeNull();
    expect(await readBytes(bytes, OPTIONS)).toMatchObject([{ path: 'x', content: Buffer.from('y') }]);
  });
});

test('limits hold for it too', async () => {
  const bytes = await tarOf([[{ name: 'd/big' }, 'x'.repeat(5000)]]);
  await expect(readBytes(bytes, { ...OPTIONS, limit: 4999 })).rejects.toMatchObject({
    diagnostics: [{ code: 'engine_error' }],
  });
});
