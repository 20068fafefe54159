/** A token bucket of lines and bytes: one server's flood must not push the others' lines out of the shared log. */

export interface Rate {
  lines: { burst: number; perSecond: number };
  bytes: { burst: number; perSecond: number };
}

/** 30 MB of rotated log hold an hour of one server's flood, and days of an orderly one. */
export const STDERR_RATE: Rate = {
  lines: { burst: 200, perSecond: 20 },
  bytes: { burst: 256 * 1024, perSecond: 8 * 1024 },
};

export class Allowance {
  #lines: number;
  #bytes: number;
  #at: number | null = null;

  constructor(readonly rate: Rate) {
    this.#lines = rate.lines.burst;
    this.#bytes = rate.bytes.burst;
  }

  /** Whether a line of that many bytes may pass now (milliseconds). */
  take(now: number, bytes: number): boolean {
    const seconds = this.#at === null ? 0 : Math.max(0, now - this.#at) / 1000;
    this.#at = now;
    this.#lines = Math.min(this.rate.lines.burst, this.#lines + seconds * this.rate.lines.perSecond);
    this.#bytes = Math.min(this.rate.bytes.burst, this.#bytes + seconds * this.rate.bytes.perSecond);
    if (this.#lines < 1 || this.#bytes < bytes) return false;
    this.#lines -= 1;
    this.#bytes -= bytes;
    return true;
  }
}
