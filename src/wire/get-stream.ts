/**
 * The GET stream of a legacy session: what the server says of its own accord (MCP 2025-11-25, Transports, Listening).
 * Opened again when it ends, from where it ended; a server that has none says 405 and is not asked again.
 */
import { exchange, type Exchange } from './exchange.js';
import type { Target } from './target.js';

export interface GetStreamEvents {
  /** Once: it is open, or there is none. */
  known(): void;
  message(bytes: Buffer): void;
  missed(): void;
  expired(): void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export class GetStream {
  #exchange: Exchange | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastEventId: string | null = null;
  #retry: number | null = null;
  #wait = FIRST_WAIT_MS;
  #openedBefore = false;
  #open = false;
  #closed = false;

  constructor(
    private readonly target: Target,
    private readonly headers: () => Record<string, string>,
    private readonly events: GetStreamEvents,
  ) {
    this.#run();
  }

  get open(): boolean {
    return this.#open;
  }

  close(): void {
    this.#closed = true;
    this.#open = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#exchange?.abort();
  }

  #run(): void {
    const headers = this.headers();
    if (this.#lastEventId !== null) headers['last-event-id'] = this.#lastEventId;
    const ask = { method: 'GET' as const, path: this.target.path, headers, body: null, lasting: true };
    this.#exchange = exchange(this.target.streams, ask, {
      head: (status) => {
        this.events.known();
        if (status !== 200) return;
        this.#open = true;
        // A server that keeps no events has lost what it said meanwhile.
        if (this.#openedBefore) this.events.missed();
        this.#openedBefore = true;
      },
      message: (bytes) => {
        this.#wait = FIRST_WAIT_MS;
        this.events.message(bytes);
      },
      id: (id) => (this.#lastEventId = id === '' ? null : id),
      retry: (milliseconds) => (this.#retry = milliseconds),
      ended: ({ status, streamed }) => this.#ended(status, streamed),
    });
  }

  #ended(status: number | null, streamed: boolean): void {
    this.#open = false;
    this.events.known();
    if (this.#closed) return;
    // Where it never was, 404 says no more than that there is none.
    if (status === 404 && this.#openedBefore) return this.events.expired();
    if (status !== null && status < 500 && !streamed) return; // it has none
    const wait = this.#retry ?? this.#wait;
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => this.#run(), Math.max(wait, 100));
    this.#timer.unref();
  }
}
