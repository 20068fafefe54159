/** Calls of a server that is coming back: they wait for it, not for ever and not any number of them. */
import type { Keeper, Pending } from './pending.js';

const MOST_WAITING = 256;

export class WaitingCalls implements Keeper {
  readonly #calls = new Set<Pending>();

  /** @param milliseconds for which each of them waits. */
  constructor(private readonly milliseconds: number) {}

  get size(): number {
    return this.#calls.size;
  }

  add(pending: Pending): void {
    if (this.#calls.size >= MOST_WAITING) {
      return pending.settle({ kind: 'refused', reason: 'busy', detail: 'too many calls wait for its server' });
    }
    pending.keeper = this;
    this.#calls.add(pending);
    setTimeout(() => {
      if (!this.#calls.delete(pending)) return;
      const detail = `its server is not back after ${this.milliseconds / 1000} s`;
      pending.settle({ kind: 'refused', reason: 'unavailable', detail });
    }, this.milliseconds).unref();
  }

  withdraw(pending: Pending): void {
    this.#calls.delete(pending);
  }

  /** In the order in which they came. */
  release(take: (pending: Pending) => void): void {
    for (const pending of this.#taken()) take(pending);
  }

  refuse(detail: string): void {
    for (const pending of this.#taken()) pending.settle({ kind: 'refused', reason: 'unavailable', detail });
  }

  #taken(): Pending[] {
    const all = [...this.#calls];
    this.#calls.clear();
    return all;
  }
}
