/** Tells the command line what is in force: ack.json, rewritten whole and atomically, soon after every change. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ack } from '../model/ack.js';

const FILE = 'ack.json';
const DEBOUNCE_MS = 20;
const RETRY_MS = 1000;

export class Acknowledgement {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    readonly dir: string,
    readonly compose: () => Ack,
    readonly log: (line: object) => void,
  ) {}

  changed(): void {
    this.#timer ??= setTimeout(() => this.#write(), DEBOUNCE_MS);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #write(): void {
    this.#timer = null;
    try {
      const fresh = join(this.dir, `${FILE}.new`);
      writeFileSync(fresh, `${JSON.stringify(this.compose())}\n`);
      renameSync(fresh, join(this.dir, FILE));
    } catch (cause) {
      this.log({ event: 'ack_unwritable', detail: cause instanceof Error ? cause.message : String(cause) });
      this.#timer = setTimeout(() => this.#write(), RETRY_MS);
    }
  }
}

/** The highest policy number that an earlier run enforced; 0 where none is known. */
export function acknowledgedSeq(dir: string): number {
  try {
    const ack: unknown = JSON.parse(readFileSync(join(dir, FILE), 'utf8'));
    if (typeof ack !== 'object' || ack === null || !('seq' in ack)) return 0;
    return typeof ack.seq === 'number' && Number.isInteger(ack.seq) ? ack.seq : 0;
  } catch {
    return 0;
  }
}
