/** What there is to compare of a remote server, on both sides of a plan. Certificates are known by their fingerprints. */
import { createHash } from 'node:crypto';
import type { RemoteFacts } from '../model/state.js';
import type { RemoteTransport } from '../model/transport.js';

export function remoteFacts(transport: RemoteTransport, definitions: string): RemoteFacts {
  const { url, privateAddresses = [], insecure = false, ca } = transport;
  return { url, definitions, privateAddresses, insecure, ca: ca === undefined ? null : fingerprints(ca) };
}

/** As `openssl x509 -fingerprint -sha256` has them, in one case and without colons. */
export function fingerprints(pem: string): string {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)];
  const sums = blocks.map(([, body = '']) => createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex'));
  return sums.map((sum) => `sha256:${sum}`).join(', ');
}
