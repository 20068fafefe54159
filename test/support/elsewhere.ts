/** A server that runs elsewhere: made with the SDK, behind TLS of a private authority, on the host's own address of the engine's bridge. */
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
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

/**
 * Where containers find this host: at the default bridge's gateway, or where another engine of this machine took that
 * bridge over, at any other address of its own.
 */
export async function hostAddress(): Promise<string> {
  const { IPAM } = JSON.parse((await engineApi('GET', '/networks/bridge')).body) as {
    IPAM: { Config: { Gateway?: string }[] };
  };
  const gateways = IPAM.Config.flatMap(({ Gateway }) => Gateway ?? []);
  const others = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = others.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
  for (const address of [...gateways, ...own]) if (await isOurs(address)) return address;
  throw new Error(`this host has none of ${[...gateways, ...own].join(', ')}`);
}

/** An interface that nobody is plugged into is not among those that node:os lists. */
function isOurs(address: string): Promise<boolean> {
  const server = createTcp();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
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
