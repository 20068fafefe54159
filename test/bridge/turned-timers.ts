/** Timers and a clock whose hands the test turns. */
import type { Timers } from '../../src/bridge/timers.js';

export class TurnedTimers implements Timers {
  #now = 0;
  #date = Date.UTC(2026, 10, 22);
  #waiting = new Set<{ at: number; run: () => void }>();

  readonly now = (): Date => new Date(this.#date + this.#now);

  /** Set by hand; what was begun before goes on. */
  setDate(date: number): void {
    this.#date = date - this.#now;
  }

  clock(): number {
    return this.#now;
  }

  get pending(): number {
    return this.#waiting.size;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + milliseconds, run };
    this.#waiting.add(timer);
    return () => void this.#waiting.delete(timer);
  }

  turn(milliseconds: number): void {
    this.#now += milliseconds;
    const due = [...this.#waiting].filter((timer) => timer.at <= this.#now).sort((a, b) => a.at - b.at);
    for (const timer of due) {
      if (this.#waiting.delete(timer)) timer.run();
    }
  }
}
