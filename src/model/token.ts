/**
 * Agent tokens: `tcb_ID_SECRET_CHECKSUM` (DESIGN.md, Tokens). The id names the token in git and in the audit,
 * the secret is 256 bits of randomness, the checksum lets secret scanners tell a token from a look-alike.
 */
import { createHash } from 'node:crypto';

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = /^tcb_([0-9a-z]{10})_[0-9A-Za-z]{43}_([0-9A-Za-z]{6})$/;

/** @param idBytes at least 8 random bytes. @param secretBytes exactly 32 random bytes. */
export function formatToken(idBytes: Uint8Array, secretBytes: Uint8Array): string {
  if (idBytes.length < 8 || secretBytes.length !== 32)
    throw new RangeError('a token takes 8 id bytes and 32 secret bytes');
  const id = digits(toInteger(idBytes), BASE36, 10);
  const body = `tcb_${id}_${digits(toInteger(secretBytes), BASE62, 43)}`;
  return `${body}_${checksum(body)}`;
}

/** The id of a well-formed token; null where form or checksum is wrong. Says nothing about whether it is valid. */
export function parseToken(text: string): { id: string } | null {
  const found = FORM.exec(text);
  if (!found?.[1]) return null;
  return checksum(text.slice(0, -7)) === found[2] ? { id: found[1] } : null;
}

/** How files, policy and proxy know a token: hex SHA-256 of its whole text. */
export function tokenHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function checksum(body: string): string {
  return digits(BigInt(crc32(Buffer.from(body))), BASE62, 6);
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** The lowest `length` digits; 62^43 > 2^256, so nothing of a secret is cut off. */
function digits(value: bigint, alphabet: string, length: number): string {
  const base = BigInt(alphabet.length);
  let text = '';
  for (let rest = value; text.length < length; rest /= base) text = alphabet.charAt(Number(rest % base)) + text;
  return text;
}

/** CRC-32 (IEEE 802.3), as zlib computes it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
