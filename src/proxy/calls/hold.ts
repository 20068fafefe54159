/** One request under way, from whatever side it may be ended: its agent goes, calls it off, loses its session or its grant. */
import type { Caller } from '../identity/authenticate.js';
import type { Dealing } from '../dealing.js';
import type { Enforced } from '../enforced.js';
import type { Errand } from '../exchange.js';
import type { Ongoing } from '../underway.js';
import type { Call } from '../upstream-port.js';

export class Hold implements Ongoing {
  cancelled = false;
  readonly caller: Caller;
  #call: Call | null = null;
  #wake: (() => void) | null = null;
  readonly #forgetDeparture: () => void;

  constructor(
    private readonly errand: Errand,
    private readonly dealing: Dealing,
    id: string,
  ) {
    const { exchange, session, house, caller } = errand;
    this.caller = caller;
    // What can be taken up again is not ended by a broken connection (MCP 2025-11-25, Transports).
    this.#forgetDeparture = exchange.onGone(() => {
      if (!errand.talk?.outlives) this.cancel();
    });
    house.underway.add(this);
    session?.calls.add(id, this);
  }

  allowed(enforced: Enforced, now: number): boolean {
    return this.dealing.allowed(enforced, now);
  }

  stop(): void {
    this.cancel();
  }

  begin(call: Call): Call {
    this.#call = call;
    if (this.cancelled) call.cancel();
    return call;
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.#call?.cancel();
    this.#wake?.();
  }

  /** What comes first: the promise, or that it is called off; then null. */
  async orCancelled<T>(promise: Promise<T>): Promise<T | null> {
    if (this.cancelled) return null;
    const off = new Promise<null>((resolve) => (this.#wake = () => resolve(null)));
    return Promise.race([promise, off]);
  }

  /** Its agent has an answer, though not the last: that it goes now ends nothing. */
  outlive(): void {
    this.#forgetDeparture();
  }

  release(): void {
    const { house, session } = this.errand;
    this.#forgetDeparture();
    house.underway.delete(this);
    session?.calls.drop(this);
  }
}
