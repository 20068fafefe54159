/**
 * From which severity on one legacy server reports (MCP 2025-11-25, Logging, Setting Log Level): the least severe that
 * anybody who calls it wants to hear. It is told before the first call that wants more than it was told, and never to say
 * less again, because others may be listening; each agent hears from its own level on all the same.
 */
import { LOG_LEVELS, type LogLevel } from '../upstream-port.js';

export class LogFloor {
  #rank: number = LOG_LEVELS.length;
  /** Calls that wait until it has been told; null: it has. */
  #waiting: (() => void)[] | null = null;
  #open = 0;

  /** @param tell `done` comes once, and soon, whatever the server answers or does not. */
  constructor(private readonly tell: (level: LogLevel, done: () => void) => void) {}

  before(level: LogLevel, go: () => void): void {
    const rank = LOG_LEVELS.indexOf(level);
    if (rank < this.#rank) {
      this.#rank = rank;
      this.#open++;
      this.#waiting ??= [];
      this.tell(level, () => this.#told());
    }
    if (this.#waiting) this.#waiting.push(go);
    else go();
  }

  #told(): void {
    if (--this.#open > 0) return;
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const go of waiting) go();
  }
}
