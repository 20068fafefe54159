/** Real servers of every version over HTTP, made with both generations of the SDK. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as sse from '@modelcontextprotocol/sdk/server/sse.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer as ModernServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

export interface Peer {
  url: string;
  /** Method and the headers that matter, of every request. */
  requests: { method: string; rpc: string | null; headers: IncomingMessage['headers'] }[];
  /** Tells those who listen that the tools are others now. */
  announce(): void;
  /** Forgets every session, as a restart does. */
  forget(): void;
  close(): Promise<void>;
}

/** Deprecated with its version; servers that are spoken to this way exist all the same. */
interface OldTransport extends Transport {
  sessionId: string;
  handlePostMessage(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void>;
}
const { SSEServerTransport: OldServerTransport } = sse as unknown as {
  SSEServerTransport: new (endpoint: string, res: ServerResponse) => OldTransport;
};

type Handle = (req: IncomingMessage, res: ServerResponse, body: unknown) => Promise<void>;

function offer(server: McpServer): McpServer {
  server.registerTool('add', { description: 'adds', inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }));
  server.registerPrompt('greet', { description: 'greets' }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }],
  }));
  server.registerResource('readme', 'docs://readme', { mimeType: 'text/plain' }, () => ({
    contents: [{ uri: 'docs://readme', text: 'read me' }],
  }));
  return server;
}

const IMPLEMENTATION = { name: 'peer', version: '1.2.3' };

/** SDK 1.x, streamable HTTP with sessions; `json`: answers are no streams. */
export async function sessionPeer(json = false): Promise<Peer> {
  const sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: McpServer }>();
  const handle: Handle = async (req, res, body) => {
    const id = req.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known) return known.transport.handleRequest(req, res, body);
    if (id !== undefined || !isInitializeRequest(body)) {
      res.writeHead(id === undefined ? 400 : 404, { 'content-type': 'application/json' });
      res.end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}');
      return;
    }
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      enableJsonResponse: json,
      onsessioninitialized: (session) => void sessions.set(session, { transport, server }),
    });
    const server = offer(new McpServer(IMPLEMENTATION, { instructions: 'be kind' }));
    await server.connect(transport);
    await transport.handleRequest(req, res, body);
  };
  const announce = (): void => {
    for (const { server } of sessions.values()) server.sendToolListChanged();
  };
  return serve(handle, { announce, forget: () => sessions.clear() });
}

/** SDK 1.x, the HTTP+SSE of 2024-11-05. */
export async function ssePeer(): Promise<Peer> {
  const sessions = new Map<string, { transport: OldTransport; server: McpServer }>();
  const handle: Handle = async (req, res, body) => {
    const url = new URL(req.url ?? '/', 'http://peer');
    if (req.method === 'GET' && url.pathname === '/mcp') {
      const transport = new OldServerTransport('/messages', res);
      const server = offer(new McpServer(IMPLEMENTATION));
      sessions.set(transport.sessionId, { transport, server });
      return server.connect(transport);
    }
    const known = sessions.get(url.searchParams.get('sessionId') ?? '');
    if (req.method === 'POST' && known) return known.transport.handlePostMessage(req, res, body);
    res.writeHead(url.pathname === '/mcp' ? 405 : 404).end();
  };
  const announce = (): void => {
    for (const { server } of sessions.values()) server.sendToolListChanged();
  };
  return serve(handle, { announce, forget: () => sessions.clear() });
}

/** SDK 2.x, 2026-07-28 and nothing else. */
export async function modernPeer(): Promise<Peer> {
  const handler = createMcpHandler(
    () => {
      const server = new ModernServer(IMPLEMENTATION, { instructions: 'be kind' });
      server.registerTool(
        'add',
        { description: 'adds', inputSchema: z.object({ a: z.number(), b: z.number() }) },
        ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
      );
      server.registerPrompt('greet', { description: 'greets' }, () => ({
        messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }],
      }));
      server.registerResource('readme', 'docs://readme', { mimeType: 'text/plain' }, () => ({
        contents: [{ uri: 'docs://readme', text: 'read me' }],
      }));
      return server;
    },
    { legacy: 'reject' },
  );
  const node = toNodeHandler(handler);
  const announce = (): void => handler.notify.toolsChanged();
  return serve((req, res, body) => node(req as Parameters<typeof node>[0], res, body), {
    announce,
    forget: () => undefined,
  });
}

export async function serve(handle: Handle, more: Pick<Peer, 'announce' | 'forget'>): Promise<Peer> {
  const requests: Peer['requests'] = [];
  const server: Server = createServer((req, res) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('utf8');
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const rpc = (body as { method?: string } | undefined)?.method ?? null;
      requests.push({ method: req.method ?? '', rpc, headers: req.headers });
      await handle(req, res, body);
    })().catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests,
    ...more,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
