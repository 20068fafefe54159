/**
 * HTTP+SSE of 2024-11-05: one GET stream carries everything the server says, its first event tells where to POST.
 * Deprecated since, and spoken to servers alone.
 */
import { InFlight } from '../mcp/in-flight.js';
import type { Failure } from '../diagnostics/failure.js';
import { badOutput } from '../mcp/refusals.js';
import { CLOSED_HERE, type Loss, type Outgoing, type Wire, type WireListener } from '../mcp/wire.js';
import { exchange, type Ask, type End, type Exchange } from './exchange.js';
import { lossOf } from './post.js';
import { say } from './say.js';
import type { Target } from './target.js';

const MAX_ENDPOINT = 4096;
/** After its answer has come on the stream. */
const GRACE_MS = 1_000;

export class SseWire implements Wire {
  readonly era = 'legacy';
  readonly attributes = false;
  readonly announces = true;
  broken: Failure | null = null;
  #listener: WireListener | null = null;
  readonly #early: ((listener: WireListener) => void)[] = [];
  /** Where messages go; null: not told yet. */
  #endpoint: string | null = null;
  #held: (() => void)[] = [];
  readonly #posts = new InFlight<number, Exchange>();
  readonly #stream: Exchange;
  #closed = false;

  constructor(private readonly target: Target) {
    const headers = { ...target.headers, accept: 'text/event-stream', 'accept-encoding': 'identity' };
    this.#stream = exchange(
      target.streams,
      { method: 'GET', path: target.path, headers, body: null, lasting: true },
      {
        message: (bytes) => this.#tell((to) => to.message(bytes, null)),
        event: (type, data) => {
          if (type === 'endpoint' && this.#endpoint === null) this.#learn(data);
        },
        ended: (end) => this.#ended(end),
      },
    );
  }

  listen(listener: WireListener): void {
    this.#listener = listener;
    for (const tell of this.#early.splice(0)) tell(listener);
  }

  request({ id, body, headers }: Outgoing): void {
    this.#post(body, headers, (ask) => {
      const ended = (end: End): void => {
        this.#posts.take(id);
        const taken = end.status !== null && end.status >= 200 && end.status < 300 && end.problem === null;
        if (!taken) this.#tell((to) => to.lost(id, lossOf(end)));
      };
      // `Accepted`, in whatever form.
      this.#posts.add(id, exchange(this.target.calls, ask, { message: () => undefined, ended }));
    });
  }

  say(body: Buffer): void {
    this.#post(body, null, (ask) => void say(this.target.calls, ask, () => undefined));
  }

  abandon(id: number): boolean {
    this.#posts.take(id)?.abort();
    return false;
  }

  /** Answers come on the one stream; what its own request is answered with is waited for no longer. */
  done(id: number): void {
    const post = this.#posts.take(id);
    if (post) setTimeout(() => post.abort(), GRACE_MS).unref();
  }

  waiting(): number {
    return 0;
  }

  close(): void {
    this.#end(CLOSED_HERE);
  }

  #post(body: Buffer, extra: Outgoing['headers'], send: (ask: Ask) => void): void {
    if (this.#closed) return;
    const path = this.#endpoint;
    if (path === null) {
      this.#held.push(() => this.#post(body, extra, send));
      return;
    }
    const headers = { ...this.target.headers, ...extra, 'content-type': 'application/json' };
    send({ method: 'POST', path, headers, body, lasting: false });
  }

  #learn(data: Buffer): void {
    const text = data.toString('utf8', 0, MAX_ENDPOINT);
    const url = URL.canParse(text, this.target.url.href) ? new URL(text, this.target.url) : null;
    if (url?.origin !== this.target.url.origin) {
      this.broken = badOutput('It sends messages to another host than its own.');
      return this.#end('It sends messages to another host than its own.');
    }
    this.#endpoint = `${url.pathname}${url.search}`;
    for (const go of this.#held.splice(0)) go();
  }

  #ended(end: End): void {
    const loss: Loss = lossOf(end);
    if (loss.reason === 'server_bad_output') this.broken = badOutput(loss.detail);
    this.#end(loss.status === 200 ? 'It ended its stream.' : loss.detail);
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#held = [];
    this.#stream.abort();
    for (const post of this.#posts.values()) post.abort();
    this.#posts.clear();
    this.target.close();
    this.#tell((to) => to.closed(reason));
  }

  #tell(what: (listener: WireListener) => void): void {
    if (this.#listener) what(this.#listener);
    else this.#early.push(what);
  }
}
