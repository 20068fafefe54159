/** A remote as it is declared: where it may be, and whose certificates count. */
import type { RemoteTransport } from '../model/transport.js';
import type { TargetOptions } from './target.js';

export function remoteTarget({ url, privateAddresses, insecure, ca }: RemoteTransport): TargetOptions {
  const reach = privateAddresses ? { privateAddresses, insecure: insecure === true } : 'remote';
  return { url, reach, ...(ca !== undefined && { ca }) };
}
