/**
 * Splits a byte stream into server-sent events (WHATWG HTML, 9.2.6). Chunks may be cut anywhere, inside a character
 * too; lines end with a line feed, a carriage return or both; an event's data is copied once at most.
 */
import { Pieces } from './pieces.js';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const MAX_ID = 1024;
const MAX_RETRY_MS = 60 * 60 * 1000;

export interface SseEvent {
  /** `message` where the stream names none. */
  type: string;
  data: Buffer;
}

export interface SseListener {
  event(event: SseEvent): void;
  /** Named by `id:` in an event that is whole, just before that; empty resets it. */
  id?(id: string): void;
  /** Milliseconds, by `retry:`. */
  retry?(milliseconds: number): void;
  /** Once; nothing is read after it. */
  tooLong(): void;
}

export interface SseSplitter {
  push(chunk: Buffer): void;
  /** Bytes of an event that is not whole yet. */
  readonly held: number;
}

/** @param maxBytes of one event, and of a line of any kind. */
export function sseSplitter(listener: SseListener, maxBytes: number): SseSplitter {
  return new Splitter(listener, maxBytes);
}

class Splitter implements SseSplitter {
  readonly #pending = new Pieces();
  /** Lines of one event, each with the line end before it. */
  readonly #data = new Pieces();
  #lines = 0;
  #type = '';
  /** Of the event that is being read: one that is cut off was never had, and is to be sent again. */
  #id: string | null = null;
  #first = true;
  #afterReturn = false;
  #ended = false;

  constructor(
    private readonly listener: SseListener,
    private readonly maxBytes: number,
  ) {}

  get held(): number {
    return this.#pending.bytes + this.#data.bytes + this.#lines;
  }

  push(chunk: Buffer): void {
    let from = 0;
    let nextReturn = chunk.indexOf(RETURN);
    while (!this.#ended && from < chunk.length) {
      if (this.#afterReturn) {
        this.#afterReturn = false;
        if (chunk[from] === LINE_FEED) {
          from++;
          continue;
        }
      }
      if (nextReturn >= 0 && nextReturn < from) nextReturn = chunk.indexOf(RETURN, from);
      const nextFeed = chunk.indexOf(LINE_FEED, from);
      const end = nextReturn >= 0 && (nextFeed < 0 || nextReturn < nextFeed) ? nextReturn : nextFeed;
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      if (this.held + part.length > this.maxBytes) return this.#tooLong();
      if (end < 0) {
        this.#pending.push(part);
        return;
      }
      this.#afterReturn = chunk[end] === RETURN;
      from = end + 1;
      this.#line(part);
    }
  }

  #line(last: Buffer): void {
    if (!this.#pending.empty) this.#pending.push(last);
    let line = this.#pending.empty ? last : this.#pending.take();
    if (this.#first) {
      this.#first = false;
      if (line.subarray(0, 3).equals(BYTE_ORDER_MARK)) line = line.subarray(3);
    }
    if (line.length === 0) return this.#dispatch();
    const colon = line.indexOf(COLON);
    if (colon === 0) return; // a comment
    const field = line.toString('latin1', 0, colon < 0 ? line.length : colon);
    const start = colon < 0 ? line.length : line[colon + 1] === SPACE ? colon + 2 : colon + 1;
    this.#field(field, line.subarray(start));
  }

  #field(field: string, value: Buffer): void {
    switch (field) {
      case 'data':
        // A million empty lines are not nothing.
        if (this.#lines++ > 0) this.#data.push(FEED);
        this.#data.push(value);
        return;
      case 'event':
        this.#type = value.toString('utf8');
        return;
      case 'id':
        if (value.length <= MAX_ID && !value.includes(0)) this.#id = value.toString('utf8');
        return;
      case 'retry': {
        const text = value.toString('latin1');
        if (/^\d{1,9}$/.test(text)) this.listener.retry?.(Math.min(Number(text), MAX_RETRY_MS));
      }
    }
  }

  #dispatch(): void {
    const type = this.#type === '' ? 'message' : this.#type;
    this.#type = '';
    const id = this.#id;
    this.#id = null;
    if (id !== null) this.listener.id?.(id);
    if (this.#lines === 0) return;
    this.#lines = 0;
    const data = this.#data.take();
    this.listener.event({ type, data });
  }

  #tooLong(): void {
    this.#ended = true;
    this.#pending.clear();
    this.#data.clear();
    this.listener.tooLong();
  }
}

const FEED = Buffer.from('\n');
