/** `toolcrib graph`: agents, what they are granted, and what servers reach, as nodes and edges. Asks no engine. */
import type { AgentConfig, Config, GrantConfig, ServerConfig } from '../config/config.js';
import type { Lock } from '../model/lock.js';
import type { Context } from './context.js';
import { load } from './context.js';

export type NodeKind = 'agent' | 'server' | 'volume' | 'folder' | 'network' | 'host';

export interface Node {
  /** `server.files`, `folder./srv/docs`, `host.api.acme.com:443`. */
  id: string;
  kind: NodeKind;
  label: string;
  /** Of servers. */
  toolbox: string | null;
}

export interface Edge {
  from: string;
  to: string;
  label: string;
  /** mount: the server only reads it. */
  readonly: boolean;
}

export interface Graph {
  project: string;
  nodes: Node[];
  edges: Edge[];
}

export async function graph(context: Context): Promise<Graph> {
  const { config, lock } = await load(context);
  return graphOf(config, lock);
}

export function graphOf(config: Config, lock: Lock | null): Graph {
  const nodes = new Map<string, Node>();
  const add = (kind: NodeKind, name: string, label: string, toolbox: string | null = null): string => {
    const id = `${kind}.${name}`;
    if (!nodes.has(id)) nodes.set(id, { id, kind, label, toolbox });
    return id;
  };
  for (const agent of config.agents) add('agent', agent.name, agent.name);
  for (const server of config.servers) add('server', server.name, server.name, server.toolbox);
  for (const { name, external } of config.volumes)
    add('volume', name, external === null ? name : `${name} (external: ${external})`);
  const ways = config.servers.flatMap(({ name, transport }): Edge[] => {
    const from = `server.${name}`;
    // Containers on stdio are on no network at all.
    if (transport.type === 'http') {
      const to = add('network', `server-${name}`, 'internal network, shared with the proxy alone');
      return [{ from, to, label: `HTTP, port ${transport.port}`, readonly: false }];
    }
    if (transport.type !== 'remote') return [];
    const { host, pathname } = new URL(transport.url);
    return [{ from, to: add('host', host, host), label: `HTTPS, ${pathname}`, readonly: false }];
  });
  const edges = [
    ...config.agents.flatMap((agent) => grantEdges(agent, config, lock)),
    ...config.servers.flatMap((server) =>
      server.mounts.map(({ type, source, target, readonly }): Edge => {
        const to = type === 'volume' ? `volume.${source}` : add('folder', source, source);
        return { from: `server.${server.name}`, to, label: `${target}${readonly ? ' (read-only)' : ''}`, readonly };
      }),
    ),
  ];
  return { project: config.project.name, nodes: [...nodes.values()], edges: [...edges, ...ways] };
}

/** One edge from an agent to a server, whatever number of grants there are. */
function grantEdges(agent: AgentConfig, config: Config, lock: Lock | null): Edge[] {
  return config.servers.flatMap((server) => {
    const grants = agent.grants.filter((grant) => isFor(grant, server));
    if (grants.length === 0) return [];
    const label = [...new Set(grants.flatMap(({ tools }) => tools))].map((tool) => wording(tool, server, lock));
    return [{ from: `agent.${agent.name}`, to: `server.${server.name}`, label: label.join(', '), readonly: false }];
  });
}

function isFor({ target }: GrantConfig, server: ServerConfig): boolean {
  return target.name === (target.type === 'server' ? server.name : server.toolbox);
}

function wording(tool: string, server: ServerConfig, lock: Lock | null): string {
  const known = lock?.servers[server.name]?.definitions.tools.length;
  return tool === '*' && known !== undefined ? `all ${known} tools` : tool;
}
