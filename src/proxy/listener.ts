/** node:http, bounded on every side, and nothing of MCP: requests become exchanges, replies become bytes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_STREAM_HEADERS, KEEP_ALIVE, MAX_UNREAD_EVENTS, type EventSink } from './event-stream.js';
import type { Exchange } from './exchange.js';
import { readHeaders } from './headers.js';
import { empty, type Reply } from './reply.js';

const STATUS_OF: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const MAX_BODY = 4 * 1024 * 1024;
/** What keeping a piece of a body costs beside its bytes: a body can come in pieces of one. */
const PIECE = 256;
const MAX_HEADER = 16 * 1024;
const MAX_REQUESTS = 1024;
const MAX_CONNECTIONS = 2048;
/** An agent that does not read its answer is let go after this, with the answer and its place. */
const SEND_MS = 60_000;
const GRACE_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;

export interface Listener {
  address: { host: string; port: number };
  /** Stops accepting, lets answers under way go out, and ends. */
  close(): Promise<void>;
}

export interface ListenerEvents {
  /** Something here is broken. */
  onError: (cause: unknown) => void;
  /** What came was no HTTP, or too slow: node's own code for it. */
  onBadHttp: (code: string) => void;
}

export async function listen(
  { host, port }: { host: string; port: number },
  serve: (exchange: Exchange) => Promise<Reply>,
  { onError, onBadHttp }: ListenerEvents,
  sendMilliseconds = SEND_MS,
): Promise<Listener> {
  let running = 0;
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
      insecureHTTPParser: false,
      noDelay: true,
    },
    (request, response) => {
      if (running >= MAX_REQUESTS) return send(response, empty(503, { connection: 'close', 'retry-after': '1' }));
      running++;
      let counted = true;
      const uncount = (): void => {
        if (counted) running--;
        counted = false;
      };
      response.once('close', uncount);
      serve(exchangeOf(request, response, uncount)).then(
        (reply) => {
          send(response, reply);
          if (response.writableLength > 0 && response.writableEnded) letGo(response, sendMilliseconds);
        },
        (cause: unknown) => {
          onError(cause);
          send(response, empty(500, { connection: 'close' }));
        },
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (cause: NodeJS.ErrnoException, socket: Duplex) => {
    const code = cause.code ?? 'unknown';
    if (code === 'ECONNRESET' || !socket.writable) return socket.destroy();
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
    close: () => close(server, () => running),
  };
}

function exchangeOf(request: IncomingMessage, response: ServerResponse, uncount: () => void): Exchange {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  const gone = (): boolean => response.closed && !response.writableFinished;
  return {
    method: request.method ?? 'GET',
    path: query < 0 ? url : url.slice(0, query),
    headers: readHeaders(request.rawHeaders),
    body: (take) => readBody(request, take),
    gone,
    onGone(callback) {
      const closed = (): void => {
        if (!response.writableFinished) callback();
      };
      response.once('close', closed);
      return () => response.off('close', closed);
    },
    stream(headers, lasting) {
      if (lasting) uncount();
      return eventsOn(response, headers);
    },
  };
}

function eventsOn(response: ServerResponse, headers: Record<string, string>): EventSink {
  response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...headers });
  response.flushHeaders();
  const beat = setInterval(() => response.write(KEEP_ALIVE), KEEP_ALIVE_MS).unref();
  response.once('close', () => clearInterval(beat));
  return {
    write(text) {
      if (response.destroyed || response.writableEnded) return false;
      response.write(text);
      // Not waited for: what is lost can be had again by the event ids, where the version has them.
      if (response.writableLength <= MAX_UNREAD_EVENTS) return true;
      response.destroy();
      return false;
    },
    end() {
      response.end();
    },
    onClose(callback) {
      if (response.closed) callback();
      else response.once('close', callback);
    },
  };
}

/** Nothing is kept beyond the bounds; what comes after them is not even read. */
function readBody(request: IncomingMessage, take: (bytes: number) => boolean): ReturnType<Exchange['body']> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > MAX_BODY) return Promise.resolve('too_large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      const refused = size > MAX_BODY ? 'too_large' : take(chunk.length + PIECE) ? null : 'too_many';
      if (refused === null) return chunks.push(chunk);
      request.pause();
      request.removeAllListeners('data');
      chunks.length = 0;
      resolve(refused);
    });
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('close', () => resolve('aborted')); // after `end` this resolves nothing any more
    request.once('error', () => resolve('aborted'));
  });
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const length = body === null ? 0 : Buffer.byteLength(body);
  const sized = status === 204 ? headers : { ...headers, 'content-length': String(length) };
  response.writeHead(status, sized);
  response.end(body ?? undefined);
}

function letGo(response: ServerResponse, milliseconds: number): void {
  const late = setTimeout(() => response.destroy(), milliseconds);
  response.once('close', () => clearTimeout(late));
}

/** Answers under way go out first; connections without any have nothing to lose. */
async function close(server: Server, running: () => number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  for (let waited = 0; running() > 0 && waited < GRACE_MS; waited += 20) await sleep(20);
  server.closeAllConnections();
  await closed;
}
