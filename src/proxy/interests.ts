/**
 * Who wants to hear of which resource of one server. The server is asked once a URI, told when nobody is left, and
 * asked again when it has been opened anew.
 */
import { textOf } from './json-members.js';
import type { Call, Subscription, UpstreamAnswer } from './upstream-port.js';

/** URIs of one server that may be subscribed to at once. */
const MOST = 10_000;

type Updated = (params: Buffer) => void;

interface Interest {
  listeners: Set<Updated>;
  answer: Promise<UpstreamAnswer>;
  /** Its server is not there yet: what it answers, or that it did not come. null: it has been asked. */
  later: ((answer: UpstreamAnswer) => void) | null;
}

const NOT_COMING: UpstreamAnswer = {
  kind: 'refused',
  reason: 'unavailable',
  detail: 'its server did not come in time',
};

export class Interests {
  readonly #uris = new Map<string, Interest>();

  /**
   * @param ask sends resources/subscribe or resources/unsubscribe; null: the server cannot be asked now.
   * @param wait milliseconds within which it is expected, so that `renew` will be called; 0: it is not.
   */
  constructor(
    private readonly ask: (method: string, members: Buffer, uri: string) => Call | null,
    private readonly wait: () => number = () => 0,
  ) {}

  get size(): number {
    return this.#uris.size;
  }

  add(uri: string, updated: Updated): Subscription | null {
    const known = this.#uris.get(uri);
    if (!known && this.#uris.size >= MOST) return null;
    const interest = known ?? this.#begin(uri);
    if (!interest) return null;
    if (!known) {
      this.#uris.set(uri, interest);
      void interest.answer.then((answer) => {
        const refused = answer.kind !== 'answer' || answer.key === 'error';
        if (refused && this.#uris.get(uri) === interest) this.#uris.delete(uri);
      });
    }
    interest.listeners.add(updated);
    return { answer: interest.answer, close: () => this.#remove(uri, interest, updated) };
  }

  /** A resource below a subscribed one is meant as well (MCP 2025-11-25, Resources, Subscriptions). */
  heard(params: Buffer): void {
    const uri = textOf(params, 'uri');
    if (uri === null) return;
    for (const [subscribed, { listeners }] of this.#uris) {
      if (uri !== subscribed && !uri.startsWith(subscribed.endsWith('/') ? subscribed : `${subscribed}/`)) continue;
      for (const updated of listeners) updated(params);
    }
  }

  renew(): void {
    for (const [uri, interest] of this.#uris) {
      const call = this.#subscribe(uri);
      if (call && interest.later) void call.answer.then(interest.later);
      if (call) interest.later = null;
    }
  }

  #begin(uri: string): Interest | null {
    const call = this.#subscribe(uri);
    if (call) return { listeners: new Set(), answer: call.answer, later: null };
    const wait = this.wait();
    if (wait === 0) return null;
    let later: (answer: UpstreamAnswer) => void = () => undefined;
    const answer = new Promise<UpstreamAnswer>((resolve) => (later = resolve));
    setTimeout(() => later(NOT_COMING), wait).unref();
    return { listeners: new Set(), answer, later };
  }

  #subscribe(uri: string): Call | null {
    return this.ask('resources/subscribe', Buffer.from(`"uri":${JSON.stringify(uri)}`), uri);
  }

  #remove(uri: string, interest: Interest, updated: Updated): void {
    interest.listeners.delete(updated);
    if (interest.listeners.size > 0 || this.#uris.get(uri) !== interest) return;
    this.#uris.delete(uri);
    interest.later?.({ kind: 'cancelled' });
    this.ask('resources/unsubscribe', Buffer.from(`"uri":${JSON.stringify(uri)}`), uri);
  }
}
