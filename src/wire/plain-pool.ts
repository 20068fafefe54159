/**
 * Requests over plain HTTP/1.1, to servers in containers: an undici pool costs a third of a call. One request at a time on
 * a connection, connections kept and bounded, and nothing ever sent twice. TLS, and streams that last, are undici's.
 */
import { connect, type LookupFunction, type Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { ResponseReader } from './response-reader.js';

export interface PlainPoolOptions {
  url: URL;
  connections: number;
  connectMilliseconds: number;
  lookup: LookupFunction | null;
}

export interface PlainRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer | null;
}

interface Waiting {
  request: PlainRequest;
  handler: Dispatcher.DispatchHandler;
  aborted: boolean;
}

/** All connections read into it, one after the other; what is kept is copied. */
const SHARED = Buffer.allocUnsafeSlow(64 * 1024);
const MAX_JOINED = 16 * 1024;

export class PlainPool {
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  #queue: Waiting[] = [];
  #destroyed = false;

  constructor(readonly options: PlainPoolOptions) {}

  dispatch(request: PlainRequest, handler: Dispatcher.DispatchHandler): void {
    if (this.#destroyed) return failed(handler, new Error('its connections are closed'));
    const connection = this.#free();
    if (connection) return connection.send(request, handler);
    if (this.#all.size < this.options.connections) return this.#open().send(request, handler);
    const waiting: Waiting = { request, handler, aborted: false };
    this.#queue.push(waiting);
    handler.onRequestStart?.(new Controller({ abandoned: () => (waiting.aborted = true) }), null);
  }

  destroy(): void {
    this.#destroyed = true;
    for (const connection of [...this.#all]) connection.destroy(new Error('its connections are closed'));
    for (const { handler, aborted } of this.#queue.splice(0))
      if (!aborted) failed(handler, new Error('its connections are closed'));
  }

  #free(): Connection | null {
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.usable) return last;
      last.destroy(null);
    }
    return null;
  }

  #open(): Connection {
    const connection: Connection = new Connection(this.options, {
      free: () => this.#freed(connection),
      closed: () => {
        this.#all.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at >= 0) this.#idle.splice(at, 1);
        const next = this.#destroyed ? undefined : this.#next();
        if (next) this.#open().send(next.request, next.handler);
      },
    });
    this.#all.add(connection);
    return connection;
  }

  #freed(connection: Connection): void {
    const next = this.#next();
    if (next) return connection.send(next.request, next.handler);
    // The oldest stand first, and are let go one at a time: no timer of their own.
    const [oldest] = this.#idle;
    if (oldest && !oldest.usable) oldest.destroy(null);
    this.#idle.push(connection);
  }

  #next(): Waiting | undefined {
    this.#queue = this.#queue.filter(({ aborted }) => !aborted);
    return this.#queue.shift();
  }
}

interface ConnectionEvents {
  free(): void;
  closed(): void;
}

class Connection {
  readonly #socket: Socket;
  readonly #reader: ResponseReader;
  readonly #host: string;
  #handler: Dispatcher.DispatchHandler | null = null;
  #controller = new Controller(NOBODY);
  #connected = false;
  #closed = false;
  #expires = Infinity;
  #timer: NodeJS.Timeout | null;
  /** Of the last request: most have the same. */
  #last: { asked: PlainRequest; head: string } | null = null;

  constructor(
    options: PlainPoolOptions,
    private readonly events: ConnectionEvents,
  ) {
    const { url, lookup, connectMilliseconds } = options;
    this.#host = url.host;
    this.#reader = new ResponseReader({
      head: (status, headers) => this.#handler?.onResponseStart?.(this.#controller, status, headers),
      data: (bytes) => this.#handler?.onResponseData?.(this.#controller, bytes),
      end: (keep, idle) => this.#ended(keep, idle),
    });
    const host = url.hostname.replace(/^\[|\]$/g, '');
    this.#socket = connect({
      host,
      port: Number(url.port === '' ? 80 : url.port),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      ...(lookup && { lookup }),
      onread: {
        buffer: SHARED,
        callback: (length, buffer) => {
          this.#read(buffer.subarray(0, length) as Buffer);
          return true;
        },
      },
    });
    this.#socket.resume();
    this.#socket.on('connect', () => {
      this.#connected = true;
      this.#calm();
    });
    this.#socket.on('end', () => this.#over(null));
    this.#socket.on('error', (cause) => this.#over(cause));
    this.#socket.on('close', () => this.#over(null));
    this.#timer = setTimeout(() => this.destroy(new ConnectTimeout(connectMilliseconds)), connectMilliseconds);
  }

  get usable(): boolean {
    return !this.#closed && this.#connected && performance.now() < this.#expires;
  }

  /** One that was of an earlier request ends nothing. */
  abandoned(controller: Controller): void {
    if (controller === this.#controller) this.destroy(null);
  }

  send(request: PlainRequest, handler: Dispatcher.DispatchHandler): void {
    this.#handler = handler;
    this.#controller = new Controller(this);
    handler.onRequestStart?.(this.#controller, null);
    if (this.#closed) return;
    const { body } = request;
    try {
      const head = this.#headFor(request);
      this.#reader.expect();
      if (body === null) this.#socket.write(`${head}\r\n`, 'latin1');
      else {
        const whole = `${head}content-length: ${body.length}\r\n\r\n`;
        if (body.length <= MAX_JOINED) this.#socket.write(whole + body.toString('latin1'), 'latin1');
        else {
          this.#socket.cork();
          this.#socket.write(whole, 'latin1');
          this.#socket.write(body);
          this.#socket.uncork();
        }
      }
    } catch (cause) {
      this.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }

  /** @param cause null: nobody waits for it. */
  destroy(cause: Error | null): void {
    if (cause === null) this.#handler = null;
    this.#over(cause);
    this.#socket.destroy();
  }

  #headFor(asked: PlainRequest): string {
    const { method, path, headers } = asked;
    const { asked: before = null, head: known = '' } = this.#last ?? {};
    if (before?.headers === headers && before.method === method && before.path === path) return known;
    let head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nconnection: keep-alive\r\n`;
    for (const name in headers) {
      const value = headers[name] ?? '';
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value) || !/^[A-Za-z0-9-]+$/.test(name))
        throw new TypeError(`header ${name} holds a character that none may hold`);
      head += `${name}: ${value}\r\n`;
    }
    // Without its body, which is nobody's to keep.
    this.#last = { asked: { method, path, headers, body: null }, head };
    return head;
  }

  #read(bytes: Buffer): void {
    if (this.#closed) return;
    try {
      this.#reader.push(bytes);
    } catch (cause) {
      this.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }

  #ended(usable: boolean, idle: number): void {
    const handler = this.#handler;
    const controller = this.#controller;
    // A server that answers before it has read everything may take the rest for a request.
    const keep = usable && this.#socket.writableLength === 0;
    this.#handler = null;
    if (!keep) this.destroy(null);
    try {
      handler?.onResponseEnd?.(controller, {});
    } catch (cause) {
      // A flaw of ours costs this call, and nobody else's.
      if (handler) failed(handler, cause instanceof Error ? cause : new Error(String(cause)), controller);
      return this.destroy(null);
    }
    if (!keep || this.#closed) return;
    this.#expires = performance.now() + idle;
    this.events.free();
  }

  #over(cause: Error | null): void {
    if (this.#closed) return;
    if (cause === null && this.#reader.close()) return;
    this.#closed = true;
    this.#calm();
    const handler = this.#handler;
    this.#handler = null;
    this.#socket.destroy();
    if (handler) failed(handler, cause ?? new Error('other side closed'), this.#controller);
    this.events.closed();
  }

  #calm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

class ConnectTimeout extends Error {
  readonly code = 'UND_ERR_CONNECT_TIMEOUT';
  constructor(milliseconds: number) {
    super(`no connection within ${milliseconds / 1000} s`);
  }
}

class Controller implements Dispatcher.DispatchController {
  aborted = false;
  readonly paused = false;
  readonly reason = null;
  readonly rawHeaders = null;
  readonly rawTrailers = null;

  constructor(private readonly gone: { abandoned(controller: Controller): void }) {}

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.gone.abandoned(this);
  }

  pause(): void {
    // Answers are bounded, and held by who reads them.
  }

  resume(): void {
    // As above.
  }
}

const NOBODY = { abandoned: () => undefined };

function failed(handler: Dispatcher.DispatchHandler, cause: Error, controller = new Controller(NOBODY)): void {
  handler.onResponseError?.(controller, cause);
}
