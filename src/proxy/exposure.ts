/** The last look before anything listens: the declaration was checked, and a proxy that is told otherwise refuses to start. */
import { isLoopbackAddress } from '../model/loopback.js';

export interface Exposure {
  /** Addresses that lead to it: its own, or those of the host that the engine publishes it on. */
  reachedAt: readonly string[];
  tls: boolean;
  insecure: boolean;
}

/** @throws where other machines could reach it without TLS, and nobody said that they may. */
export function refuseExposed({ reachedAt, tls, insecure }: Exposure): void {
  const open = reachedAt.filter((address) => !isLoopbackAddress(address));
  if (open.length === 0 || tls || insecure) return;
  throw new Error(
    `refusing to listen at ${open.join(', ')} without TLS: give the proxy a certificate (project.proxy.tls), or say insecure: true`,
  );
}
