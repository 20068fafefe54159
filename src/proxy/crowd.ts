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
    const own = this.#agents.get(agent) ?? { requests: 0, bytes: 0 };
    if (own.requests >= this.bounds.requests) return null;
    own.requests++;
    this.#agents.set(agent, own);
    let taken = 0;
    const add = (bytes: number): void => {
      taken += bytes;
      own.bytes += bytes;
      this.#bytes += bytes;
    };
    return {
      take: (bytes) => {
        if (own.bytes + bytes > this.bounds.bytes || this.#bytes + bytes > this.bounds.allBytes) return false;
        add(bytes);
        return true;
      },
      leave: () => {
        add(-taken);
        if (--own.requests === 0) this.#agents.delete(agent);
      },
    };
  }
}
