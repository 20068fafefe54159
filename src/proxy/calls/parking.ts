/**
 * Calls of a legacy server that wait for a modern agent's answer: the agent got `input_required` and may come again
 * with what was asked; meanwhile the server's call lives on here. Bounded in number and time.
 */
import { randomBytes } from 'node:crypto';
import type { Call, RequestReply, UpstreamAnswer } from '../upstream-port.js';

export interface ParkingBounds {
  perAgent: number;
  all: number;
  milliseconds: number;
}

export const PARKING_BOUNDS: ParkingBounds = { perAgent: 64, all: 512, milliseconds: 5 * 60_000 };

/** One request of the server's. */
export interface Asked {
  method: string;
  params: Buffer;
  reply: (reply: RequestReply) => void;
}

export type Next = { answer: UpstreamAnswer } | { asked: ReadonlyMap<string, Asked> };

/** A live call with the questions that its server has. */
export class LiveCall {
  readonly asked = new Map<string, Asked>();
  /** Told what the server reports; whoever waits for it now. */
  hear: (method: string, params: Buffer) => void = () => undefined;
  #answer: UpstreamAnswer | null = null;
  #wake: (() => void) | null = null;
  #last = 0;

  constructor(readonly call: Call) {
    void call.answer.then((answer) => {
      this.#answer = answer;
      this.#wake?.();
    });
  }

  /** @returns how to take it back. */
  ask(asked: Asked): () => void {
    const key = String(++this.#last);
    this.asked.set(key, asked);
    this.#wake?.();
    return () => void this.asked.delete(key);
  }

  /** Whichever comes first: the answer, or a question that nobody has answered yet. */
  async next(): Promise<Next> {
    // A question may be taken back before whoever waits has woken.
    while (this.#answer === null && this.asked.size === 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
    return this.#answer ? { answer: this.#answer } : { asked: this.asked };
  }
}

interface Parked {
  agent: string;
  live: LiveCall;
  timer: NodeJS.Timeout;
}

export class Parking {
  readonly #parked = new Map<string, Parked>();

  constructor(readonly bounds: ParkingBounds = PARKING_BOUNDS) {}

  get size(): number {
    return this.#parked.size;
  }

  /** @returns under which id it is taken up; null: too many wait. */
  park(agent: string, live: LiveCall): string | null {
    const own = [...this.#parked.values()].filter((each) => each.agent === agent).length;
    if (own >= this.bounds.perAgent || this.#parked.size >= this.bounds.all) return null;
    const id = randomBytes(16).toString('hex');
    const timer = setTimeout(() => this.#letGo(id), this.bounds.milliseconds).unref();
    this.#parked.set(id, { agent, live, timer });
    return id;
  }

  /** Once: whoever comes second with the same id finds nothing. */
  take(id: string, agent: string): LiveCall | null {
    const parked = this.#parked.get(id);
    if (parked?.agent !== agent) return null;
    this.#parked.delete(id);
    clearTimeout(parked.timer);
    return parked.live;
  }

  close(): void {
    for (const id of [...this.#parked.keys()]) this.#letGo(id);
  }

  #letGo(id: string): void {
    const parked = this.#parked.get(id);
    if (!parked) return;
    this.#parked.delete(id);
    clearTimeout(parked.timer);
    parked.live.call.cancel();
  }
}
