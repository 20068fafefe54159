/**
 * Servers that ended and are to stay so (`restart: never`, or `on-failure` after a success). It outlives the bridge: how
 * a container ended does not tell whether it did so by itself or was stopped together with the bridge.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './protocol.js';

export class EndedForGood {
  constructor(readonly dir: string) {}

  /** Why that container is not started again; null: it may be. */
  recall(target: Target, container: string): string | null {
    try {
      const [id, ...words] = readFileSync(this.#file(target), 'utf8').split('\n');
      return id === container ? words.join('\n') : null;
    } catch {
      return null;
    }
  }

  /** @throws when it cannot be written. */
  remember(target: Target, container: string, why: string): void {
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    const fresh = `${this.#file(target)}.new`;
    writeFileSync(fresh, `${container}\n${why}`);
    renameSync(fresh, this.#file(target));
  }

  /** Generations come and go; the last one of each server is all that is asked for. */
  #file({ server }: Target): string {
    return join(this.dir, server);
  }
}
