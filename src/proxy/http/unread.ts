/**
 * What agents have not read yet of their answers and streams. Who reads slowly waits for nobody, but what waits is memory:
 * beyond the bounds the connection that has waited the longest is cut, an agent's own for its own bound.
 */
import type { Writable } from 'node:stream';

const MIB = 1024 * 1024;

export interface UnreadBounds {
  /** Bytes. */
  perAgent: number;
  all: number;
}

export const UNREAD_BOUNDS: UnreadBounds = { perAgent: 32 * MIB, all: 96 * MIB };
/** What any connection may have in its buffers without being looked at. */
const LITTLE = 16 * 1024;

interface Waiting {
  agent: string;
  bytes: number;
}

export class Unread {
  /** Longest first. */
  readonly #waiting = new Map<Writable, Waiting>();
  readonly #agents = new Map<string, number>();
  #bytes = 0;

  constructor(readonly bounds: UnreadBounds = UNREAD_BOUNDS) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** After something was written to it, an answer or a connection that has several in turn. @returns whether it is still there. */
  look(response: Writable, agent: string): boolean {
    const bytes = response.destroyed ? 0 : response.writableLength;
    const known = this.#waiting.get(response);
    if (known) {
      // A connection outlives its answers, and may serve another then.
      if (known.bytes === 0) known.agent = agent;
      // Who had read everything begins to wait now.
      if (known.bytes === 0 && bytes > 0) {
        this.#waiting.delete(response);
        this.#waiting.set(response, known);
      }
      this.#add(known.agent, bytes - known.bytes);
      known.bytes = bytes;
    } else if (bytes > LITTLE) {
      this.#waiting.set(response, { agent, bytes });
      this.#add(agent, bytes);
      const forget = (): void => this.#forget(response);
      response.on('drain', () => this.look(response, agent));
      response.once('finish', forget);
      response.once('close', forget);
    } else return true;
    while ((this.#agents.get(agent) ?? 0) > this.bounds.perAgent && this.#cut(agent)) continue;
    while (this.#bytes > this.bounds.all && this.#cut(this.#greediest())) continue;
    return !response.destroyed;
  }

  #cut(agent: string): boolean {
    for (const [response, waiting] of this.#waiting) {
      if (waiting.agent !== agent || waiting.bytes === 0) continue;
      this.#forget(response);
      response.destroy();
      return true;
    }
    return false;
  }

  #greediest(): string {
    return [...this.#agents].reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0])[0];
  }

  #forget(response: Writable): void {
    const known = this.#waiting.get(response);
    if (!known) return;
    this.#waiting.delete(response);
    this.#add(known.agent, -known.bytes);
  }

  #add(agent: string, bytes: number): void {
    this.#bytes += bytes;
    const now = (this.#agents.get(agent) ?? 0) + bytes;
    if (now === 0) this.#agents.delete(agent);
    else this.#agents.set(agent, now);
  }
}
