/** One answer as the engine speaks HTTP/1.1 (RFC 9112, sections 4, 6 and 7), taken in as it comes: a length or chunks. */

export interface Answer {
  status: number;
  body: Buffer;
}

export interface WholeAnswer extends Answer {
  /** Status line and headers. */
  head: string;
  /** Whether the connection may be asked again. */
  keep: boolean;
  /** The engine answers nothing more on this connection. */
  closes: boolean;
  /** What follows the answer. */
  rest: Buffer;
}

const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const LONGEST_HEAD = 64 * 1024;
const LONGEST_LINE = 1024;
const NOTHING = Buffer.alloc(0);

type State = 'head' | 'length' | 'chunk size' | 'chunk' | 'end of chunk' | 'end of last chunk' | 'end';

export class AnswerReader {
  /** Bytes of a line that has not ended yet. */
  private rest: Buffer = NOTHING;
  private readonly parts: Buffer[] = [];
  private received = 0;
  private state: State = 'head';
  /** Of the body, or of its chunk. */
  private left = 0;
  private head = '';
  private status = 0;

  /** @param most bytes of the body. */
  constructor(private readonly most: number) {}

  get begun(): boolean {
    return this.head !== '' || this.rest.length > 0;
  }

  /** null: more is to come. @throws Error for what is no answer, or is longer than wanted. */
  take(chunk: Buffer): WholeAnswer | null {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    this.rest = NOTHING;
    let at = 0;
    while (this.state !== 'end') {
      const next = this.step(bytes, at);
      if (next < 0) {
        this.rest = bytes.subarray(at);
        return null;
      }
      at = next;
    }
    const body = this.parts.length === 1 ? (this.parts[0] as Buffer) : Buffer.concat(this.parts);
    const closes = /^connection: *close/im.test(this.head);
    // Where nothing else was asked, whatever follows belongs to nobody.
    const keep = at === bytes.length && !closes;
    return { status: this.status, body, head: this.head, keep, closes, rest: bytes.subarray(at) };
  }

  /** Where it goes on; -1: not without more bytes. */
  private step(bytes: Buffer, at: number): number {
    switch (this.state) {
      case 'head':
        return this.takeHead(bytes, at);
      case 'length':
        return this.takeBody(bytes, at, 'end');
      case 'chunk':
        return this.takeBody(bytes, at, 'end of chunk');
      case 'chunk size':
        return this.takeSize(bytes, at);
      default:
        return this.takeChunkEnd(bytes, at);
    }
  }

  private takeHead(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(HEAD_END, at);
    if (end < 0) return bytes.length - at > LONGEST_HEAD ? refuse('its headers do not end') : -1;
    this.head = bytes.toString('latin1', at, end);
    this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(this.head)?.[1]);
    if (!this.status) refuse('it does not speak HTTP/1.1');
    if (/^transfer-encoding: *chunked/im.test(this.head)) this.state = 'chunk size';
    else this.expect(/^content-length: *(\d+) *$/im.exec(this.head)?.[1]);
    return end + HEAD_END.length;
  }

  private expect(length: string | undefined): void {
    if (length === undefined) refuse('it does not say how long its answer is');
    this.left = Number(length);
    this.state = this.left === 0 ? 'end' : 'length';
  }

  private takeBody(bytes: Buffer, at: number, then: State): number {
    if (at === bytes.length) return -1;
    const part = bytes.subarray(at, at + this.left);
    this.received += part.length;
    if (this.received > this.most) throw new TooLong(this.most);
    this.parts.push(part);
    this.left -= part.length;
    if (this.left === 0) this.state = then;
    return at + part.length;
  }

  private takeSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_END, at);
    if (end < 0) return bytes.length - at > LONGEST_LINE ? refuse('its chunks do not say how long they are') : -1;
    const written = bytes.toString('latin1', at, end);
    this.left = /^[0-9a-f]{1,12}(?:[ ;]|$)/i.test(written) ? Number.parseInt(written, 16) : NaN;
    if (Number.isNaN(this.left)) refuse('its answer is cut into chunks of no size');
    this.state = this.left === 0 ? 'end of last chunk' : 'chunk';
    return end + LINE_END.length;
  }

  /** Trailers are never sent by the engine: the empty chunk is the end. */
  private takeChunkEnd(bytes: Buffer, at: number): number {
    if (bytes.length - at < LINE_END.length) return -1;
    if (!bytes.subarray(at, at + LINE_END.length).equals(LINE_END)) refuse('its chunks are longer than they say');
    this.state = this.state === 'end of last chunk' ? 'end' : 'chunk size';
    return at + LINE_END.length;
  }
}

/** More than whoever asked would take. */
export class TooLong extends Error {
  constructor(readonly most: number) {
    super(`its answer is longer than ${most} bytes`);
  }
}

function refuse(why: string): never {
  throw new Error(why);
}
