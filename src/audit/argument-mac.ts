/**
 * The audit's fingerprint of argument bytes: an HMAC, so that equal arguments can be told but short ones not guessed
 * from the log. The key lies beside the acknowledgement, where only the proxy writes; with the vault it moves there.
 */
import { hash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'hmac.key';
const BYTES = 32;

export type ArgumentMac = (bytes: Uint8Array) => string;

/** Makes the key at the first start. */
export function openArgumentMac(dir: string): ArgumentMac {
  return hmacSha256(readKey(dir) ?? makeKey(dir));
}

const BLOCK = 64;
const MAX_USUAL = 4096;

/**
 * RFC 2104 by two whole hashes: an Hmac object of node:crypto costs more than both, and every call with arguments has one.
 * @param key of at most a block.
 */
export function hmacSha256(key: Uint8Array): ArgumentMac {
  const inner = Buffer.alloc(BLOCK, 0x36);
  const outer = Buffer.alloc(BLOCK + BYTES, 0x5c);
  key.forEach((byte, i) => {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  });
  // Most arguments fit: what is hashed at once stands in one place that is used again.
  const room = Buffer.alloc(BLOCK + MAX_USUAL);
  room.set(inner);
  return (bytes) => {
    const usual = bytes.length <= MAX_USUAL;
    if (usual) room.set(bytes, BLOCK);
    const whole = usual ? room.subarray(0, BLOCK + bytes.length) : Buffer.concat([inner, bytes]);
    outer.write(hash('sha256', whole, 'hex'), BLOCK, 'hex');
    return hash('sha256', outer, 'hex');
  };
}

function readKey(dir: string): Buffer | null {
  try {
    const key = readFileSync(join(dir, FILE));
    return key.length === BYTES ? key : null;
  } catch {
    return null;
  }
}

function makeKey(dir: string): Buffer {
  const key = randomBytes(BYTES);
  const fresh = join(dir, `${FILE}.new`);
  const fd = openSync(fresh, 'w', 0o600);
  writeSync(fd, key);
  closeSync(fd);
  renameSync(fresh, join(dir, FILE));
  return key;
}
