/**
 * The audit's fingerprint of argument bytes: an HMAC, so that equal arguments can be told but short ones not guessed
 * from the log. The key lies beside the acknowledgement, where only the proxy writes; with the vault it moves there.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'hmac.key';
const BYTES = 32;

export type ArgumentMac = (bytes: Uint8Array) => string;

/** Makes the key at the first start. */
export function openArgumentMac(dir: string): ArgumentMac {
  const key = createSecretKey(readKey(dir) ?? makeKey(dir));
  return (bytes) => createHmac('sha256', key).update(bytes).digest('hex');
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
