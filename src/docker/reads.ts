/**
 * GET over a unix socket, without node:http: a plan asks one such question a container, and the general client needs
 * several times the work for each, and Node compiles it at every start. Connections are kept.
 */
import net from 'node:net';
import type { WholeAnswer } from './answer-reader.js';
import { AnswerReader } from './answer-reader.js';
import { DeadlineError } from './unreachable.js';

export interface Reads {
  /** @param most bytes of the answer's body. */
  get(target: string, limitMs: number, most?: number): Promise<WholeAnswer>;
}

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

  const attempt = async (target: string, limitMs: number, longest: number): Promise<WholeAnswer> => {
    const connection = await take();
    try {
      return await connection.ask(target, limitMs, longest);
    } finally {
      give(connection);
    }
  };

  return {
    async get(target, limitMs, longest = Infinity) {
      try {
        return await attempt(target, limitMs, longest);
      } catch (error) {
        // A kept connection may be closed by the other side just as it is used; a read may be sent again.
        if (error instanceof ClosedWhileReused) return attempt(target, limitMs, longest);
        throw error;
      }
    },
  };
}

class ClosedWhileReused extends Error {}

/** Closed in the middle of its answer. */
export class BrokenOff extends Error {
  readonly code = 'ECONNRESET';
}

interface Question {
  resolve(answer: WholeAnswer): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
  reader: AnswerReader;
}

class Connection {
  private readonly socket: net.Socket;
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

  ask(target: string, limitMs: number, most: number): Promise<WholeAnswer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.socket.destroy(new DeadlineError(limitMs)), limitMs);
      this.question = { resolve, reject, timer, reader: new AnswerReader(most) };
      this.asked += 1;
      this.socket.ref();
      this.socket.write(`GET ${target} HTTP/1.1\r\nHost: docker\r\nUser-Agent: toolcrib\r\n\r\n`, 'latin1');
    });
  }

  private take(chunk: Buffer): void {
    // Bytes that nobody asked for.
    if (!this.question) return void this.socket.destroy();
    try {
      const answer = this.question.reader.take(chunk);
      if (!answer) return;
      if (!answer.keep) this.socket.destroy();
      this.end()?.resolve(answer);
    } catch (error) {
      this.socket.destroy();
      this.end()?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private fail(error: Error): void {
    const question = this.end();
    if (!question) return;
    const reset = 'code' in error && /^(ECONNRESET|EPIPE)$/.test(String(error.code));
    if (!reset) question.reject(error);
    else if (question.reader.begun) question.reject(new BrokenOff(error.message));
    else question.reject(this.asked > 1 ? new ClosedWhileReused(error.message) : error);
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
