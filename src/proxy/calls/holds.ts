/**
 * Calls of a server that has stopped so that its successor may start: they wait for the next policy that names one, and
 * are decided on by that one.
 */
import type { Policy } from '../../policy/artifact.js';

/** Longer than a stop, a start and a gate take; an agent's own patience is mostly shorter. */
const LONGEST_MS = 60_000;

export class Holds {
  readonly #held = new Map<string, { released: Promise<void>; release: () => void }>();

  constructor(readonly longestMs = LONGEST_MS) {}

  follow({ servers }: Policy): void {
    for (const [server, { release }] of this.#held) {
      if (servers[server]?.held) continue;
      this.#held.delete(server);
      release();
    }
    for (const [server, { held }] of Object.entries(servers)) {
      if (!held || this.#held.has(server)) continue;
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      this.#held.set(server, { released, release });
    }
  }

  /** Nobody waits any longer. */
  close(): void {
    for (const { release } of this.#held.values()) release();
    this.#held.clear();
  }

  /** null: it is not held. Resolves when it is released, or has been held for too long. */
  of(server: string): Promise<void> | null {
    const hold = this.#held.get(server);
    if (!hold) return null;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.longestMs);
      void hold.released.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
