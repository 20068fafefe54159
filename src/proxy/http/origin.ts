/**
 * Host and Origin, checked separately (MCP, Streamable HTTP, Security warning): a page in a browser may neither reach
 * the proxy under a name of its own (DNS rebinding) nor from an origin that is not declared.
 */
import type { Headers } from './headers.js';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const FORM = /^(.*):(\d{1,5})$/;

/** Declared hosts, and the other spellings of loopback at the ports of those that are loopback and at `port`. */
export function allowedHosts(declared: readonly string[], port: number): ReadonlySet<string> {
  const hosts = new Set(declared.map((host) => host.toLowerCase()));
  const ports = new Set([String(port)]);
  for (const host of declared) {
    const found = FORM.exec(host.toLowerCase());
    if (found?.[1] && found[2] && (LOOPBACK.includes(found[1]) || found[1] === '0.0.0.0')) ports.add(found[2]);
  }
  for (const each of ports) for (const name of LOOPBACK) hosts.add(`${name}:${each}`);
  return hosts;
}

/** null: let through. */
export function foreign(
  headers: Headers,
  hosts: ReadonlySet<string>,
  origins: ReadonlySet<string>,
): 'host_not_allowed' | 'origin_not_allowed' | null {
  if (headers.host === null || !hosts.has(headers.host.toLowerCase())) return 'host_not_allowed';
  if (headers.origin !== null && !origins.has(headers.origin)) return 'origin_not_allowed';
  return null;
}
