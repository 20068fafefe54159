/** Calls under way on one server, many at once over one connection: each has an id of ours, a deadline and a way out. */
import type { Call, CallListener, UpstreamAnswer } from './upstream-port.js';

interface Waiting {
  resolve: (answer: UpstreamAnswer) => void;
  timer: NodeJS.Timeout;
  listener: CallListener | null;
}

export interface CallBounds {
  milliseconds: number;
  most: number;
}

export const CALL_BOUNDS: CallBounds = { milliseconds: 60_000, most: 128 };

export class Calls {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #idle: (() => void)[] = [];

  /** @param tellCancelled sends notifications/cancelled for the id. */
  constructor(
    readonly bounds: CallBounds,
    readonly tellCancelled: (id: number, why: string) => void,
  ) {}

  get size(): number {
    return this.#waiting.size;
  }

  full(): boolean {
    return this.#waiting.size >= this.bounds.most;
  }

  /** Ids are never used twice, so that a late answer can reach nobody else. */
  nextId(): number {
    return ++this.#lastId;
  }

  begin(id: number, listener: CallListener | null = null, milliseconds = this.bounds.milliseconds): Call {
    const answer = new Promise<UpstreamAnswer>((resolve) => {
      const timer = setTimeout(() => {
        if (
          !this.settle(id, { kind: 'refused', reason: 'timeout', detail: `no answer within ${milliseconds / 1000} s` })
        )
          return;
        this.tellCancelled(id, 'deadline passed');
      }, milliseconds);
      this.#waiting.set(id, { resolve, timer, listener });
    });
    const cancel = (): void => {
      if (this.settle(id, { kind: 'cancelled' })) this.tellCancelled(id, 'the caller went away');
    };
    return { answer, cancel };
  }

  /** Whoever listens to a call under way. */
  listener(id: number): CallListener | null {
    return this.#waiting.get(id)?.listener ?? null;
  }

  /** @returns whether anyone was waiting: an answer nobody asked for, or a second one, changes nothing. */
  settle(id: number, answer: UpstreamAnswer): boolean {
    const waiting = this.#waiting.get(id);
    if (!waiting) return false;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(answer);
    if (this.#waiting.size === 0) for (const tell of this.#idle.splice(0)) tell();
    return true;
  }

  /** Never sent again: the server may have acted on them before it ended. */
  failAll(answer: UpstreamAnswer): void {
    for (const id of [...this.#waiting.keys()]) this.settle(id, answer);
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}
