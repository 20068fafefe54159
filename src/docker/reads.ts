/**
 * GET over a unix socket, without node:http: a plan asks one such question a container, and the general client needs
 * several times the work for each. HTTP/1.1 as the engine speaks it (RFC 9112): a length or chunks, connections kept.
 */
import net from 'node:net';
import { DeadlineError } from './unreachable.js';

export interface Answer {
  status: number;
  body: Buffer;
}

export interface Reads {
  get(target: string, limitMs: number): Promise<Answer>;
}

const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const LONGEST_HEAD = 64 * 1024;

/** @param most connections at once; further questions wait. */
export function createReads(socketPath: string, most: number): Reads {
  const idle: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  let open = 0;

  const dial = (): Connection => {
    open += 1;
    return new Connection(socketPath, () => {
      open -= 1;
      if (waiting.length > 0) waiting.shift()?.(dial());
    });
  };
  const take = async (): Promise<Connection> => {
    for (let known = idle.pop(); known; known = idle.pop()) if (known.isOpen()) return known;
    return open < most ? dial() : new Promise((resolve) => waiting.push(resolve));
  };
  /** One that is closed is replaced when its end is known. */
  const give = (connection: Connection): void => {
    if (!connection.isOpen()) return;
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  };

  const attempt = async (target: string, limitMs: number): Promise<Answer> => {
    const connection = await take();
    try {
      return await connection.ask(target, limitMs);
    } finally {
      give(connection);
    }
  };

  return {
    async get(target, limitMs) {
      try {
        return await attempt(target, limitMs);
      } catch (error) {
        // A kept connection may be closed by the other side just as it is used; a read may be sent again.
        if (error instanceof ClosedWhileReused) return attempt(target, limitMs);
        throw error;
      }
    },
  };
}

class ClosedWhileReused extends Error {}

interface Question {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

class Connection {
  private readonly socket: net.Socket;
  private received: Buffer[] = [];
  private size = 0;
  /** Bytes without which nothing more can be told of the answer. */
  private needed = 1;
  private asked = 0;
  private question: Question | null = null;

  constructor(path: string, onClose: () => void) {
    this.socket = net.connect(path);
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => {
      onClose();
      this.fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    });
  }

  isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  ask(target: string, limitMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.socket.destroy(new DeadlineError(limitMs)), limitMs);
      this.question = { resolve, reject, timer };
      this.asked += 1;
      this.socket.ref();
      this.socket.write(`GET ${target} HTTP/1.1\r\nHost: docker\r\nUser-Agent: toolcrib\r\n\r\n`);
    });
  }

  private take(chunk: Buffer): void {
    this.received.push(chunk);
    this.size += chunk.length;
    if (this.size < this.needed) return;
    const bytes = this.received.length === 1 ? chunk : Buffer.concat(this.received);
    const read = readAnswer(bytes);
    if ('needed' in read) {
      this.received = [bytes];
      this.needed = Math.max(read.needed, this.size + 1);
      return;
    }
    this.received = [];
    this.size = 0;
    this.needed = 1;
    const question = this.end();
    if ('wrong' in read) {
      this.socket.destroy();
      question?.reject(new Error(read.wrong));
      return;
    }
    if (!read.keep) this.socket.destroy();
    question?.resolve(read.answer);
  }

  private fail(error: Error): void {
    const reused =
      this.asked > 1 && this.size === 0 && 'code' in error && /^(ECONNRESET|EPIPE)$/.test(String(error.code));
    this.end()?.reject(reused ? new ClosedWhileReused(error.message) : error);
  }

  private end(): Question | null {
    const { question } = this;
    this.question = null;
    // Kept for the next question, not for its own sake: a process that is done may end.
    this.socket.unref();
    if (question) clearTimeout(question.timer);
    return question;
  }
}

type Read = { answer: Answer; keep: boolean } | { needed: number } | { wrong: string };

/** The one answer that the bytes hold, or how many more it takes to say. */
export function readAnswer(bytes: Buffer): Read {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0)
    return bytes.length > LONGEST_HEAD ? { wrong: 'its headers do not end' } : { needed: bytes.length + 1 };
  const head = bytes.toString('latin1', 0, headEnd);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  if (!status) return { wrong: 'it does not speak HTTP/1.1' };
  const keep = !/^connection: *close/im.test(head);
  const from = headEnd + HEAD_END.length;
  if (/^transfer-encoding: *chunked/im.test(head)) return readChunks(bytes, from, status, keep);
  const length = /^content-length: *(\d+) *$/im.exec(head)?.[1];
  if (length === undefined) return { wrong: 'it does not say how long its answer is' };
  const end = from + Number(length);
  return bytes.length < end ? { needed: end } : { answer: { status, body: bytes.subarray(from, end) }, keep };
}

function readChunks(bytes: Buffer, from: number, status: number, keep: boolean): Read {
  const parts: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return { needed: bytes.length + 1 };
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size >= 0)) return { wrong: 'its answer is cut into chunks of no size' };
    const begin = lineEnd + LINE_END.length;
    const end = begin + size;
    if (bytes.length < end + LINE_END.length) return { needed: end + LINE_END.length };
    // Trailers are never sent by the engine: the empty chunk is the end.
    if (size === 0) {
      const body = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
      return { answer: { status, body }, keep };
    }
    parts.push(bytes.subarray(begin, end));
    at = end + LINE_END.length;
  }
}
