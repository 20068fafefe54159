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

/** One request's place. */
export interface Place {
  /** Whether so many bytes more may be kept; they are, until the place is left. */
  take: (bytes: number) => boolean;
  leave: () => void;
}

export class Crowd {
  readonly #agents = new Map<string, Present>();
  #bytes = 0;

  constructor(readonly bounds: CrowdBounds = BOUNDS) {}

  /** null: too many of that agent are under way. */
  enter(agent: string): Place | null {
    const own = this.#of(agent);
    if (own.requests >= this.bounds.requests) return null;
    own.requests++;
    let taken = 0;
    return {
      take: (bytes) => {
        if (own.bytes + bytes > this.bounds.bytes || this.#bytes + bytes > this.bounds.allBytes) return false;
        taken += bytes;
        own.bytes += bytes;
        this.#bytes += bytes;
        return true;
      },
      leave: () => {
        own.requests--;
        own.bytes -= taken;
        this.#bytes -= taken;
        taken = 0;
      },
    };
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
