/** Tokens have one form, and a checksum that scanners can rely on. */
import { crc32 } from 'node:zlib';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatToken, parseToken, tokenHash } from '../../src/model/token.js';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

it('what is formatted is parsed, and its secret is whole', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(bytes(8), bytes(32), (id, secret) => {
      const token = formatToken(id, secret);
      expect(token).toMatch(/^tcb_[0-9a-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
      expect(parseToken(token)).toEqual({ id: token.slice(4, 14) });
      seen.add(token.slice(15, 58));
    }),
    { numRuns: 200 },
  );
  expect(seen.size).toBeGreaterThan(190);
});

it('one character changed is no token', () => {
  const token = formatToken(Buffer.alloc(8, 7), Buffer.alloc(32, 9));
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === 'a' ? 'b' : 'a';
    expect(parseToken(token.slice(0, i) + other + token.slice(i + 1))).toBeNull();
  }
  expect(parseToken(`${token}\n`)).toBeNull();
  expect(parseToken('')).toBeNull();
});

it('the checksum is CRC-32 of what stands before it, in base 62', () => {
  const token = formatToken(Buffer.alloc(8), Buffer.alloc(32));
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const value = [...token.slice(-6)].reduce((sum, digit) => sum * 62 + alphabet.indexOf(digit), 0);
  expect(value).toBe(crc32(token.slice(0, -7)));
});

it('is known by the SHA-256 of its text', () => {
  expect(tokenHash('x')).toBe(createHash('sha256').update('x').digest('hex'));
  expect(() => formatToken(Buffer.alloc(8), Buffer.alloc(16))).toThrow(RangeError);
});
