/** Where agents reach the project: what the outside calls it, or what it listens on. */
import { PROXY_PORT } from '../compile/system-specs.js';
import type { Config } from '../config/config.js';
import type { ContainerInspect } from '../model/inspect.js';

interface Listens {
  host: string;
  port: number;
}

/** @param live where its proxy listens, as long as that is not what is declared. */
export function endpointOf({ config }: { config: Config }, live?: Listens): string {
  const { publicUrl, tls } = config.project.proxy;
  const { host, port } = live ?? config.project.proxy;
  const address = host.includes(':') ? `[${host}]` : host;
  return `${publicUrl ?? `${tls ? 'https' : 'http'}://${address}:${port}`}/mcp`.replace(/([^:])\/\/mcp$/, '$1/mcp');
}

/** On the engine's host, as its container was made; undefined: nowhere. */
export function listensAt({ HostConfig }: ContainerInspect): Listens | undefined {
  const [binding] = HostConfig.PortBindings?.[`${PROXY_PORT}/tcp`] ?? [];
  return binding && { host: binding.HostIp || '0.0.0.0', port: Number(binding.HostPort) };
}
