/**
 * A connection as long as all that comes on it is plain (plain-http.ts). With the first bytes that are not, it is
 * node:http's for the rest of its life, those bytes first. One request at a time, as on any HTTP/1.1 connection.
 */
import type { Socket } from 'node:net';
import { PlainExchange, type PlainWay } from './plain-exchange.js';
import { KEEP_ALIVE_SECONDS, readPlainHead, type PlainHead } from './plain-http.js';
import type { Unread } from './unread.js';

export interface PlainHouse {
  serve(exchange: PlainExchange): void;
  /** It is node:http's from now on. */
  handOver(connection: PlainConnection, socket: Socket): void;
  ended(connection: PlainConnection): void;
  readonly unread: Unread;
  /** For an answer that is written and not read. */
  readonly sendMilliseconds: number;
  /** Until a new connection has said something. */
  readonly firstMilliseconds: number;
}

/** A body that comes in pieces is waited for up to here, and so long; node:http knows how to wait for more. */
const MAX_WAITING = 16 * 1024;
const WAIT_MS = 1_000;
const NOTHING = Buffer.alloc(0);

export class PlainConnection implements PlainWay {
  closing = false;
  #exchange: PlainExchange | null = null;
  #known: PlainHead | null = null;
  /** The beginning of a request, or what came before the last answer was out. */
  #waiting: Buffer | null = null;
  #timer: NodeJS.Timeout | null = null;
  #said = false;
  /** Bytes of the answer were counted as unread. */
  #looked = false;

  constructor(
    private readonly socket: Socket,
    private readonly house: PlainHouse,
  ) {
    socket.setTimeout(house.firstMilliseconds);
    socket.on('data', this.#data);
    socket.on('end', this.#end);
    socket.on('close', this.#close);
    socket.on('error', this.#error);
    socket.on('timeout', this.#timeout);
  }

  get idle(): boolean {
    return this.#exchange === null;
  }

  write(text: string | Buffer): boolean {
    const { socket } = this;
    if (socket.destroyed || !socket.writable) return false;
    if (typeof text === 'string') socket.write(text, 'latin1');
    else socket.write(text);
    return socket.writableLength === 0 || this.#look();
  }

  #look(): boolean {
    this.#looked = true;
    return this.house.unread.look(this.socket, this.#exchange?.agent ?? '');
  }

  unreadBytes(): number {
    return this.socket.writableLength;
  }

  more(): boolean {
    return this.#waiting !== null;
  }

  answered(): void {
    const { socket } = this;
    if (socket.writableLength === 0) return this.#next();
    this.#later(this.house.sendMilliseconds, () => socket.destroy());
    socket.write(NOTHING, () => this.#next());
  }

  destroy(): void {
    this.socket.destroy();
  }

  readonly #data = (chunk: Buffer): void => {
    const bytes = this.#waiting === null ? chunk : Buffer.concat([this.#waiting, chunk]);
    if (this.#exchange === null) return this.#read(bytes);
    this.#waiting = bytes;
    // Who sends on and on before the answer is out waits for it.
    if (bytes.length > MAX_WAITING) this.socket.pause();
  };

  #read(bytes: Buffer): void {
    this.#waiting = null;
    const head = readPlainHead(bytes, this.#known);
    if (!head) return this.#handOver(bytes);
    const { headBytes, bodyBytes } = head;
    const missing = headBytes + bodyBytes - bytes.length;
    if (missing < 0 || (missing > 0 && headBytes + bodyBytes > MAX_WAITING)) return this.#handOver(bytes);
    if (missing > 0) {
      this.#waiting = bytes;
      if (!this.#timer) this.#later(WAIT_MS, () => this.#handOver(this.#waiting ?? NOTHING));
      return;
    }
    this.#known = head;
    this.#calm();
    if (!this.#said) this.socket.setTimeout(KEEP_ALIVE_SECONDS * 1000);
    this.#said = true;
    this.#exchange = new PlainExchange(head.path, head.headers, bytes.subarray(headBytes), this);
    this.house.serve(this.#exchange);
  }

  /** The last answer is out. */
  #next(): void {
    this.#calm();
    const { socket } = this;
    if (this.#looked) this.#look();
    this.#looked = false;
    this.#exchange?.over();
    this.#exchange = null;
    if (this.closing) return socket.destroySoon();
    const waiting = this.#waiting;
    if (socket.isPaused()) socket.resume();
    if (waiting) this.#read(waiting);
  }

  #handOver(bytes: Buffer): void {
    const { socket } = this;
    this.#calm();
    this.#waiting = null;
    this.#letGo();
    socket.setTimeout(0);
    this.house.handOver(this, socket);
    socket.emit('data', bytes);
  }

  #letGo(): void {
    const { socket } = this;
    socket.off('data', this.#data);
    socket.off('end', this.#end);
    socket.off('close', this.#close);
    socket.off('error', this.#error);
    socket.off('timeout', this.#timeout);
  }

  /** As node:http does: who closes its half waits for nothing any more. */
  readonly #end = (): void => {
    const { socket } = this;
    this.#leave();
    this.#exchange = null;
    socket.destroySoon();
    // What was answered before and is not read is waited for no longer than any answer.
    if (!socket.destroyed) this.#later(this.house.sendMilliseconds, () => socket.destroy());
  };

  readonly #close = (): void => {
    this.#leave();
    this.house.ended(this);
  };

  readonly #error = (): void => undefined; // `close` follows

  readonly #timeout = (): void => {
    if (this.#exchange === null) this.socket.destroy();
  };

  #leave(): void {
    this.#calm();
    this.#waiting = null;
    const exchange = this.#exchange;
    exchange?.close();
    exchange?.over();
  }

  #later(milliseconds: number, then: () => void): void {
    this.#calm();
    this.#timer = setTimeout(then, milliseconds);
  }

  #calm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
