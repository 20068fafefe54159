/**
 * Who wants to hear of which resource of one server. The server is asked once a URI, told when nobody is left, and
 * asked again when it has been opened anew.
 */
import { textOf } from '../message/json-members.js';
import type { Call, Hearing, Subscription, UpstreamAnswer } from '../upstream-port.js';

/** URIs of one server that may be subscribed to at once. */
const MOST = 10_000;

interface Interest {
  listeners: Set<Hearing>;
  answer: Promise<UpstreamAnswer>;
  /** The first one counts. */
  settle: (answer: UpstreamAnswer) => void;
  /** Its server has agreed to it once. */
  taken: boolean;
  /** What its server was asked last; null: it is not there yet. */
  call: Call | null;
  /** Until it has been asked: that it did not come. */
  timer: NodeJS.Timeout | null;
}

const DECLINED: UpstreamAnswer = {
  kind: 'answer',
  key: 'error',
  value: Buffer.from('{}'),
  isError: false,
  resultType: null,
};
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

  add(uri: string, hearing: Hearing): Subscription | null {
    const known = this.#uris.get(uri);
    if (!known && this.#uris.size >= MOST) return null;
    const interest = known ?? this.#begin(uri);
    if (!interest) return null;
    if (!known) {
      this.#uris.set(uri, interest);
      void interest.answer.then((answer) => {
        const refused = answer.kind !== 'answer' || answer.key === 'error';
        if (refused) this.#end(uri, interest, answer);
      });
    }
    interest.listeners.add(hearing);
    return { answer: interest.answer, close: () => this.#remove(uri, interest, hearing) };
  }

  /** A resource below a subscribed one is meant as well (MCP 2025-11-25, Resources, Subscriptions). */
  heard(params: Buffer): void {
    const uri = textOf(params, 'uri');
    if (uri === null) return;
    for (const [subscribed, { listeners }] of this.#uris) {
      if (uri !== subscribed && !uri.startsWith(subscribed.endsWith('/') ? subscribed : `${subscribed}/`)) continue;
      for (const { told } of listeners) told(params);
    }
  }

  /** Where the server before has not answered, this one does. */
  renew(): void {
    for (const [uri, interest] of this.#uris) {
      const call = this.#subscribe(uri);
      if (call) this.#asked(uri, interest, call);
    }
  }

  /** Its server thinks better of what it agreed to. */
  declined(uri: string): void {
    const interest = this.#uris.get(uri);
    if (interest?.taken) this.#end(uri, interest, DECLINED);
  }

  #begin(uri: string): Interest | null {
    const call = this.#subscribe(uri);
    const wait = call ? 0 : this.wait();
    if (!call && wait === 0) return null;
    let settle: (answer: UpstreamAnswer) => void = () => undefined;
    const answer = new Promise<UpstreamAnswer>((resolve) => (settle = resolve));
    const interest: Interest = { listeners: new Set(), answer, settle, taken: false, call: null, timer: null };
    if (call) this.#asked(uri, interest, call);
    else interest.timer = setTimeout(() => settle(NOT_COMING), wait).unref();
    return interest;
  }

  #subscribe(uri: string): Call | null {
    return this.ask('resources/subscribe', Buffer.from(`"uri":${JSON.stringify(uri)}`), uri);
  }

  #unsubscribe(uri: string): void {
    this.ask('resources/unsubscribe', Buffer.from(`"uri":${JSON.stringify(uri)}`), uri);
  }

  /** From now on its answer is the one that counts. */
  #asked(uri: string, interest: Interest, call: Call): void {
    if (interest.timer) clearTimeout(interest.timer);
    interest.timer = null;
    interest.call = call;
    void call.answer.then((answer) => {
      if (interest.call !== call) return;
      const before = interest.taken;
      interest.taken ||= answer.kind === 'answer' && answer.key === 'result';
      if (!before) interest.settle(answer);
      else if (isFinal(answer)) this.#end(uri, interest, answer);
    });
  }

  #end(uri: string, interest: Interest, answer: UpstreamAnswer): void {
    if (this.#uris.get(uri) !== interest) return;
    this.#uris.delete(uri);
    // It may have taken it all the same.
    if (interest.call && answer.kind === 'refused' && answer.reason === 'timeout') this.#unsubscribe(uri);
    if (interest.taken) for (const { declined } of [...interest.listeners]) declined();
  }

  #remove(uri: string, interest: Interest, hearing: Hearing): void {
    interest.listeners.delete(hearing);
    if (interest.listeners.size > 0 || this.#uris.get(uri) !== interest) return;
    this.#uris.delete(uri);
    if (interest.call) return this.#unsubscribe(uri);
    if (interest.timer) clearTimeout(interest.timer);
    interest.settle({ kind: 'cancelled' });
  }
}

/** Whoever was asked again and did not take it; one that ended meanwhile is asked once more when it is back. */
function isFinal(answer: UpstreamAnswer): boolean {
  if (answer.kind === 'answer') return answer.key === 'error';
  return answer.kind === 'refused' && (answer.reason === 'timeout' || answer.reason === 'busy');
}
