/**
 * Everything that outlives the moment in which it was allowed: calls, streams, parked calls. With each new policy or
 * revocation each is asked again whether it still may be; what may not is stopped.
 */
import { InFlight } from '../mcp/in-flight.js';
import type { Caller } from './identity/authenticate.js';
import type { Enforced } from './enforced.js';

export interface Ongoing {
  caller: Caller;
  /** Whether the policy still gives what this is for; who the caller is has been asked before. */
  allowed(enforced: Enforced, now: number): boolean;
  stop(): void;
  /** A stream that would go on for ever. */
  lasting?: true;
}

export class Underway {
  readonly #calls = new InFlight<null, Ongoing>();
  readonly #lasting = new Set<Ongoing>();

  get size(): number {
    return this.#calls.size + this.#lasting.size;
  }

  add(ongoing: Ongoing): void {
    if (ongoing.lasting) this.#lasting.add(ongoing);
    else this.#calls.add(null, ongoing);
  }

  delete(ongoing: Ongoing): void {
    if (ongoing.lasting) this.#lasting.delete(ongoing);
    else this.#calls.drop(ongoing);
  }

  /** @returns how to forget it. */
  begin(ongoing: Ongoing): () => void {
    this.add(ongoing);
    return () => this.delete(ongoing);
  }

  /** @param known whether the caller's credential is still good. */
  recheck(enforced: Enforced, now: number, known: (caller: Caller) => boolean): void {
    for (const ongoing of [...this.#lasting, ...this.#calls.values()]) {
      if (known(ongoing.caller) && ongoing.allowed(enforced, now)) continue;
      this.delete(ongoing);
      ongoing.stop();
    }
  }

  /** Calls get to their end when the proxy does; streams have none of their own. */
  endLasting(): void {
    for (const ongoing of [...this.#lasting]) ongoing.stop();
  }
}
