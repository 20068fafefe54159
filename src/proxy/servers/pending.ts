/**
 * A request that waits for its answer, wherever it is: held until its server is back, queued, or under way. It has one
 * deadline over all of that, and one way out.
 */
import type { Call, TakeBack, UpstreamAnswer, UpstreamRequest } from '../upstream-port.js';

/** Who has it now. */
export interface Keeper {
  /** It is settled already: let go of it, and tell the server where it has been sent. */
  withdraw(pending: Pending, why: string): void;
}

export class Pending implements Call {
  readonly answer: Promise<UpstreamAnswer>;
  keeper: Keeper | null = null;
  /** It came back unread once, and was sent once more. */
  resent = false;
  /** Questions of the server's that wait for the agent: none outlives what it was asked for. */
  readonly questions = new Set<TakeBack>();
  /** Under which it was sent last. */
  id = 0;
  #resolve: ((answer: UpstreamAnswer) => void) | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly request: UpstreamRequest,
    milliseconds: number,
  ) {
    this.answer = new Promise<UpstreamAnswer>((resolve) => (this.#resolve = resolve));
    this.#timer = setTimeout(() => {
      const detail = `no answer within ${milliseconds / 1000} s`;
      this.#leave({ kind: 'refused', reason: 'timeout', detail }, 'deadline passed');
    }, milliseconds);
  }

  get settled(): boolean {
    return this.#resolve === null;
  }

  /** Idempotent; resolves the answer as cancelled and tells the server. */
  readonly cancel = (): void => this.#leave({ kind: 'cancelled' }, 'the caller went away');

  /** The first one counts. */
  settle(answer: UpstreamAnswer): void {
    const resolve = this.#resolve;
    if (!resolve) return;
    this.#resolve = null;
    this.keeper = null;
    clearTimeout(this.#timer);
    for (const takeBack of this.questions) takeBack();
    resolve(answer);
  }

  #leave(answer: UpstreamAnswer, why: string): void {
    if (this.settled) return;
    const { keeper } = this;
    this.settle(answer);
    keeper?.withdraw(this, why);
  }
}
