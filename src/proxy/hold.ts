/** One request under way, from whatever side it may be ended: its agent goes, calls it off, loses its session or its grant. */
import type { Dealing } from './dealing.js';
import type { Errand } from './exchange.js';
import type { Call } from './upstream-port.js';

export class Hold {
  cancelled = false;
  #call: Call | null = null;
  #wake: (() => void) | null = null;
  readonly #release: (() => void)[] = [];
  readonly #forgetDeparture: () => void;

  constructor(errand: Errand, { allowed }: Dealing, id: string) {
    const { exchange, session, house, caller } = errand;
    const cancel = (): void => this.cancel();
    // What can be taken up again is not ended by a broken connection (MCP 2025-11-25, Transports).
    this.#forgetDeparture = exchange.onGone(() => {
      if (!errand.talk?.outlives) cancel();
    });
    this.#release.push(house.underway.begin({ caller, allowed, stop: cancel }));
    if (session) {
      const { calls } = session;
      calls.set(id, cancel);
      this.#release.push(() => {
        if (calls.get(id) === cancel) calls.delete(id);
      });
    }
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
    this.#forgetDeparture();
    for (const release of this.#release) release();
  }
}
