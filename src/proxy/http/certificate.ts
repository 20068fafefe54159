/**
 * What agents are served with. A policy names the file that holds certificate and key by its hash; one whose file is
 * not there, or cannot be served, is not taken. Sessions and open connections outlive a renewal.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Policy, PolicyCertificate } from '../../policy/artifact.js';

/** Older ones are broken. */
export const OLDEST_TLS = 'TLSv1.2';

export type Served = Pick<SecureContextOptions, 'cert' | 'key' | 'minVersion'>;

/** @returns what to serve, or why it cannot be. Never says what is in the file. */
export async function readServed(policyDir: string, { file }: PolicyCertificate): Promise<Served | { error: string }> {
  let text: string;
  try {
    text = await readFile(join(policyDir, 'tls', `${file}.pem`), 'utf8');
  } catch (cause) {
    return { error: `its certificate cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}` };
  }
  if (createHash('sha256').update(text).digest('hex') !== file)
    return { error: 'its certificate’s content does not match its name' };
  const served: Served = { cert: text, key: text, minVersion: OLDEST_TLS };
  try {
    createSecureContext(served);
    return served;
  } catch {
    return { error: 'its certificate cannot be served' };
  }
}

/** The one served now, by the policy that was taken last. */
export class ServedCertificate {
  #file: string | null = null;

  /** @param serve told what to serve from now on, and in words which certificate it is. */
  constructor(
    private readonly policyDir: string,
    private readonly serve: (served: Served, said: string) => void,
  ) {}

  /**
   * Asked before a policy is taken, which is then in force at once; one without a certificate is on the way to a proxy
   * without TLS, and this one goes on with what it has. @returns null, or why the policy is not to be taken.
   */
  readonly unready = async ({ certificate }: Policy): Promise<string | null> => {
    if (!certificate || certificate.file === this.#file) return null;
    const served = await readServed(this.policyDir, certificate);
    if ('error' in served) return served.error;
    this.#file = certificate.file;
    this.serve(served, `sha256:${certificate.fingerprint}, until ${certificate.expires}`);
    return null;
  };
}
