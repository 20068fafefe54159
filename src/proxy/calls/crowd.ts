/**
 * What is under way, by agent: requests, and the bytes of their bodies. An agent waits for its own crowd; for another's
 * only where several fill the proxy's memory together.
 */
export interface CrowdBounds {
  requests: number;
  /** Of one agent. */
  bytes: number;
  /** Of all: a fraction of what the proxy's container has. */
  allBytes: number;
}

const MOST_KNOWN = 10_000;
const MIB = 1024 * 1024;
const BOUNDS: CrowdBounds = { requests: 256, bytes: 16 * MIB, allBytes: 48 * MIB };

interface Present {
  requests: number;
  bytes: number;
}

interface All {
  bytes: number;
}

/** One request's place. */
export class Place {
  #taken = 0;

  constructor(
    private readonly own: Present,
    private readonly all: All,
    private readonly bounds: CrowdBounds,
  ) {
    own.requests++;
  }

  /** Whether so many bytes more may be kept; they are, until the place is left. */
  readonly take = (bytes: number): boolean => {
    const { own, all, bounds } = this;
    if (own.bytes + bytes > bounds.bytes || all.bytes + bytes > bounds.allBytes) return false;
    this.#taken += bytes;
    own.bytes += bytes;
    all.bytes += bytes;
    return true;
  };

  /** Once. */
  leave(): void {
    const { own, all } = this;
    own.requests--;
    own.bytes -= this.#taken;
    all.bytes -= this.#taken;
    this.#taken = 0;
  }
}

export class Crowd {
  readonly #agents = new Map<string, Present>();
  readonly #all: All = { bytes: 0 };

  constructor(readonly bounds: CrowdBounds = BOUNDS) {}

  /** null: too many of that agent are under way. */
  enter(agent: string): Place | null {
    const own = this.#of(agent);
    if (own.requests >= this.bounds.requests) return null;
    return new Place(own, this.#all, this.bounds);
  }

  /** An agent that has nothing under way stays known, until there are more than any policy has. */
  #of(agent: string): Present {
    const known = this.#agents.get(agent);
    if (known) return known;
    if (this.#agents.size >= MOST_KNOWN) {
      for (const [name, { requests }] of this.#agents) if (requests === 0) this.#agents.delete(name);
    }
    const made = { requests: 0, bytes: 0 };
    this.#agents.set(agent, made);
    return made;
  }
}
