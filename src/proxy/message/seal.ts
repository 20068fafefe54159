/**
 * What an agent keeps for us between two requests, sealed: AES-256-GCM under a key of this start, bound to whom it was
 * given, for what and until when. Worthless to anyone else, for anything else, later, or after a restart.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;
const VERSION = 'tcs1.';
/** A server's own state within; agents and what stands between carry it in bodies that are bounded. */
export const LONGEST_STATE = 64 * 1024;

export interface Binding {
  agent: string;
  subject: string | null;
  server: string;
  method: string;
  /** The server's own name of the tool or prompt, or the URI. */
  name: string;
}

export class Seal {
  constructor(private readonly key = randomBytes(32)) {}

  /** @param until by a clock that no change of the date moves. */
  close(payload: string, binding: Binding, until: number): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    cipher.setAAD(bound(binding));
    const text = `${until} ${payload}`;
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()]);
    return VERSION + Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** null: not ours, not theirs, not for this, or too late; which of them is nobody's to know. */
  open(sealed: string, binding: Binding, now: number): string | null {
    if (!sealed.startsWith(VERSION) || sealed.length > 2 * LONGEST_STATE) return null;
    const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
    if (bytes.length < NONCE + TAG) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, NONCE));
      decipher.setAAD(bound(binding));
      decipher.setAuthTag(bytes.subarray(-TAG));
      const text = decipher.update(bytes.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8');
      const space = text.indexOf(' ');
      return Number(text.slice(0, space)) > now ? text.slice(space + 1) : null;
    } catch {
      return null;
    }
  }
}

function bound({ agent, subject, server, method, name }: Binding): Buffer {
  return Buffer.from(JSON.stringify([agent, subject, server, method, name]));
}
