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
  /** The first one counts. */
  settle: (answer: UpstreamAnswer) => void;
  /** What its server was asked last; null: it is not there yet. */
  call: Call | null;
  /** Until it has been asked: that it did not come. */
  timer: NodeJS.Timeout | null;
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
        if (!refused || this.#uris.get(uri) !== interest) return;
        this.#uris.delete(uri);
        // It may have taken it all the same.
        if (interest.call && answer.kind === 'refused' && answer.reason === 'timeout') this.#unsubscribe(uri);
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

  /** Where the server before has not answered, this one does. */
  renew(): void {
    for (const [uri, interest] of this.#uris) {
      const call = this.#subscribe(uri);
      if (call) asked(interest, call);
    }
  }

  #begin(uri: string): Interest | null {
    const call = this.#subscribe(uri);
    const wait = call ? 0 : this.wait();
    if (!call && wait === 0) return null;
    let settle: (answer: UpstreamAnswer) => void = () => undefined;
    const answer = new Promise<UpstreamAnswer>((resolve) => (settle = resolve));
    const interest: Interest = { listeners: new Set(), answer, settle, call: null, timer: null };
    if (call) asked(interest, call);
    else interest.timer = setTimeout(() => settle(NOT_COMING), wait).unref();
    return interest;
  }

  #subscribe(uri: string): Call | null {
    return this.ask('resources/subscribe', Buffer.from(`"uri":${JSON.stringify(uri)}`), uri);
  }

  #unsubscribe(uri: string): void {
    this.ask('resources/unsubscribe', Buffer.from(`"uri":${JSON.stringify(uri)}`), uri);
  }

  #remove(uri: string, interest: Interest, updated: Updated): void {
    interest.listeners.delete(updated);
    if (interest.listeners.size > 0 || this.#uris.get(uri) !== interest) return;
    this.#uris.delete(uri);
    if (interest.call) return this.#unsubscribe(uri);
    if (interest.timer) clearTimeout(interest.timer);
    interest.settle({ kind: 'cancelled' });
  }
}

/** From now on its answer is the one that counts. */
function asked(interest: Interest, call: Call): void {
  if (interest.timer) clearTimeout(interest.timer);
  interest.timer = null;
  interest.call = call;
  void call.answer.then((answer) => {
    if (interest.call === call) interest.settle(answer);
  });
}
