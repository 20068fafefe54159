/** The three kinds of endpoint (DESIGN.md, Endpoints), and how each names a tool. */

export type Endpoint =
  | { kind: 'all'; path: '/mcp' }
  | { kind: 'toolbox'; toolbox: string; path: string }
  | { kind: 'server'; server: string; path: string };

const FORM = /^\/(?:(toolbox|server)\/([a-z][a-z0-9-]{0,39})\/)?mcp$/;

/** null: no endpoint has this path. Says nothing about whether the toolbox or server exists. */
export function parseEndpoint(path: string): Endpoint | null {
  const found = FORM.exec(path);
  if (!found) return null;
  const name = found[2] ?? '';
  if (found[1] === 'toolbox') return { kind: 'toolbox', toolbox: name, path };
  if (found[1] === 'server') return { kind: 'server', server: name, path };
  return { kind: 'all', path: '/mcp' };
}

export const serverEndpoint = (server: string): Endpoint => ({ kind: 'server', server, path: `/server/${server}/mcp` });

/** Whether an endpoint shows this server at all. */
export function covers(endpoint: Endpoint, server: string, toolbox: string): boolean {
  switch (endpoint.kind) {
    case 'all':
      return true;
    case 'toolbox':
      return endpoint.toolbox === toolbox;
    case 'server':
      return endpoint.server === server;
  }
}

export function exposedName(endpoint: Endpoint, prefix: string, tool: string): string {
  return endpoint.kind === 'server' ? tool : `${prefix}__${tool}`;
}
