/** The last look before anything listens: the declaration was checked, and a proxy that is told otherwise refuses to start. */
import { isLoopbackAddress } from '../model/loopback.js';

export interface Exposure {
  /** Addresses that lead to it: its own, or those of the host that the engine publishes it on. */
  reachedAt: readonly string[];
  /** The same of its metrics, which are served as they are, whatever agents are served with. */
  metricsAt: readonly string[];
  tls: boolean;
  insecure: boolean;
}

/** @throws where other machines could reach it without TLS, and nobody said that they may. */
export function refuseExposed({ reachedAt, metricsAt, tls, insecure }: Exposure): void {
  if (insecure) return;
  const open = tls ? [] : abroad(reachedAt);
  if (open.length > 0)
    throw new Error(
      `refusing to listen at ${open.join(', ')} without TLS: give the proxy a certificate (project.proxy.tls), or say insecure: true`,
    );
  const metrics = abroad(metricsAt);
  if (metrics.length > 0)
    throw new Error(
      `refusing to serve metrics at ${metrics.join(', ')}, where they go unencrypted: serve them on 127.0.0.1 (project.proxy.admin), or say insecure: true`,
    );
}

const abroad = (addresses: readonly string[]): string[] => addresses.filter((address) => !isLoopbackAddress(address));
