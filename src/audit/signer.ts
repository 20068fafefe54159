/** The audit's signing key: made at the first start, and kept with the log, which only the proxy writes and which outlives it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointText, keyIdOf, noteOf, verifierKey } from './checkpoint.js';
import type { Tree } from './tree.js';

const FILE = 'audit.key';

export interface Signer {
  /** Public: `NAME+KEYID+BASE64`. */
  verifierKey: string;
  checkpoint(tree: Tree): string;
}

/** @param name of the key and origin of the log: no spaces and no plus. */
export function openSigner(dir: string, name: string): Signer {
  const key = readKey(dir) ?? makeKey(dir);
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const keyId = keyIdOf(name, raw);
  const shown = verifierKey(name, raw);
  publish(dir, shown);
  return {
    verifierKey: shown,
    checkpoint(tree) {
      const text = checkpointText(name, tree);
      return noteOf(text, name, keyId, sign(null, Buffer.from(text), key));
    },
  };
}

/** For those who verify: where they read it, the proxy alone writes. */
function publish(dir: string, text: string): void {
  const fresh = join(dir, 'audit.pub.new');
  writeFileSync(fresh, `${text}\n`, { mode: 0o644 });
  renameSync(fresh, join(dir, 'audit.pub'));
}

function readKey(dir: string): KeyObject | null {
  try {
    const key = createPrivateKey(readFileSync(join(dir, FILE)));
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

function makeKey(dir: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  const fresh = join(dir, `${FILE}.new`);
  const fd = openSync(fresh, 'w', 0o600);
  writeSync(fd, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  fsyncSync(fd);
  closeSync(fd);
  renameSync(fresh, join(dir, FILE));
  return privateKey;
}
