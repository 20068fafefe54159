/** Real servers that do everything a server may, one of either generation, made with the SDK of that generation. */
import { randomUUID } from 'node:crypto';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  isInitializeRequest,
  SubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  completable as modernCompletable,
  createMcpHandler,
  inputRequired,
  McpServer as ModernServer,
  ResourceTemplate as ModernTemplate,
} from '@modelcontextprotocol/server';
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { z } from 'zod';
import { serve, type Peer } from '../wire/peers.js';

const IMPLEMENTATION = { name: 'rich', version: '1' };
const FORM = { type: 'object' as const, properties: { name: { type: 'string' as const } }, required: ['name'] };
const MESSAGES = [{ role: 'user' as const, content: { type: 'text' as const, text: 'hi' } }];
const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });

export interface RichPeer extends Peer {
  /** Says that a resource has changed. */
  update(uri: string): void;
}

function legacyServer(): McpServer {
  const server = new McpServer(IMPLEMENTATION, {
    capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } },
  });
  server.registerTool('report', { inputSchema: {} }, async (_args, { _meta, sendNotification }) => {
    for (const progress of [1, 2]) {
      const progressToken = _meta?.progressToken;
      if (progressToken !== undefined)
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 2 } });
    }
    await sendNotification({ method: 'notifications/message', params: { level: 'debug', data: 'too little' } });
    await sendNotification({ method: 'notifications/message', params: { level: 'warning', data: 'heard' } });
    return text('done');
  });
  server.registerTool('ask', { inputSchema: {} }, async (_args, { sendRequest }) => {
    const params = { message: 'who?', requestedSchema: FORM };
    const { action, content } = await sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema);
    return text(`${action} ${String(content?.['name'])}`);
  });
  server.registerTool('think', { inputSchema: {} }, async (_args, { sendRequest }) => {
    const params = { messages: MESSAGES, maxTokens: 10 };
    const { model } = await sendRequest({ method: 'sampling/createMessage', params }, CreateMessageResultSchema);
    return text(model);
  });
  server.registerPrompt(
    'greet',
    { argsSchema: { who: completable(z.string(), () => ['ada', 'alan']) } },
    ({ who }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `hello ${who}` } }],
    }),
  );
  server.registerResource('readme', 'docs://readme', {}, () => ({
    contents: [{ uri: 'docs://readme', text: 'read me' }],
  }));
  server.registerResource('page', new ResourceTemplate('docs://page/{n}', { list: undefined }), {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'page' }],
  }));
  server.server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  return server;
}

export async function richLegacyPeer(): Promise<RichPeer> {
  const sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: McpServer }>();
  const peer = await serve(
    async (req, res, body) => {
      const id = req.headers['mcp-session-id'];
      const known = typeof id === 'string' ? sessions.get(id) : undefined;
      if (known) return known.transport.handleRequest(req, res, body);
      if (!isInitializeRequest(body)) return void res.writeHead(400).end();
      const server = legacyServer();
      const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (session) => void sessions.set(session, { transport, server }),
      });
      await server.connect(transport);
      await transport.handleRequest(req, res, body);
    },
    { announce: () => undefined, forget: () => sessions.clear() },
  );
  const update = (uri: string): void => {
    for (const { server } of sessions.values()) server.server.sendResourceUpdated({ uri }).catch(() => undefined);
  };
  return { ...peer, update };
}

function modernServer(): ModernServer {
  const server = new ModernServer(IMPLEMENTATION, {
    capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } },
  });
  server.registerTool('report', { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [1, 2]) {
      if (progressToken !== undefined)
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 2 } });
    }
    const log = (level: string, data: string) =>
      mcpReq.notify({ method: 'notifications/message', params: { level, data } });
    if ((mcpReq.envelope as Record<string, unknown> | undefined)?.['io.modelcontextprotocol/logLevel'] !== undefined) {
      await log('debug', 'too little');
      await log('warning', 'heard');
    }
    return text('done');
  });
  server.registerTool('ask', { inputSchema: z.object({}) }, (_args, { mcpReq }) => {
    const answer = mcpReq.inputResponses?.['who'] as { action: string; content?: { name: string } } | undefined;
    if (!answer) {
      const who = inputRequired.elicit({ message: 'who?', requestedSchema: FORM });
      return inputRequired({ inputRequests: { who }, requestState: 'kept "by" the agent' });
    }
    const state = mcpReq.requestState<string>();
    return state === 'kept "by" the agent'
      ? text(`${answer.action} ${String(answer.content?.name)}`)
      : text(`lost: ${String(state)}`);
  });
  server.registerTool('think', { inputSchema: z.object({}) }, (_args, { mcpReq }) => {
    const answer = mcpReq.inputResponses?.['thought'] as { model: string } | undefined;
    if (answer) return text(answer.model);
    const thought = inputRequired.createMessage({ messages: MESSAGES, maxTokens: 10 });
    return inputRequired({ inputRequests: { thought } });
  });
  server.registerTool('numbers', { inputSchema: z.object({}), outputSchema: z.array(z.number()) }, () => ({
    ...text('[1,2]'),
    structuredContent: [1, 2],
  }));
  server.registerPrompt(
    'greet',
    { argsSchema: z.object({ who: modernCompletable(z.string(), () => ['ada', 'alan']) }) },
    ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `hello ${who}` } }] }),
  );
  server.registerResource('readme', 'docs://readme', {}, () => ({
    contents: [{ uri: 'docs://readme', text: 'read me' }],
  }));
  server.registerResource('page', new ModernTemplate('docs://page/{n}', { list: undefined }), {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'page' }],
  }));
  return server;
}

export async function richModernPeer(): Promise<RichPeer> {
  const handler = createMcpHandler(modernServer, { legacy: 'reject' });
  const node = toNodeHandler(handler);
  const peer = await serve((req, res, body) => node(req as Parameters<typeof node>[0], res, body), {
    announce: () => handler.notify.toolsChanged(),
    forget: () => undefined,
  });
  return { ...peer, update: (uri) => handler.notify.resourceUpdated(uri) };
}
