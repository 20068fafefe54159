/** Where agents reach the project: what the outside calls it, or what it listens on. */
import type { Config } from '../config/config.js';

export function endpointOf({ config }: { config: Config }): string {
  const { publicUrl, host, port, tls } = config.project.proxy;
  const address = host.includes(':') ? `[${host}]` : host;
  return `${publicUrl ?? `${tls ? 'https' : 'http'}://${address}:${port}`}/mcp`.replace(/([^:])\/\/mcp$/, '$1/mcp');
}
