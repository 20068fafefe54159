/**
 * One request over streamable HTTP, from POST to answer. Where a legacy server ends its stream before the answer and
 * has numbered its events, the rest is fetched by GET (MCP 2025-11-25, Transports, Resumability): the request itself is
 * never sent again.
 */
import type { Loss } from '../mcp/wire.js';
import { exchange, type Ask, type End, type Exchange, type Sender } from './exchange.js';

export interface PostEvents {
  head(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  message(bytes: Buffer): void;
  /** Once, unless abandoned. */
  over(loss: Loss): void;
  /** Headers of the GET that fetches the rest; null: this version has no such thing. */
  resume(lastEventId: string): Record<string, string> | null;
}

const MAX_RESUMES = 5;
const FIRST_RESUME_MS = 1_000;

export class Post {
  #exchange: Exchange;
  #lastEventId: string | null = null;
  #retry = FIRST_RESUME_MS;
  #resumes = 0;
  #timer: NodeJS.Timeout | null = null;
  #finished = false;
  #over = false;

  constructor(
    private readonly sender: Sender,
    private readonly ask: Ask,
    private readonly events: PostEvents,
  ) {
    this.#exchange = this.#run(ask);
  }

  abort(): void {
    this.#over = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#exchange.abort();
  }

  /** It has its answer. What follows is waited for no longer than this, and a JSON body is over by itself at once. */
  finish(milliseconds: number): void {
    if (this.#over) return;
    this.#finished = true;
    // Not a timer yet: what a timer holds lives on for as long as it runs, and nearly all are over within the tick.
    setImmediate(() => {
      if (!this.#over) this.#timer = setTimeout(() => this.abort(), milliseconds).unref();
    });
  }

  #run(ask: Ask): Exchange {
    const { events } = this;
    return exchange(this.sender, ask, {
      head: (status, headers) => {
        if (ask === this.ask) events.head(status, headers);
      },
      message: (bytes) => events.message(bytes),
      id: (id) => (this.#lastEventId = id === '' ? null : id),
      retry: (milliseconds) => (this.#retry = milliseconds),
      ended: (end) => this.#ended(end, ask),
    });
  }

  #ended(end: End, ask: Ask): void {
    const again =
      !this.#finished && this.#lastEventId !== null && end.streamed && !end.bad && this.#resumes < MAX_RESUMES;
    const headers = again && this.#lastEventId !== null ? this.events.resume(this.#lastEventId) : null;
    if (!headers) {
      this.#over = true;
      if (this.#timer) clearTimeout(this.#timer);
      return this.events.over(lossOf(end, ask !== this.ask));
    }
    this.#resumes++;
    const next: Ask = { method: 'GET', path: ask.path, headers, body: null, lasting: false };
    this.#timer = setTimeout(() => (this.#exchange = this.#run(next)), this.#retry);
  }
}

/** @param resumed the request itself was sent before. */
export function lossOf({ status, problem, bad, unsent, text }: End, resumed = false): Loss {
  const reached = (unsent || (status !== null && refusesUnread(status))) && !resumed ? 'no' : 'maybe';
  if (bad) return { reached, reason: 'server_bad_output', detail: problem ?? 'It broke the protocol.', status };
  if (unsent) return { reached, reason: 'unavailable', detail: problem ?? 'It cannot be reached.', status };
  if (status !== null && (status < 200 || status > 299)) {
    const said = text.trim() === '' ? '' : `: ${JSON.stringify(text.trim().slice(0, 200))}`;
    const detail = status >= 300 && status < 400 ? 'It redirects, which is not followed' : `It answered ${status}`;
    return { reached, reason: 'unavailable', detail: `${detail}${said}.`, status };
  }
  return { reached, reason: 'server_exited', detail: problem ?? 'It ended the answer before it was one.', status };
}

/** Statuses that say so before anyone has looked at the request: a session unknown, too many, not now. */
function refusesUnread(status: number): boolean {
  return status === 404 || status === 429 || status === 503;
}
