/**
 * Servers of older versions by hand, whose one stream lasts: HTTP+SSE of 2024-11-05, where all they say comes on it, and
 * streamable HTTP with a session, where what belongs to no call does. What they write on it is the fuzzer's.
 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../src/model/definitions.js';
import { tool } from '../proxy/world.js';
import { serve, type Peer } from '../wire/peers.js';

type Message = JsonObject & { id?: number; method?: string };

export interface OldServer {
  peer: Peer;
  /** Whether its stream is open. */
  heard(): boolean;
  /** Onto the stream. */
  write(bytes: Buffer): void;
}

export interface Behaviour {
  /** Every message that came. */
  came(message: Message): void;
  /** A call of `say`. `answer` answers it as such a server does. */
  called(id: number, answer: (text: string) => void): void;
}

const OPEN = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
const quiet = { announce: () => undefined, forget: () => undefined };

const RESULTS: Record<string, object> = {
  initialize: {
    protocolVersion: '2024-11-05',
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: 'old', version: '1' },
  },
  'tools/list': { tools: [tool('say')] },
  ping: {},
};

const resultOf = ({ id, method = '' }: Message, version: string): string => {
  const result = method === 'initialize' ? { ...RESULTS[method], protocolVersion: version } : (RESULTS[method] ?? {});
  return JSON.stringify({ jsonrpc: '2.0', id, result });
};

/** 2024-11-05. */
export async function sseServer({ came, called }: Behaviour): Promise<OldServer> {
  let stream: ServerResponse | null = null;
  const say = (text: string): void => void stream?.write(`data: ${text}\n\n`);
  const peer = await serve((req, res, body) => {
    if (req.method === 'GET') {
      stream = res;
      res.on('close', () => (stream = stream === res ? null : stream));
      res.writeHead(200, OPEN).write(`event: endpoint\ndata: /said?sessionId=${randomUUID()}\n\n`);
      return Promise.resolve();
    }
    // Whoever speaks a newer version is told that it is not here.
    if (!req.url?.startsWith('/said')) {
      res.writeHead(405).end();
      return Promise.resolve();
    }
    const message = body as Message;
    came(message);
    res.writeHead(202).end();
    if (message.id === undefined || message.method === undefined) return Promise.resolve();
    if (message.method === 'tools/call') called(message.id, say);
    else say(resultOf(message, '2024-11-05'));
    return Promise.resolve();
  }, quiet);
  return { peer, heard: () => stream !== null, write: (bytes) => void stream?.write(bytes) };
}

/** 2025-06-18. */
export async function sessionServer({ came, called }: Behaviour): Promise<OldServer> {
  let stream: ServerResponse | null = null;
  const session = randomUUID();
  const peer = await serve((req, res, body) => {
    const known = req.headers['mcp-session-id'] === session;
    if (req.method === 'GET' && known) {
      stream = res;
      res.on('close', () => (stream = stream === res ? null : stream));
      res.writeHead(200, OPEN).flushHeaders();
      return Promise.resolve();
    }
    const message = (body ?? {}) as Message;
    if (req.method !== 'POST' || (!known && message.method !== 'initialize')) {
      res.writeHead(req.method === 'POST' ? 400 : 405).end();
      return Promise.resolve();
    }
    came(message);
    const answer = (text: string): void => {
      res.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': session }).end(text);
    };
    if (message.id === undefined || message.method === undefined) res.writeHead(202).end();
    else if (message.method === 'tools/call') called(message.id, answer);
    else answer(resultOf(message, '2025-06-18'));
    return Promise.resolve();
  }, quiet);
  return { peer, heard: () => stream !== null, write: (bytes) => void stream?.write(bytes) };
}
