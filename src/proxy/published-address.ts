/**
 * Where the proxy listens inside its container: on the published network alone. It is on a network of each server that
 * speaks HTTP as well, and from there nobody may call it. Those are internal; so the published one is the network that
 * the default route leads out by, whatever the engine named it and whichever address it gave.
 */
import { readFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';

/** `networkInterfaces()` of node:os. */
export type Interfaces = Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>;

/**
 * @param routes /proc/net/route.
 * @returns null: there is no way out, so nothing is published yet.
 */
export function publishedAddress(routes: string, interfaces: Interfaces): string | null {
  const [best] = routes
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, gateway, flags, , , , mask]) => {
      const leadsOut = destination === ZERO && mask === ZERO && gateway !== ZERO;
      return leadsOut && (parseInt(flags ?? '0', 16) & UP) !== 0;
    })
    .sort((a, b) => Number(a[METRIC]) - Number(b[METRIC]));
  const name = best?.[0];
  if (name === undefined) return null;
  return interfaces[name]?.find((each) => each.family === 'IPv4')?.address ?? null;
}

/** @throws where no address is found: the container's restart policy tries again. */
export async function findPublishedAddress(interfaces: Interfaces): Promise<string> {
  const routes = await readFile('/proc/net/route', 'utf8');
  const found = publishedAddress(routes, interfaces);
  if (found !== null) return found;
  throw new Error('no route leads out of this container, so there is no published network to listen on');
}

const ZERO = '00000000';
const UP = 0x1;
const METRIC = 6;
