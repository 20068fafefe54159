/**
 * The IPv4 blocks that this machine has routes to, its own engines' networks among them: an interface that nobody is
 * plugged into yet has its route already, and is not among those that node:os lists. Elsewhere than on Linux there are none.
 */
import { readFile } from 'node:fs/promises';

const TABLE = '/proc/net/route';
const NO_GATEWAY = '00000000';
/** Anything shorter covers a good part of the world, as a VPN's does, and tells nothing of an address in it. */
const TELLING = 8;

export interface Route {
  subnet: string;
  /** This machine is on it itself. */
  direct: boolean;
}

export async function routesHere(): Promise<Route[]> {
  return parseRoutes(await readFile(TABLE, 'utf8').catch(() => ''));
}

/** @param table as the kernel writes it: words of 32 bits, the first byte last. */
export function parseRoutes(table: string): Route[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns.length >= 8)
    .map(([, destination = '', gateway, , , , , mask = '']) => {
      const bytes = destination.match(/../g)?.reverse() ?? [];
      const bits = parseInt(mask, 16).toString(2).replaceAll('0', '').length;
      return { bits, address: bytes.map((byte) => parseInt(byte, 16)).join('.'), direct: gateway === NO_GATEWAY };
    })
    .filter(({ bits }) => bits >= TELLING)
    .map(({ bits, address, direct }) => ({ subnet: `${address}/${bits}`, direct }));
}
