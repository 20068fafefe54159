/**
 * HTTP/1.1 answers from bytes as they come (RFC 9112): heads, and bodies by length, in chunks or to the end of the
 * connection. Strict: an answer that could be read in two ways is an error, and its connection is over.
 */
export interface ResponseEvents {
  head(status: number, headers: Record<string, string | string[]>): void;
  /** Its own from now on. */
  data(bytes: Buffer): void;
  /** @param keep the connection can take another request. */
  end(keep: boolean, idleMilliseconds: number): void;
}

/** What a server wrote is no HTTP, or more than is read. */
export class ResponseProblem extends Error {
  override readonly name = 'ResponseProblem';
  readonly code = 'BAD_RESPONSE';
}

const MAX_HEAD = 32 * 1024;
const MAX_CHUNK_LINE = 1024;
const MAX_FIELDS = 256;
/** Where a server does not say how long it keeps an idle connection; Node's own servers say five seconds. */
const IDLE_MS = 4_000;
/** Not to write when it is just about to close. */
const MARGIN_MS = 1_000;
const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const EMPTY = Buffer.alloc(0);

type State = 'idle' | 'head' | 'length' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailer' | 'to-end';

export class ResponseReader {
  #state: State = 'idle';
  /** Bytes of a line or a head that are not whole. */
  #kept: Buffer = EMPTY;
  #left = 0;
  #keep = false;
  #idle = IDLE_MS;
  #trailer = 0;
  #known: { text: string; head: Head } | null = null;

  constructor(private readonly events: ResponseEvents) {}

  /** A request goes out. */
  expect(): void {
    this.#state = 'head';
  }

  get idle(): boolean {
    return this.#state === 'idle';
  }

  /** @param chunk is another's again when this returns. @throws ResponseProblem */
  push(chunk: Buffer): void {
    let bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = EMPTY;
    while (bytes.length > 0) {
      const taken = this.#take(bytes);
      if (taken < 0) {
        this.#kept = Buffer.from(bytes);
        return;
      }
      bytes = taken === bytes.length ? EMPTY : bytes.subarray(taken);
    }
  }

  /** The server has closed the connection. @returns whether that was the end of its answer. */
  close(): boolean {
    if (this.#state !== 'to-end') return false;
    this.#finish(false, 0);
    return true;
  }

  /** @returns how many bytes are done with; -1: more are needed. */
  #take(bytes: Buffer): number {
    switch (this.#state) {
      case 'idle':
        throw new ResponseProblem('It answered what it was not asked');
      case 'head':
        return this.#head(bytes);
      case 'length':
      case 'chunk':
        return this.#body(bytes);
      case 'chunk-line':
        return this.#chunkLine(bytes);
      case 'chunk-end':
        return this.#chunkEnd(bytes);
      case 'trailer':
        return this.#trailerLine(bytes);
      case 'to-end':
        this.events.data(Buffer.from(bytes));
        return bytes.length;
    }
  }

  #head(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    if (end > MAX_HEAD || (end < 0 && bytes.length > MAX_HEAD))
      throw new ResponseProblem('Its answer has too long a head');
    if (end < 0) return -1;
    const text = bytes.toString('latin1', 0, end);
    const head = this.#known?.text === text ? this.#known.head : parseHead(text);
    this.#known = { text, head };
    const taken = end + HEAD_END.length;
    if (head.status < 200) {
      if (head.status === 101) throw new ResponseProblem('It switches protocols unasked');
      return taken;
    }
    this.#keep = head.keep;
    this.#idle = head.idle;
    this.#left = head.length ?? 0;
    this.#state = head.chunked ? 'chunk-line' : head.length === null ? 'to-end' : 'length';
    this.events.head(head.status, head.headers);
    if (this.#state === 'length' && this.#left === 0) this.#finish(true, bytes.length - taken);
    return taken;
  }

  #body(bytes: Buffer): number {
    const taken = Math.min(this.#left, bytes.length);
    this.#left -= taken;
    const last = this.#left === 0;
    const inChunk = this.#state === 'chunk';
    if (inChunk && last) this.#state = 'chunk-end';
    this.events.data(Buffer.from(bytes.subarray(0, taken)));
    if (!inChunk && last && this.#state === 'length') this.#finish(true, bytes.length - taken);
    return taken;
  }

  #chunkLine(bytes: Buffer): number {
    const end = bytes.indexOf(LINE_END);
    if (end > MAX_CHUNK_LINE || (end < 0 && bytes.length > MAX_CHUNK_LINE))
      throw new ResponseProblem('It wrote a chunk of no size');
    if (end < 0) return -1;
    // Extensions mean nothing to anybody here.
    const found = /^([0-9A-Fa-f]{1,8})[\t ]*(?:;[\t\x20-\x7e]*)?$/.exec(bytes.toString('latin1', 0, end));
    if (!found) throw new ResponseProblem('It wrote a chunk of no size');
    this.#left = parseInt(found[1] ?? '', 16);
    this.#trailer = 0;
    this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    return end + LINE_END.length;
  }

  #chunkEnd(bytes: Buffer): number {
    if (bytes.length < LINE_END.length) return -1;
    if (bytes[0] !== 0x0d || bytes[1] !== 0x0a)
      throw new ResponseProblem('It wrote a chunk that is longer than its size');
    this.#state = 'chunk-line';
    return LINE_END.length;
  }

  /** Read over: nothing that stands there is used. */
  #trailerLine(bytes: Buffer): number {
    const end = bytes.indexOf(LINE_END);
    this.#trailer += end < 0 ? 0 : end;
    if (this.#trailer > MAX_HEAD || (end < 0 && bytes.length > MAX_HEAD))
      throw new ResponseProblem('Its answer has too long a trailer');
    if (end < 0) return -1;
    const taken = end + LINE_END.length;
    if (end === 0) this.#finish(true, bytes.length - taken);
    return taken;
  }

  /** @param rest bytes behind it: an answer to nothing, which must not meet the next request. */
  #finish(whole: boolean, rest: number): void {
    this.#state = 'idle';
    this.events.end(whole && this.#keep && rest === 0, this.#idle);
  }
}

interface Head {
  status: number;
  headers: Record<string, string | string[]>;
  /** null: to the end of the connection, or in chunks. */
  length: number | null;
  chunked: boolean;
  keep: boolean;
  idle: number;
}

/** @throws ResponseProblem */
function parseHead(text: string): Head {
  const [first = '', ...fields] = text.split('\r\n');
  const started = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(first);
  if (!started || fields.length > MAX_FIELDS) throw new ResponseProblem('It answered something that is no HTTP');
  const status = Number(started[2]);
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const field of fields) {
    const found = /^([!#$%&'*+.^_`|~A-Za-z0-9-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/.exec(field);
    if (!found) throw new ResponseProblem('It answered with a header that is none');
    const name = (found[1] ?? '').toLowerCase();
    const value = (found[2] ?? '').trimEnd();
    const known = headers[name];
    headers[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
  }
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  const bodyless = status < 200 || status === 204 || status === 304;
  if (
    coding !== undefined &&
    (length !== undefined || typeof coding !== 'string' || coding.toLowerCase() !== 'chunked')
  )
    throw new ResponseProblem('Its answer ends in a way that can be read as two');
  if (length !== undefined && (typeof length !== 'string' || !/^[0-9]{1,12}$/.test(length)))
    throw new ResponseProblem('Its answer has a length that is none');
  const connection = String(headers['connection'] ?? '').toLowerCase();
  const keep = started[1] === '1' ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
  const told = /timeout=(\d{1,6})/.exec(String(headers['keep-alive'] ?? ''));
  const idle = told ? Math.max(0, Number(told[1]) * 1000 - MARGIN_MS) : IDLE_MS;
  const chunked = coding !== undefined && !bodyless;
  return {
    status,
    headers,
    length: bodyless ? 0 : chunked || length === undefined ? null : Number(length),
    chunked,
    keep,
    idle,
  };
}
