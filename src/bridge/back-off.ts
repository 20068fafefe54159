/** How long a server that keeps crashing has to wait for its next start. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A run of this length pays off all earlier crashes. */
const GOOD_RUN_MS = 60_000;

export class BackOff {
  #crashes = 0;
  #endedAt = 0;

  /** Milliseconds to wait from `now` on: 0, then 0.5, 1, 2, … 30 s, counted from the last crash. */
  delay(now: number): number {
    if (this.#crashes === 0) return 0;
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#crashes - 1));
    return Math.max(0, this.#endedAt + wait - now);
  }

  /** The process ended by itself, or could not be started (`up` 0). */
  crashed(now: number, up: number): void {
    this.#crashes = up >= GOOD_RUN_MS ? 1 : this.#crashes + 1;
    this.#endedAt = now;
  }

  /** It was stopped on request after so many milliseconds. */
  stopped(up: number): void {
    if (up >= GOOD_RUN_MS) this.#crashes = 0;
  }
}
