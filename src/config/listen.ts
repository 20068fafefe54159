/** `project.proxy.listen`: `127.0.0.1:7411` or `[::1]:7411`. The engine publishes ports on addresses, not on names. */
import { isIP } from 'node:net';

export const DEFAULT_LISTEN = '127.0.0.1:7411';

export type Listen = { host: string; port: number } | { problem: string; fix: string };

export function parseListen(text: string): Listen {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const fix = `Write an address and a port, for example \`${DEFAULT_LISTEN}\`.`;
  if (digits === '') return { problem: `\`${text}\` is not of the form \`ADDRESS:PORT\`.`, fix };
  if (port < 1 || port > 65535) return { problem: `\`${digits}\` is not a port; they go from 1 to 65535.`, fix };
  if (bracketed !== undefined && isIP(bracketed) === 6) return { host: bracketed, port };
  if (bracketed === undefined && isIP(plain) === 4) return { host: plain, port };
  const hint = plain === '' ? 'Every address would be `0.0.0.0`; agents on this host need `127.0.0.1` only.' : fix;
  return {
    problem: `\`${bracketed ?? plain}\` is not an IP address.`,
    fix: plain === 'localhost' ? `Write \`127.0.0.1:${digits}\`.` : hint,
  };
}
