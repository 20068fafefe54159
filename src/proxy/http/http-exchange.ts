/** One request of node:http as the pipeline sees it: its headers, its body within bounds, and when its agent goes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { EVENT_STREAM_HEADERS, KEEP_ALIVE, KEEP_ALIVE_MS, MAX_UNREAD_EVENTS, type EventSink } from './event-stream.js';
import type { Body, Exchange } from '../exchange.js';
import { readHeaders, type Headers } from './headers.js';
import { MAX_JOINED, OpenExchange } from './open-exchange.js';
import type { Reply } from '../message/reply.js';
import type { Unread } from './unread.js';

const MAX_BODY = 4 * 1024 * 1024;
/** What keeping a piece of a body costs beside its bytes: a body can come in pieces of one. */
const PIECE = 256;

/** Exchanges of a connection, by its socket. node:http tells only the first of several that it is gone. */
const open = new WeakMap<Socket, HttpExchange[]>();

export class HttpExchange extends OpenExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly unread: Unread,
    /** An agent that does not read its answer is let go after this, with the answer and its place. */
    private readonly sendMilliseconds: number,
  ) {
    super();
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    this.method = request.method ?? 'GET';
    this.path = query < 0 ? url : url.slice(0, query);
    this.headers = readHeaders(request.rawHeaders);
    exchangesOf(request.socket).push(this);
    response.on('close', () => this.close());
  }

  body(take: (bytes: number) => boolean): Promise<Body> {
    if (Number(this.request.headers['content-length'] ?? 0) > MAX_BODY) return Promise.resolve('too_large');
    return new Promise((resolve) => new BodyReader(this.request, take, resolve));
  }

  gone(): boolean {
    return this.ended && !this.response.writableFinished;
  }

  stream(headers: Record<string, string>, lasting: boolean): EventSink {
    if (lasting) this.over();
    const { response } = this;
    response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...headers });
    response.flushHeaders();
    const beat = setInterval(() => response.write(KEEP_ALIVE), KEEP_ALIVE_MS).unref();
    this.onClose(() => clearInterval(beat));
    return {
      write: (text) => {
        if (this.ended || response.destroyed || response.writableEnded) return false;
        response.write(text);
        if (!this.unread.look(response, this.agent)) return false;
        // Not waited for: what is lost can be had again by the event ids, where the version has them.
        if (response.writableLength <= MAX_UNREAD_EVENTS) return true;
        response.destroy();
        return false;
      },
      end: () => response.end(),
      onClose: (callback) => this.onClose(callback),
    };
  }

  send({ status, headers, body }: Reply): void {
    const { response } = this;
    if (response.destroyed || response.headersSent) return;
    const length = body === null ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': String(length) });
    if (body === null) response.end();
    else if (typeof body === 'string' || length > MAX_JOINED) response.end(body);
    else response.end(body.toString('latin1'), 'latin1');
    if (length > MAX_JOINED) this.unread.look(response, this.agent);
    if (response.writableLength === 0) return;
    const late = setTimeout(() => response.destroy(), this.sendMilliseconds);
    response.once('close', () => clearTimeout(late));
  }

  /** Its connection ends with it, unless something stands behind it there. */
  parting(): void {
    if (exchangesOf(this.request.socket).length <= 1) this.response.shouldKeepAlive = false;
  }

  /** Its answer is out, or its connection has ended. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    const siblings = exchangesOf(this.request.socket);
    siblings.splice(siblings.indexOf(this), 1);
    this.over();
    this.tellEnd(!this.response.writableFinished);
  }
}

function exchangesOf(socket: Socket): HttpExchange[] {
  const known = open.get(socket);
  if (known) return known;
  const made: HttpExchange[] = [];
  open.set(socket, made);
  socket.once('close', () => {
    for (const exchange of [...made]) exchange.close();
  });
  return made;
}

/** Nothing is kept beyond the bounds; what comes after them is not even read. */
class BodyReader {
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    readonly request: IncomingMessage,
    readonly take: (bytes: number) => boolean,
    readonly resolve: (body: Body) => void,
  ) {
    request.on('data', (chunk: Buffer) => this.#read(chunk));
    request.on('end', () => this.#end());
    request.on('close', () => resolve('aborted')); // after `end` this resolves nothing any more
  }

  #read(chunk: Buffer): void {
    this.#size += chunk.length;
    const refused = this.#size > MAX_BODY ? 'too_large' : this.take(chunk.length + PIECE) ? null : 'too_many';
    if (refused === null) {
      this.#chunks.push(chunk);
      return;
    }
    this.request.pause();
    this.request.removeAllListeners('data');
    this.#chunks = [];
    this.resolve(refused);
  }

  #end(): void {
    const [only] = this.#chunks;
    this.resolve(this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks));
  }
}
