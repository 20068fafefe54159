/** `toolcrib output`: where what is declared can be reached, for scripts and for the configuration of agents. Asks no engine. */
import type { Config } from '../config/config.js';
import type { Address } from '../model/address.js';
import type { Context } from './context.js';
import { load } from './context.js';
import { endpointOf } from './endpoint.js';

export interface OutputReport {
  project: string;
  environment: string | null;
  /** Everything that an agent is granted. */
  endpoint: string;
  /** Where the proxy listens on the engine's host. */
  listen: { host: string; port: number };
  /** Alive; policy loaded and servers known. */
  health: string;
  ready: string;
  toolboxes: Record<string, string>;
  servers: Record<string, string>;
  agents: { address: Address; endpoint: string; toolboxes: Record<string, string>; servers: Record<string, string> }[];
}

export async function output(context: Context): Promise<OutputReport> {
  const { config } = await load(context);
  const endpoint = endpointOf({ config });
  const base = endpoint.replace(/\/mcp$/, '');
  const toolboxUrl = (name: string): string => `${base}/toolbox/${name}/mcp`;
  const serverUrl = (name: string): string => `${base}/server/${name}/mcp`;
  const urls = (names: readonly string[], url: (name: string) => string): Record<string, string> =>
    Object.fromEntries([...new Set(names)].sort().map((name) => [name, url(name)]));
  const { host, port } = config.project.proxy;
  return {
    project: config.project.name,
    environment: context.environment,
    endpoint,
    listen: { host, port },
    health: `${base}/healthz`,
    ready: `${base}/readyz`,
    toolboxes: urls(config.toolboxes, toolboxUrl),
    servers: urls(
      config.servers.map(({ name }) => name),
      serverUrl,
    ),
    agents: config.agents.map((agent) => {
      const granted = config.servers.filter((server) => isGranted(agent, server));
      return {
        address: `agent.${agent.name}` as const,
        endpoint,
        toolboxes: urls(
          granted.map(({ toolbox }) => toolbox),
          toolboxUrl,
        ),
        servers: urls(
          granted.map(({ name }) => name),
          serverUrl,
        ),
      };
    }),
  };
}

function isGranted({ grants }: Config['agents'][number], server: Config['servers'][number]): boolean {
  return grants.some(({ target }) => target.name === (target.type === 'server' ? server.name : server.toolbox));
}
