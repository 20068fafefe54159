/** node:http, bounded on every side, and nothing of MCP: requests become exchanges, replies become bytes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { OLDEST_TLS, type Served } from './certificate.js';
import type { Exchange } from '../exchange.js';
import { HttpExchange } from './http-exchange.js';
import { PlainConnection, type PlainHouse } from './plain-connection.js';
import type { PlainExchange } from './plain-exchange.js';
import { KEEP_ALIVE_SECONDS } from './plain-http.js';
import { empty, type Reply } from '../message/reply.js';
import { Unread, UNREAD_BOUNDS, type UnreadBounds } from './unread.js';

const STATUS_OF: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const MAX_HEADER = 16 * 1024;
const MAX_REQUESTS = 1024;
const MAX_CONNECTIONS = 2048;
/** An agent that does not read its answer is let go after this, with the answer and its place. */
const SEND_MS = 60_000;
const HANDSHAKE_MS = 10_000;
const GRACE_MS = 5_000;
/** For the answers that tell of what was given up. */
const LAST_WORDS_MS = 1_000;

const BOUNDS = {
  maxHeaderSize: MAX_HEADER,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: KEEP_ALIVE_SECONDS * 1000,
  connectionsCheckingInterval: 5_000,
  insecureHTTPParser: false,
  noDelay: true,
};

export interface Listener {
  address: { host: string; port: number };
  /** For connections from now on; those that are open go on. Before the first, no handshake succeeds. */
  serveWith(served: Served): void;
  /**
   * Takes nothing new, lets answers under way go out, and ends: what still has none after the grace is given up, which
   * answers it, and what nobody reads by then is cut.
   */
  close(giveUp?: () => void): Promise<void>;
}

export interface ListenerEvents {
  /** Something here is broken. */
  onError: (cause: unknown) => void;
  /** What came was no HTTP, or too slow: node's own code for it. */
  onBadHttp: (code: string) => void;
}

export interface ListenerBounds {
  sendMilliseconds?: number;
  /** For answers under way when it closes. */
  graceMilliseconds?: number;
  unread?: UnreadBounds;
  tls?: boolean;
  handshakeMilliseconds?: number;
}

export async function listen(
  { host, port }: { host: string; port: number },
  serve: (exchange: Exchange) => Promise<Reply>,
  { onError, onBadHttp }: ListenerEvents,
  {
    sendMilliseconds = SEND_MS,
    graceMilliseconds = GRACE_MS,
    tls = false,
    handshakeMilliseconds = HANDSHAKE_MS,
    unread = UNREAD_BOUNDS,
  }: ListenerBounds = {},
): Promise<Listener> {
  let running = 0;
  let closing = false;
  const waiting = new Unread(unread);
  const begin = (exchange: HttpExchange | PlainExchange): void => {
    let counted = true;
    running++;
    exchange.over = () => {
      if (counted) running--;
      counted = false;
    };
    if (running > MAX_REQUESTS || closing)
      return exchange.send(empty(503, { connection: 'close', 'retry-after': '1' }));
    const failed = (cause: unknown): void => {
      onError(cause);
      exchange.send(empty(500, { connection: 'close' }));
    };
    try {
      serve(exchange).then((reply) => {
        // Whoever came back on this connection would find nobody.
        if (closing) exchange.parting();
        exchange.send(reply);
      }, failed);
    } catch (cause) {
      failed(cause);
    }
  };
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    begin(new HttpExchange(request, response, waiting, sendMilliseconds));
  const secure = tls
    ? createTlsServer({ ...BOUNDS, minVersion: OLDEST_TLS, handshakeTimeout: handshakeMilliseconds }, take)
    : null;
  const server = secure ?? createServer(BOUNDS, take);
  // Before node:https tells `clientError` of it.
  secure?.prependListener('tlsClientError', (cause: NodeJS.ErrnoException, socket: TLSSocket) => {
    onBadHttp(cause.code ?? 'unknown');
    // Nothing can be said to who has not shaken hands, and Node leaves the end to who listens.
    socket.destroy();
  });
  const plain = new Set<PlainConnection>();
  const library = takeOver(server, secure ? 'secureConnection' : 'connection', (socket) =>
    plain.add(new PlainConnection(socket, plainHouse)),
  );
  const plainHouse: PlainHouse = {
    serve: begin,
    handOver: (connection, socket) => {
      plain.delete(connection);
      library(socket);
    },
    ended: (connection) => plain.delete(connection),
    unread: waiting,
    sendMilliseconds,
    firstMilliseconds: BOUNDS.headersTimeout,
  };
  const sockets = new Set<Duplex>();
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (cause: NodeJS.ErrnoException, socket: Duplex) => {
    const code = cause.code ?? 'unknown';
    if (code === 'ECONNRESET' || !socket.writable || socket.destroyed) return socket.destroy();
    onBadHttp(code);
    socket.end(`HTTP/1.1 ${STATUS_OF[code] ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  server.on('error', onError);
  const bound = server.address();
  return {
    address: { host, port: typeof bound === 'object' && bound !== null ? bound.port : port },
    serveWith: (served) => secure?.setSecureContext(served),
    close: (giveUp = () => undefined) => {
      closing = true;
      for (const connection of plain) if (connection.idle) connection.destroy();
      return close(server, sockets, () => running, graceMilliseconds, giveUp);
    },
  };
}

/** Its connections come to us first. @returns what node:http does with one */
function takeOver(server: Server, event: string, first: (socket: Socket) => void): (socket: Socket) => void {
  const [library] = server.listeners(event);
  if (!library || server.listenerCount(event) > 1)
    throw new Error(`node:http does not take its connections by one listener of ${event}`);
  server.removeAllListeners(event);
  server.on(event, first);
  return (socket) => void Reflect.apply(library, server, [socket]);
}

/** Answers under way go out first; connections without any have nothing to lose. */
async function close(
  server: Server,
  sockets: ReadonlySet<Duplex>,
  running: () => number,
  grace: number,
  giveUp: () => void,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const idle = async (milliseconds: number): Promise<void> => {
    for (let waited = 0; running() > 0 && waited < milliseconds; waited += 20) await sleep(20);
  };
  await idle(grace);
  giveUp();
  await idle(LAST_WORDS_MS);
  server.closeAllConnections();
  // Who has not shaken hands is no connection to node:https.
  for (const socket of sockets) socket.destroy();
  await closed;
}
