/** One plain request (plain-http.ts) as the pipeline sees it: all there already, and answered by one write. */
import { EVENT_STREAM_HEADERS, KEEP_ALIVE, MAX_UNREAD_EVENTS, type EventSink } from './event-stream.js';
import type { Exchange } from './exchange.js';
import type { Headers } from './headers.js';
import { headOf } from './plain-http.js';
import type { Reply } from './reply.js';

/** The connection that a plain request came on. */
export interface PlainWay {
  /** @returns whether anybody is there to read it, within the bounds for what is not read. */
  write(text: string | Buffer): boolean;
  /** Bytes that the agent has not read yet. */
  unreadBytes(): number;
  /** Something has come behind this request. */
  more(): boolean;
  destroy(): void;
  /** The answer is written: the next request may come, or the end where nothing may. */
  answered(): void;
  /** It will be the last answer here. */
  closing: boolean;
}

const KEEP_ALIVE_MS = 15_000;
/** Up to this, head and body go out as one string, which is one copy and one write(2). */
const MAX_JOINED = 16 * 1024;
const CHUNKED = { ...EVENT_STREAM_HEADERS, 'transfer-encoding': 'chunked' };

export class PlainExchange implements Exchange {
  readonly method = 'POST';
  agent = '';
  /** Gives its place back, once: its answer is out, its agent is gone, or it has become a stream that lasts. */
  over: () => void = () => undefined;
  /** null: nothing yet. */
  #begun: 'answer' | 'stream' | null = null;
  #over = false;
  #left = false;
  #gone: (() => void)[] | null = null;
  #closing: (() => void)[] | null = null;

  constructor(
    readonly path: string,
    readonly headers: Headers,
    private readonly bytes: Buffer,
    private readonly way: PlainWay,
  ) {}

  body(take: (bytes: number) => boolean): Buffer | 'too_many' {
    return take(this.bytes.length) ? this.bytes : 'too_many';
  }

  gone(): boolean {
    return this.#left;
  }

  onGone(callback: () => void): () => void {
    const gone = (this.#gone ??= []);
    gone.push(callback);
    return () => {
      const at = gone.indexOf(callback);
      if (at >= 0) gone.splice(at, 1);
    };
  }

  stream(headers: Record<string, string>, lasting: boolean): EventSink {
    const { way } = this;
    if (lasting) this.over();
    this.#begun = 'stream';
    if (!this.#over) way.write(headOf(200, { ...CHUNKED, ...headers }, null, way.closing));
    const beat = setInterval(() => this.#event(KEEP_ALIVE), KEEP_ALIVE_MS).unref();
    this.#onClose(() => clearInterval(beat));
    return {
      write: (text) => this.#event(text),
      end: () => {
        if (this.#over) return;
        way.write('0\r\n\r\n');
        this.#finish();
      },
      onClose: (callback) => this.#onClose(callback),
    };
  }

  #event(text: string): boolean {
    const { way } = this;
    if (this.#over) return false;
    const bytes = Buffer.from(text);
    const head = Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1');
    if (!way.write(Buffer.concat([head, bytes, CRLF]))) return false;
    // Not waited for: what is lost can be had again by the event ids, where the version has them.
    if (way.unreadBytes() <= MAX_UNREAD_EVENTS) return true;
    way.destroy();
    return false;
  }

  send({ status, headers, body }: Reply): void {
    if (this.#over || this.#begun !== null) return;
    this.#begun = 'answer';
    const { way } = this;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const length = bytes?.length ?? 0;
    const closing = way.closing || headers['connection'] === 'close';
    way.closing = closing;
    const head = headOf(status, headers, status === 204 ? null : length, closing);
    if (bytes === null) way.write(head);
    else if (length <= MAX_JOINED) way.write(head + bytes.toString('latin1', 0, length));
    else {
      way.write(head);
      way.write(bytes);
    }
    this.#finish();
  }

  /** Its connection ends with it, unless something stands behind it there. */
  parting(): void {
    if (!this.way.more()) this.way.closing = true;
  }

  /** Its connection has ended. */
  close(): void {
    if (this.#over) return;
    this.#left = true;
    this.#end();
    for (const callback of [...(this.#gone ?? [])]) callback();
  }

  #finish(): void {
    this.#end();
    this.way.answered();
  }

  #end(): void {
    this.#over = true;
    for (const callback of this.#closing ?? []) callback();
  }

  #onClose(callback: () => void): void {
    if (this.#over) callback();
    else (this.#closing ??= []).push(callback);
  }
}

const CRLF = Buffer.from('\r\n');
