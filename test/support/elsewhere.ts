/** A server that runs elsewhere: made with the SDK, behind TLS of a private authority, on the host's own address of the engine's bridge. */
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import type { Made } from './certificates.js';
import { engineApi } from './engine-state.js';
import { legacySessions } from './legacy-sessions.js';

export interface Elsewhere {
  url: string;
  /** Tools that were called, in order. */
  called: string[];
  close(): Promise<void>;
}

/** Where containers of the default bridge find this host. */
export async function hostAddress(): Promise<string> {
  const { IPAM } = JSON.parse((await engineApi('GET', '/networks/bridge')).body) as {
    IPAM: { Config: { Gateway: string }[] };
  };
  const [first] = IPAM.Config;
  if (!first?.Gateway) throw new Error('the default bridge has no gateway');
  return first.Gateway;
}

/** @param made null: without TLS. */
export async function elsewhere(host: string, made: Made | null): Promise<Elsewhere> {
  const called: string[] = [];
  const handle = legacySessions(() => tracker(called));
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    handle(req, res).catch(() => res.destroy());
  };
  const server = made ? createServer(made, listener) : createPlain(listener);
  await new Promise<void>((resolve, reject) => {
    // Another engine may have taken the bridge, and its address with it.
    server.once('error', reject).listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${made ? 'https' : 'http'}://${host}:${port}/mcp`,
    called,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tracker(called: string[]): McpServer {
  const server = new McpServer({ name: 'tracker', version: '1.0.0' });
  const did = (tool: string, said: string) => {
    called.push(tool);
    return { content: [{ type: 'text' as const, text: said }] };
  };
  server.registerTool('list_issues', { description: 'Lists issues.', inputSchema: {} }, () => did('list_issues', '#7'));
  server.registerTool(
    'get_issue',
    { description: 'Reads one issue.', inputSchema: { number: z.number() } },
    ({ number }) => did('get_issue', `#${number}: the door is open`),
  );
  server.registerTool('close_issue', { description: 'Closes it.', inputSchema: { number: z.number() } }, () =>
    did('close_issue', 'closed'),
  );
  return server;
}
