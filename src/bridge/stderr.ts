/** One server's stderr: line by line into the bridge's log, at a bounded rate, and the last lines kept for `list`. */
import { Allowance, STDERR_RATE } from './allowance.js';
import type { Line } from './lines.js';
import { LineCutter } from './lines.js';
import type { Timers } from './timers.js';

const MAX_LINE = 4096;
const KEPT_LINES = 50;
/** A kept line is shorter than a logged one: 50 of some hundred servers have to fit into memory and one answer. */
const MAX_KEPT = 1024;
const REPORT_DROPPED_MS = 10_000;

export interface StderrSink {
  line(text: string, truncated: boolean): void;
  dropped(count: number): void;
}

export class Stderr {
  #allowance = new Allowance(STDERR_RATE);
  #cutter = new LineCutter(MAX_LINE, (line) => this.#take(line));
  #last: string[] = [];
  #dropped = 0;
  #cancelReport: (() => void) | null = null;

  constructor(
    readonly sink: StderrSink,
    readonly timers: Timers,
  ) {}

  get last(): readonly string[] {
    return this.#last;
  }

  push(chunk: Buffer): void {
    this.#cutter.push(chunk);
  }

  /** The process ended: nothing of it may stay unsaid. */
  end(): void {
    this.#cutter.flush();
    this.#report();
  }

  #take({ text, truncated }: Line): void {
    this.#last.push(text.length > MAX_KEPT ? `${text.slice(0, MAX_KEPT)}…` : text);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
    if (this.#allowance.take(this.timers.clock(), Buffer.byteLength(text))) {
      this.#report();
      this.sink.line(text, truncated);
      return;
    }
    this.#dropped += 1;
    this.#cancelReport ??= this.timers.after(REPORT_DROPPED_MS, () => this.#report());
  }

  #report(): void {
    this.#cancelReport?.();
    this.#cancelReport = null;
    if (this.#dropped > 0) this.sink.dropped(this.#dropped);
    this.#dropped = 0;
  }
}
