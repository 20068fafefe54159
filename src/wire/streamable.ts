/**
 * Streamable HTTP to one server. Legacy (2025-03-26 to 2025-11-25): a session from `initialize` to DELETE, a GET stream
 * for what the server says of its own accord. Modern (2026-07-28): every request for itself, its envelope mirrored in
 * headers; subscriptions/listen is a request that stays open.
 */
import { InFlight } from '../mcp/in-flight.js';
import { badOutput } from '../mcp/refusals.js';
import type { Failure } from '../diagnostics/failure.js';
import { CLOSED_HERE, type Era, type Outgoing, type Wire, type WireListener } from '../mcp/wire.js';
import { MODERN_VERSION } from '../mcp/versions.js';
import { exchange, type Exchange } from './exchange.js';
import { GetStream } from './get-stream.js';
import { headerValue } from './mirror.js';
import { Post } from './post.js';
import { say } from './say.js';
import type { Target } from './target.js';

const ACCEPT = 'application/json, text/event-stream';
/** After its answer a stream may stay open so long. */
const GRACE_MS = 1_000;
/** Servers that send no head before the first event are not waited for longer. */
const STREAM_MS = 500;
/** The end of a session is told, and not waited for longer. */
const FAREWELL_MS = 2_000;
const MAX_SESSION_ID = 1024;
/** Whose requests have a name to say in a header (MCP 2026-07-28, Standard Request Headers; Tasks, Routing Headers). */
const NAMED = new Set(['tools/call', 'prompts/get', 'resources/read', 'tasks/get', 'tasks/update', 'tasks/cancel']);

export class StreamableWire implements Wire {
  readonly attributes = true;
  broken: Failure | null = null;
  readonly #open = new InFlight<number, Post>();
  #listener: WireListener | null = null;
  readonly #early: ((listener: WireListener) => void)[] = [];
  #session: string | null = null;
  #version: string | null;
  #stream: GetStream | null = null;
  /** What waits until the server knows that it is initialized. */
  #held: (() => void)[] | null = null;
  #retired = false;
  #closed = false;
  readonly #fixed: Readonly<Record<string, string>>;
  /** Of a request that has nothing of its own to add; made again with each thing that is learned. */
  #known: Record<string, string> | null = null;

  constructor(
    private readonly target: Target,
    readonly era: Era,
  ) {
    this.#version = era === 'modern' ? MODERN_VERSION : null;
    this.#fixed = {
      ...target.headers,
      'content-type': 'application/json',
      accept: ACCEPT,
      'accept-encoding': 'identity',
    };
  }

  get announces(): boolean {
    return this.era === 'modern' || (this.#stream?.open ?? false);
  }

  listen(listener: WireListener): void {
    this.#listener = listener;
    for (const tell of this.#early.splice(0)) tell(listener);
  }

  request(outgoing: Outgoing): void {
    if (this.#closed) return;
    if (this.#held) {
      this.#held.push(() => this.request(outgoing));
      return;
    }
    const { id, method } = outgoing;
    const lasting = method === 'subscriptions/listen';
    const { path, calls, streams } = this.target;
    const ask = { method: 'POST' as const, path, headers: this.#headers(outgoing), body: outgoing.body, lasting };
    let status = 0;
    const post = new Post(lasting ? streams : calls, ask, {
      head: (code, headers) => {
        status = code;
        if (method === 'initialize') this.#learnSession(headers['mcp-session-id']);
      },
      message: (bytes) => {
        if (this.#isExpiry(status) || this.#open.get(id) === undefined) return;
        if (method === 'initialize') this.#learnVersion(bytes);
        this.#tell((to) => to.message(bytes, id));
      },
      resume: (lastEventId) => {
        const expected = this.era === 'legacy' && this.#open.get(id) !== undefined;
        return expected ? { ...this.#streamHeaders(), 'last-event-id': lastEventId } : null;
      },
      over: (loss) => {
        if (!this.#open.take(id)) return;
        const expired = this.#isExpiry(loss.status ?? 0);
        const detail = expired ? 'Its session had expired.' : loss.detail;
        // First, so that what comes back unread does not go the same way again.
        if (expired || (loss.reached === 'no' && loss.status === null)) this.#retire(detail);
        // Without a session there is none that it could not know: what a 404 means is its own to say.
        const reached = loss.status === 404 && !expired ? 'maybe' : loss.reached;
        this.#tell((to) => to.lost(id, { ...loss, reached, detail }));
      },
    });
    this.#open.add(id, post);
  }

  say(body: Buffer, method: string | null): void {
    if (this.#closed) return;
    const initialized = method === 'notifications/initialized';
    if (initialized) this.#held = [];
    const headers = this.#headers({ method, name: null, headers: null });
    const { path, calls } = this.target;
    say(calls, { method: 'POST', path, headers, body, lasting: false }, (status) => {
      if (initialized) this.#begin();
      else if (this.#isExpiry(status ?? 0)) this.#retire('Its session had expired.');
    });
  }

  abandon(id: number): boolean {
    this.#open.take(id)?.abort();
    return this.era === 'modern';
  }

  done(id: number): void {
    this.#open.take(id)?.finish(GRACE_MS);
  }

  waiting(): number {
    return 0; // every request is its own, and the calls are counted
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream?.close();
    for (const post of this.#open.values()) post.abort();
    this.#open.clear();
    this.#tell((to) => to.closed(CLOSED_HERE));
    this.#farewell();
  }

  /** MCP 2025-11-25, Transports, Session Management: a session that is no longer needed is ended by DELETE. */
  #farewell(): void {
    if (this.#session === null || this.#retired) return this.target.close();
    const gone = (): void => {
      clearTimeout(timer);
      this.target.close();
    };
    const ask = { method: 'DELETE' as const, path: this.target.path, headers: this.#streamHeaders(), body: null };
    const leaving: Exchange = exchange(
      this.target.calls,
      { ...ask, lasting: false },
      {
        message: () => undefined,
        ended: gone,
      },
    );
    const timer = setTimeout(() => {
      leaving.abort();
      gone();
    }, FAREWELL_MS);
  }

  /**
   * The server knows that it is initialized, or will never: what waited goes out when the stream for what it says of its
   * own accord is open, so that nothing is said into the void.
   */
  #begin(): void {
    if (this.#closed) return;
    const timer = setTimeout(() => this.#release(), STREAM_MS);
    this.#stream = new GetStream(this.target, () => this.#streamHeaders(), {
      known: () => {
        clearTimeout(timer);
        this.#release();
      },
      message: (bytes) => this.#tell((to) => to.message(bytes, null)),
      missed: () => this.#tell((to) => to.missed()),
      expired: () => this.#retire('Its session had expired.'),
    });
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const go of held) go();
  }

  #headers({ method, name, headers }: Pick<Outgoing, 'name' | 'headers'> & { method: string | null }) {
    if (this.era === 'legacy' && headers === null && method !== 'initialize') return this.#usual;
    const all: Record<string, string> = { ...this.#fixed, ...headers };
    if (this.#version !== null && method !== 'initialize') all['mcp-protocol-version'] = this.#version;
    if (this.#session !== null) all['mcp-session-id'] = this.#session;
    if (this.era === 'modern' && method !== null) {
      all['mcp-method'] = method;
      if (name !== null && NAMED.has(method)) all['mcp-name'] = headerValue(name);
    }
    return all;
  }

  get #usual(): Record<string, string> {
    return (this.#known ??= { ...this.#streamHeaders(), ...this.#fixed });
  }

  #streamHeaders(): Record<string, string> {
    const all: Record<string, string> = { ...this.target.headers, accept: 'text/event-stream' };
    if (this.#version !== null) all['mcp-protocol-version'] = this.#version;
    if (this.#session !== null) all['mcp-session-id'] = this.#session;
    return all;
  }

  #learnSession(id: string | string[] | undefined): void {
    if (id === undefined) return;
    // Visible ASCII only (MCP 2025-11-25, Transports): anything else could say more in a header than an id.
    const fit = typeof id === 'string' && id.length <= MAX_SESSION_ID && /^[\x21-\x7e]+$/.test(id);
    this.#known = null;
    if (fit) this.#session = id;
    else this.broken = badOutput('It gave a session id that is none.');
  }

  #learnVersion(bytes: Buffer): void {
    try {
      const { result } = JSON.parse(bytes.toString('utf8')) as { result?: { protocolVersion?: unknown } };
      const version = result?.protocolVersion;
      if (typeof version === 'string' && /^[\w.-]{1,32}$/.test(version)) {
        this.#version = version;
        this.#known = null;
      }
    } catch {
      // whoever waits for the answer says what is wrong with it
    }
  }

  #isExpiry(status: number): boolean {
    return status === 404 && this.#session !== null;
  }

  /** Takes nothing new; what is under way may finish. */
  #retire(reason: string): void {
    if (this.#retired || this.#closed) return;
    this.#retired = true;
    this.#stream?.close();
    this.#tell((to) => to.retired(reason));
  }

  #tell(what: (listener: WireListener) => void): void {
    if (this.#listener) what(this.#listener);
    else this.#early.push(what);
  }
}
