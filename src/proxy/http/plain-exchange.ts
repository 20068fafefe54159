/** One plain request (plain-http.ts) as the pipeline sees it: all there already, and answered by one write. */
import { EVENT_STREAM_HEADERS, KEEP_ALIVE, KEEP_ALIVE_MS, MAX_UNREAD_EVENTS, type EventSink } from './event-stream.js';
import type { Exchange } from '../exchange.js';
import type { Headers } from './headers.js';
import { MAX_JOINED, OpenExchange } from './open-exchange.js';
import { headOf } from './plain-http.js';
import type { Reply } from '../message/reply.js';

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

const CHUNKED = { ...EVENT_STREAM_HEADERS, 'transfer-encoding': 'chunked' };

export class PlainExchange extends OpenExchange implements Exchange {
  readonly method = 'POST';
  /** null: nothing yet. */
  #begun: 'answer' | 'stream' | null = null;
  #left = false;

  constructor(
    readonly path: string,
    readonly headers: Headers,
    private readonly bytes: Buffer,
    private readonly way: PlainWay,
  ) {
    super();
  }

  body(take: (bytes: number) => boolean): Buffer | 'too_many' {
    return take(this.bytes.length) ? this.bytes : 'too_many';
  }

  gone(): boolean {
    return this.#left;
  }

  stream(headers: Record<string, string>, lasting: boolean): EventSink {
    const { way } = this;
    if (lasting) this.over();
    this.#begun = 'stream';
    if (!this.ended) way.write(headOf(200, { ...CHUNKED, ...headers }, null, way.closing));
    const beat = setInterval(() => this.#event(KEEP_ALIVE), KEEP_ALIVE_MS).unref();
    this.onClose(() => clearInterval(beat));
    return {
      write: (text) => this.#event(text),
      end: () => {
        if (this.ended) return;
        way.write('0\r\n\r\n');
        this.#finish();
      },
      onClose: (callback) => this.onClose(callback),
    };
  }

  #event(text: string): boolean {
    const { way } = this;
    if (this.ended) return false;
    const bytes = Buffer.from(text);
    const head = Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1');
    if (!way.write(Buffer.concat([head, bytes, CRLF]))) return false;
    // Not waited for: what is lost can be had again by the event ids, where the version has them.
    if (way.unreadBytes() <= MAX_UNREAD_EVENTS) return true;
    way.destroy();
    return false;
  }

  send({ status, headers, body }: Reply): void {
    if (this.ended || this.#begun !== null) return;
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
    if (this.ended) return;
    this.#left = true;
    this.ended = true;
    this.tellEnd(true);
  }

  #finish(): void {
    this.ended = true;
    this.tellEnd(false);
    this.way.answered();
  }
}

const CRLF = Buffer.from('\r\n');
