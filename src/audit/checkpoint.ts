/**
 * Signed checkpoints of the audit: what it held, in a form that tools outside Toolcrib read as well (C2SP
 * tlog-checkpoint and signed-note, Ed25519).
 */
import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import type { Tree } from './tree.js';

export interface Checkpoint {
  origin: string;
  /** Lines before it. */
  size: number;
  /** Hex. */
  root: string;
}

/** `signed`: the note's text, with its last line end. */
export interface ReadNote extends Checkpoint {
  signed: string;
  signatures: { name: string; keyId: string; signature: Buffer }[];
}

export interface PublicKey {
  name: string;
  /** Hex, four bytes. */
  keyId: string;
  key: KeyObject;
}

const ED25519 = 1;
/** SubjectPublicKeyInfo of an Ed25519 key, up to the key itself (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export function checkpointText(origin: string, tree: Tree): string {
  return `${origin}\n${tree.size}\n${Buffer.from(tree.root(), 'hex').toString('base64')}\n`;
}

/** @param raw the public key's 32 bytes. */
export function keyIdOf(name: string, raw: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), raw]), 'buffer').subarray(
    0,
    4,
  );
}

export function noteOf(text: string, name: string, keyId: Buffer, signature: Buffer): string {
  return `${text}\n\u2014 ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/** `NAME+KEYID+BASE64`, as C2SP signed-note writes a verifier's key. */
export function verifierKey(name: string, raw: Buffer): string {
  const bytes = Buffer.concat([Buffer.from([ED25519]), raw]).toString('base64');
  return `${name}+${keyIdOf(name, raw).toString('hex')}+${bytes}`;
}

/** null: no such key. */
export function parseVerifierKey(text: string): PublicKey | null {
  const [, name = '', keyId = '', encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\s*$/.exec(text) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  const raw = bytes.subarray(1);
  if (bytes[0] !== ED25519 || raw.length !== 32 || keyIdOf(name, raw).toString('hex') !== keyId) return null;
  return { name, keyId, key: createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' }) };
}

/** null: no checkpoint. */
export function readNote(note: string): ReadNote | null {
  const end = note.indexOf('\n\n');
  if (end < 0) return null;
  const signed = note.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = signed.split('\n');
  const rootBytes = Buffer.from(root, 'base64');
  if (origin === '' || !/^(?:0|[1-9]\d{0,15})$/.test(size) || rootBytes.length !== 32) return null;
  const signatures = note
    .slice(end + 2)
    .split('\n')
    .flatMap((line) => {
      const [, name = '', encoded = ''] = /^\u2014 (\S+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
      const bytes = Buffer.from(encoded, 'base64');
      if (bytes.length <= 4) return [];
      return [{ name, keyId: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) }];
    });
  return { origin, size: Number(size), root: rootBytes.toString('hex'), signed, signatures };
}

export function isSignedBy(note: ReadNote, { name, keyId, key }: PublicKey): boolean {
  return note.signatures.some(
    (each) => each.name === name && each.keyId === keyId && verify(null, Buffer.from(note.signed), key, each.signature),
  );
}
