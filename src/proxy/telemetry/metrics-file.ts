/**
 * The metrics as a file beside the audit, for `toolcrib metrics`, which reads it through the engine's API: no port is
 * open for them. Written anew every while in which something has changed; one that cannot be written is old, no more.
 */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metrics } from './metrics.js';

const FILE = 'metrics.prom';
const FIRST_MS = 1_000;
const EVERY_MS = 15_000;

export class MetricsFile {
  #written = '';
  #writing: Promise<void> | null = null;
  readonly #timers: NodeJS.Timeout[];

  constructor(
    private readonly dir: string,
    private readonly metrics: Pick<Metrics, 'state' | 'registry'>,
  ) {
    const look = (): void => void this.#look();
    this.#timers = [setTimeout(look, FIRST_MS), setInterval(look, EVERY_MS)];
    for (const timer of this.#timers) timer.unref();
  }

  /** What was counted last is not lost. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#writing;
    await this.#look();
  }

  #look(): Promise<void> {
    const state = this.metrics.state();
    if (state === this.#written) return Promise.resolve();
    this.#written = state;
    return (this.#writing ??= this.#write().finally(() => (this.#writing = null)));
  }

  async #write(): Promise<void> {
    const fresh = join(this.dir, `${FILE}.new`);
    try {
      await writeFile(fresh, await this.metrics.registry.metrics(), { mode: 0o644 });
      await rename(fresh, join(this.dir, FILE));
    } catch {
      this.#written = '';
    }
  }
}
