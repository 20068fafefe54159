/** How a server is spoken to, and who shares a running instance of it. */

/**
 * `http`: streamable HTTP at `http://HOST:port` + path, where HOST is the engine name of the generation's container
 * (model/labels.ts, `engineName.server` or `engineName.instance`), which the proxy resolves on the network that it
 * shares with that server alone. It is opened at the bridge like a stdio one: the open connection keeps the container
 * running and carries nothing. `remote`: no container and nothing to open; streamable HTTP, or the HTTP+SSE of
 * 2024-11-05, at the URL.
 */
export type Transport = { type: 'stdio' } | { type: 'http'; port: number; path: string } | RemoteTransport;

export interface RemoteTransport extends OwnNetwork {
  type: 'remote';
  url: string;
}

/** Where in the own network something may be that the proxy calls, and who signs for it. */
export interface OwnNetwork {
  /** Blocks that it may be at, besides public addresses. Left out: none. */
  privateAddresses?: string[];
  /** PEM certificates of the one authority that counts. Left out: the public ones do. */
  ca?: string;
  /** The URL may be http://, to a private address. */
  insecure?: true;
}

/** Whose calls share one running instance: everybody's, or those of one agent, one subject, one session. */
export type Sharing = 'shared' | 'agent' | 'user' | 'session';

/** The proxy's key of an instance, opaque to everybody else. One DNS label, because it ends a container's name. */
export const INSTANCE_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether its container is a template that never runs, and its instances are made from it by the bridge. */
export function isTemplate({ instances, replicas }: { instances: Sharing; replicas: number }): boolean {
  return instances !== 'shared' || replicas > 1;
}
