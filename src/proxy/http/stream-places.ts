/** How many event streams may be open beside calls: of one agent, and of all. Each is a connection, and little more. */

export interface StreamBounds {
  perAgent: number;
  all: number;
}

export const STREAM_BOUNDS: StreamBounds = { perAgent: 1000, all: 1536 };

export class StreamPlaces {
  readonly #agents = new Map<string, number>();
  #all = 0;

  constructor(readonly bounds: StreamBounds = STREAM_BOUNDS) {}

  /** @returns how to leave; null: too many. */
  enter(agent: string): (() => void) | null {
    const own = this.#agents.get(agent) ?? 0;
    if (own >= this.bounds.perAgent || this.#all >= this.bounds.all) return null;
    this.#agents.set(agent, own + 1);
    this.#all++;
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      this.#all--;
      const left = (this.#agents.get(agent) ?? 1) - 1;
      if (left === 0) this.#agents.delete(agent);
      else this.#agents.set(agent, left);
    };
  }
}
