/** A remote as it is declared: where it may be, and whose certificates count. */
import type { OwnNetwork, RemoteTransport } from '../model/transport.js';
import type { Reach } from './guard.js';
import type { TargetOptions } from './target.js';

export function remoteTarget(transport: RemoteTransport): TargetOptions {
  const { url, ca } = transport;
  return { url, reach: reachOf(transport), ...(ca !== undefined && { ca }) };
}

export function reachOf({ privateAddresses, insecure }: OwnNetwork): Reach {
  return privateAddresses ? { privateAddresses, insecure: insecure === true } : 'remote';
}
