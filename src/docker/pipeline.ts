/**
 * Many short questions over few connections, several to a write (RFC 9112, section 9.3.2): a plan asks one a container, and
 * by then each write of its own, with the waking of the engine, costs more than the answer. Answers come in the order of
 * the questions, so that only what the engine answers from its memory may be asked so. Whatever goes wrong here is not
 * judged here: what has no answer yet is asked again by itself (reads.ts), with its whole time. That one question hangs (the
 * engine holds the inspect of a container that it starts) costs those behind it a moment, and so does something in
 * between that hears only the first of several: from then on nothing more is asked in step.
 */
import net from 'node:net';
import type { WholeAnswer } from './answer-reader.js';
import { AnswerReader } from './answer-reader.js';
import type { Reads } from './reads.js';
import { DeadlineError } from './unreachable.js';

/** An engine gains nothing from more of either. */
const CONNECTIONS = 4;
const DEPTH = 8;
/** How long the answer that is due may take before its line is given up. */
const PATIENCE_MS = 2_000;

interface Question {
  target: string;
  limitMs: number;
  resolve: (answer: WholeAnswer) => void;
  reject: (error: unknown) => void;
}

export type Pipeline = Pick<Reads, 'get'>;

/** @param reads asks again what got no answer. */
export function createPipeline(socketPath: string, reads: Reads): Pipeline {
  const waiting: Question[] = [];
  let lines: Line[] = [];
  let soon = false;
  let inStep = true;

  const again = ({ target, limitMs, resolve, reject }: Question): void => {
    reads.get(target, limitMs).then(resolve, reject);
  };
  /** The least busy line with a place, a new one before a busy one. */
  const place = (): Line | null => {
    lines = lines.filter((each) => each.isOpen());
    const [first] = [...lines].sort((a, b) => a.load - b.load);
    if (first?.load === 0) return first;
    if (lines.length >= CONNECTIONS) return first && first.load < DEPTH ? first : null;
    const line = new Line(socketPath, { again, free: flushSoon, late: () => (inStep = false) });
    lines.push(line);
    return line;
  };
  const flush = (): void => {
    soon = false;
    if (!inStep) return waiting.splice(0).forEach(again);
    while (waiting.length > 0) {
      const line = place();
      if (!line) return;
      line.ask(waiting.splice(0, Math.min(DEPTH - line.load, share(waiting.length))));
    }
  };
  /** When everything that has come in has been taken up: so questions that follow from it go out together. */
  function flushSoon(): void {
    if (soon || waiting.length === 0) return;
    soon = true;
    setImmediate(flush);
  }

  return {
    get: (target, limitMs) =>
      new Promise((resolve, reject) => {
        waiting.push({ target, limitMs, resolve, reject });
        flushSoon();
      }),
  };
}

/** A few questions are spread, so that the engine answers them side by side. */
function share(questions: number): number {
  return Math.ceil(questions / CONNECTIONS);
}

interface Surroundings {
  again(question: Question): void;
  free(): void;
  /** An answer was not there in time. */
  late(): void;
}

class Line {
  private readonly socket: net.Socket;
  private readonly asked: Question[] = [];
  private reader = new AnswerReader(Infinity);
  private timer: NodeJS.Timeout | null = null;
  /** Whose answer is due. */
  private watched: Question | null = null;

  constructor(
    path: string,
    private readonly surroundings: Surroundings,
  ) {
    this.socket = net.connect(path);
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', () => this.fail());
    this.socket.on('close', () => this.fail());
  }

  get load(): number {
    return this.asked.length;
  }

  isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  ask(questions: readonly Question[]): void {
    if (this.asked.length === 0) this.socket.ref();
    this.asked.push(...questions);
    this.watch();
    const text = questions.map(
      ({ target }) => `GET ${target} HTTP/1.1\r\nHost: docker\r\nUser-Agent: toolcrib\r\n\r\n`,
    );
    this.socket.write(text.join(''), 'latin1');
  }

  private take(chunk: Buffer): void {
    try {
      for (let rest = chunk; rest.length > 0;) {
        const answer = this.asked.length > 0 ? this.reader.take(rest) : null;
        // Bytes that nobody asked for.
        if (this.asked.length === 0) return void this.socket.destroy();
        if (!answer) break;
        rest = answer.rest;
        this.reader = new AnswerReader(Infinity);
        this.asked.shift()?.resolve(answer);
        if (answer.closes) return void this.socket.destroy();
      }
    } catch {
      return void this.socket.destroy();
    }
    this.watch();
    this.surroundings.free();
  }

  /** From when a question became the first: neither a part of its answer nor one more behind it gives it more time. */
  private watch(): void {
    const due = this.asked[0] ?? null;
    if (due === this.watched) return;
    this.watched = due;
    if (this.timer) clearTimeout(this.timer);
    this.timer = due && setTimeout(() => this.giveUp(due), Math.min(due.limitMs, PATIENCE_MS));
    // Kept for the next question, not for its own sake: a process that is done may end.
    if (!due) this.socket.unref();
  }

  private giveUp(due: Question): void {
    this.surroundings.late();
    if (due.limitMs <= PATIENCE_MS) this.asked.shift()?.reject(new DeadlineError(due.limitMs));
    this.socket.destroy();
  }

  private fail(): void {
    if (this.timer) clearTimeout(this.timer);
    this.asked.splice(0).forEach((question) => this.surroundings.again(question));
    this.surroundings.free();
  }
}
