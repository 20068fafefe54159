/**
 * One run of one server after its handshake: calls go out, answers and progress come back to who asked, and what the
 * server asks is declined, for nothing was offered to it. What it logs could belong to anyone: nobody hears it.
 */
import type { Channel } from '../mcp/channel.js';
import type { BridgeChannel } from './bridge-channel.js';
import { Calls, type CallBounds } from './calls.js';
import { methodFromServer } from './methods.js';
import { scan, type Message } from './scan.js';
import { valueOf, withMembers } from './json-members.js';
import { requestLine } from './splice.js';
import type { Call, UpstreamAnswer, UpstreamRequest } from './upstream-port.js';

/** Bytes that may wait for a server that does not read its stdin. */
const MAX_UNREAD = 8 * 1024 * 1024;
/** Things a server says that nobody can use are told this often, then only endured. */
const MAX_COMPLAINTS = 5;

export interface ConnectionEvents {
  /** It says that its tools or prompts are others now. */
  listChanged: () => void;
  /** Params of notifications/resources/updated. */
  resourceUpdated: (params: Buffer) => void;
  complain: (what: string) => void;
}

export class Connection {
  readonly calls: Calls;
  /** Answers to the proxy's own requests, by id. */
  readonly #own = new Map<number, (beforeId: Buffer, afterId: Buffer) => void>();
  #asideClosed: (reason: string) => void = () => undefined;
  #complaints = 0;

  constructor(
    readonly channel: BridgeChannel,
    bounds: CallBounds,
    readonly events: ConnectionEvents,
  ) {
    this.calls = new Calls(bounds, (requestId, reason) =>
      this.#send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } }),
    );
    channel.onLine((line) => this.#receive(line));
    channel.onClose((reason) => {
      this.calls.failAll(endedBy(channel, reason));
      this.#asideClosed(reason);
    });
  }

  request({ method, members, meta, progress, listener, timeoutMs }: UpstreamRequest): Call {
    if (this.calls.full() || this.channel.waiting() > MAX_UNREAD) {
      const answer = { kind: 'refused', reason: 'busy', detail: 'too many calls of its server are under way' } as const;
      return { answer: Promise.resolve(answer), cancel: () => undefined };
    }
    const id = this.calls.nextId();
    const call = this.calls.begin(id, listener, timeoutMs ?? undefined);
    const own = progress ? withMembers(meta ?? NO_META, { progressToken: String(id) }) : meta;
    this.channel.send(requestLine(id, method, members, own));
    return call;
  }

  /** A channel beside the calls, one at a time, for lists: its ids are replaced on the way out and put back on the way in. */
  aside(): Channel {
    let listener: (line: Buffer) => void = () => undefined;
    return {
      send: (line) => {
        const message = JSON.parse(line.toString()) as { id?: number };
        const { id } = message;
        if (id === undefined) return this.#send(message);
        const own = this.calls.nextId();
        this.#own.set(own, (before, after) => listener(Buffer.concat([before, Buffer.from(String(id)), after])));
        this.#send({ ...message, id: own });
      },
      onLine: (next) => (listener = next),
      onClose: (closed) => (this.#asideClosed = closed),
      close: () => this.#own.clear(),
    };
  }

  #receive(line: Buffer): void {
    const found = scan(line, { trusting: true, most: 1000 });
    if (!found.ok) return this.#complain(`a line that is no message: ${found.problem}`);
    for (const message of found.messages) {
      if (message.method !== null) this.#asked(line, message, message.method);
      else this.#answered(line, message);
    }
  }

  #answered(line: Buffer, message: Message): void {
    const id = message.id ? Number(line.toString('latin1', message.id.start, message.id.end)) : NaN;
    const own = this.#own.get(id);
    if (own && message.id) {
      this.#own.delete(id);
      const { whole } = message;
      return own(line.subarray(whole.start, message.id.start), line.subarray(message.id.end, whole.end));
    }
    const span = message.result ?? message.error;
    if (!span) return;
    const key = message.result ? 'result' : 'error';
    const value = line.subarray(span.start, span.end);
    const heard = this.calls.settle(id, {
      kind: 'answer',
      key,
      value,
      isError: message.isError,
      resultType: message.resultType,
    });
    if (!heard) this.#complain('an answer that nobody waits for');
  }

  #asked(line: Buffer, { id, params }: Message, method: string): void {
    const action = methodFromServer(method, id !== null);
    if (action === 'relist') return this.events.listChanged();
    if (action === 'progress' && params) return this.#progressed(line.subarray(params.start, params.end));
    if (action === 'updated' && params) return this.events.resourceUpdated(line.subarray(params.start, params.end));
    if (!id) return;
    const asked = line.toString('utf8', id.start, id.end);
    const answer = action === 'pong' ? '"result":{}' : '"error":{"code":-32601,"message":"Method not found"}';
    // A server that asks and never reads gets no more answers than fit.
    if (this.channel.waiting() <= MAX_UNREAD) this.channel.send(`{"jsonrpc":"2.0","id":${asked},${answer}}`);
  }

  #progressed(params: Buffer): void {
    const token = valueOf(params, 'progressToken')?.toString('latin1') ?? 'none';
    this.calls.listener(Number(token))?.notification('notifications/progress', params);
  }

  #send(message: object): void {
    this.channel.send(JSON.stringify(message));
  }

  #complain(what: string): void {
    if (this.#complaints++ < MAX_COMPLAINTS) this.events.complain(what);
  }
}

const NO_META = Buffer.from('{}');

function endedBy(channel: BridgeChannel, reason: string): UpstreamAnswer {
  return channel.broken
    ? { kind: 'refused', reason: 'server_bad_output', detail: 'its server wrote an endless line and was stopped' }
    : {
        kind: 'refused',
        reason: 'server_exited',
        detail: `its server ended before it answered. ${reason}`.replace(/\.$/, ''),
      };
}
