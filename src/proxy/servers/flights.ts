/**
 * Requests under way on one connection, each under an id of ours, and those that wait for one of them to land. Bounded
 * in both: what does not fit is refused at once, so that a slow server's callers wait in its queue and nowhere else.
 */
import { InFlight } from '../../mcp/in-flight.js';
import type { Keeper, Pending } from './pending.js';
import type { UpstreamAnswer } from '../upstream-port.js';

export interface CallBounds {
  milliseconds: number;
  /** Under way at once. */
  most: number;
  /** Waiting beside them; none unless said. */
  queued?: number;
}

export const CALL_BOUNDS: CallBounds = { milliseconds: 60_000, most: 128, queued: 256 };

export interface Departures {
  send(id: number, pending: Pending): void;
  /** Somebody left: the server is told, in whatever way. */
  left(id: number, why: string): void;
  /** It has its answer, and its token is good still. */
  late(id: number, progress: (params: Buffer) => boolean): void;
}

const BUSY = { kind: 'refused', reason: 'busy', detail: 'too many calls of its server are under way' } as const;

export class Flights implements Keeper {
  readonly #under = new InFlight<number, Pending>();
  readonly #queue: Pending[] = [];
  /** Their server is told something first. */
  readonly #ahead = new Set<Pending>();
  #lastId = 0;
  #idle: (() => void)[] = [];

  constructor(
    readonly bounds: CallBounds,
    readonly departures: Departures,
  ) {}

  get size(): number {
    return this.#under.size + this.#queue.length + this.#ahead.size;
  }

  /** Ids are never used twice, so that a late answer can reach nobody else. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Keeps one until `ready`. @returns whether it does. */
  wait(pending: Pending): boolean {
    if (this.#ahead.size >= this.bounds.most + (this.bounds.queued ?? 0)) {
      pending.settle(BUSY);
      return false;
    }
    pending.keeper = this;
    this.#ahead.add(pending);
    return true;
  }

  /** One that waited is taken, unless it has left meanwhile. */
  ready(pending: Pending, room: boolean): void {
    if (!this.#ahead.delete(pending)) return;
    this.take(pending, room);
    this.#landed();
  }

  /** @param room whether the server takes more just now. */
  take(pending: Pending, room: boolean): void {
    if (room && this.#under.size < this.bounds.most) return this.#send(pending);
    if (!room || this.#queue.length >= (this.bounds.queued ?? 0)) return pending.settle(BUSY);
    pending.keeper = this;
    this.#queue.push(pending);
  }

  find(id: number): Pending | undefined {
    return this.#under.get(id);
  }

  /** The last one of those for which it holds. */
  latest(fits: (pending: Pending) => boolean): Pending | undefined {
    let found: Pending | undefined;
    for (const pending of this.#under.values()) {
      if (fits(pending) && (!found || pending.id > found.id)) found = pending;
    }
    return found;
  }

  /** @returns whether anyone was waiting: an answer nobody asked for, or a second one, changes nothing. */
  settle(id: number, answer: UpstreamAnswer): boolean {
    const pending = this.remove(id);
    if (pending && pending.request.late !== null) this.departures.late(id, pending.request.late);
    pending?.settle(answer);
    return pending !== undefined;
  }

  /** Takes it away unanswered. */
  remove(id: number): Pending | undefined {
    const pending = this.#under.take(id);
    if (!pending) return undefined;
    pending.keeper = null;
    this.#landed();
    return pending;
  }

  withdraw(pending: Pending, why: string): void {
    if (this.#under.drop(pending)) {
      this.departures.left(pending.id, why);
      // Not before all have left who leave now: the next in the queue may be one of them, and is not to be sent.
      queueMicrotask(() => this.#landed());
      return;
    }
    const at = this.#queue.indexOf(pending);
    if (at >= 0) this.#queue.splice(at, 1);
    this.#ahead.delete(pending);
    this.#landed();
  }

  /** Never sent again: the server may have acted on them before it ended. Those that were not sent yet are given back. */
  failAll(answer: UpstreamAnswer): Pending[] {
    const unsent = this.unqueue();
    for (const id of this.#under.keys()) this.settle(id, answer);
    return unsent;
  }

  /** Those that wait, given back unsent. */
  unqueue(): Pending[] {
    const unsent = [...this.#queue.splice(0), ...this.#ahead];
    this.#ahead.clear();
    for (const pending of unsent) pending.keeper = null;
    return unsent;
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #send(pending: Pending): void {
    const id = this.nextId();
    pending.id = id;
    pending.keeper = this;
    this.#under.add(id, pending);
    this.departures.send(id, pending);
  }

  #landed(): void {
    while (this.#under.size < this.bounds.most) {
      const next = this.#queue.shift();
      if (!next) break;
      this.#send(next);
    }
    if (this.size === 0) for (const tell of this.#idle.splice(0)) tell();
  }
}
