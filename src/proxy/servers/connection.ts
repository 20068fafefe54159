/**
 * One run of one server after its handshake: requests go out, answers come back to who asked, and what the server says
 * meanwhile goes to the call that it belongs to. Where that is not certain nobody hears it, and what it asks is declined.
 */
import type { Channel } from '../../mcp/channel.js';
import { CLOSED_HERE, type Loss, type Wire } from '../../mcp/wire.js';
import type { Json, JsonObject } from '../../model/definitions.js';
import { mirrorHeaders, type Mirrored } from '../../wire/mirror.js';
import { Flights, type CallBounds } from './flights.js';
import { valueOf, withMembers } from '../message/json-members.js';
import { LogFloor } from './log-floor.js';
import { methodFromServer } from '../message/methods.js';
import { envelopeOf, legacyMeta, listenId, progressTokenOf } from './own-meta.js';
import type { Pending } from './pending.js';
import { scan, type Message } from '../message/scan.js';
import { relatedTask } from '../message/task-form.js';
import { requestLine } from '../message/splice.js';
import type { LogLevel, RefusedRequest, TakeBack, UpstreamAnswer } from '../upstream-port.js';

/** Bytes that may wait for a server that does not read its stdin. */
const MAX_UNREAD = 8 * 1024 * 1024;
/** Things a server says that nobody can use are told this often, then only endured. */
const MAX_COMPLAINTS = 5;
/** Questions that a server may have waiting in the course of one call. */
const MAX_ASKED = 16;
/** Calls wait so long for the answer to logging/setLevel. */
const LONGEST_LEVEL_MS = 1_000;
/** Tasks whose progress is still heard of; of the oldest it is not. */
const MAX_LATE = 2048;

export interface ConnectionEvents {
  /** It says that its tools or prompts are others now, or may have said so unheard. */
  listChanged: () => void;
  /** Params of notifications/resources/updated. */
  resourceUpdated: (params: Buffer) => void;
  /** What a modern server says about a subscription. @param id of the subscriptions/listen. */
  acknowledged: (id: number, params: Buffer) => void;
  /** Params of notifications/tasks/status. */
  taskStatus: (params: Buffer) => void;
  /** That came back unread: it may be sent once more, elsewhere or later. */
  unread: (pending: Pending, loss: Loss) => void;
  /** It takes nothing new. */
  over: (reason: string) => void;
  complain: (what: string) => void;
  /** A request of its own that was put to nobody. */
  refused: (method: string, reason: RefusedRequest['reason']) => void;
}

export interface ConnectionOptions {
  wire: Wire;
  bounds: CallBounds;
  clientInfo: { name: string; version: string };
  /** All its calls are one session's. */
  exclusive: boolean;
  /** It has declared that it can be told from which severity on to report. */
  logs: boolean;
  /** Tool → parameters that go into headers too. */
  mirrored: ReadonlyMap<string, readonly Mirrored[]>;
  events: ConnectionEvents;
}

interface Own {
  answered: (before: Buffer, after: Buffer) => void;
  lost: (reason: string) => void;
}

export class Connection {
  readonly flights: Flights;
  readonly wire: Wire;
  /** The proxy's own requests, by id. */
  readonly #own = new Map<number, Own>();
  /** What it asks agents, by the JSON text of its id. */
  readonly #questions = new Map<string, TakeBack>();
  /** Of calls that have become tasks: progress under their ids. */
  readonly #late = new Map<number, (params: Buffer) => boolean>();
  readonly #envelope: (pending: Pending) => Buffer | null;
  /** null: it reports nothing, or nothing that anybody could hear; or each request says by itself what it wants. */
  readonly #logFloor: LogFloor | null;
  #complaints = 0;
  #over = false;

  constructor(private readonly options: ConnectionOptions) {
    const { wire, bounds, clientInfo, exclusive, logs } = options;
    this.wire = wire;
    const heard = logs && wire.era === 'legacy' && (wire.attributes || exclusive);
    this.#logFloor = heard ? new LogFloor((level, done) => this.#tellLevel(level, done)) : null;
    this.#envelope = wire.era === 'modern' ? envelopeOf(clientInfo) : legacyMeta;
    this.flights = new Flights(bounds, {
      send: (id, pending) => this.#send(id, pending),
      left: (id, why) => this.#left(id, why),
      late: (id, progress) => this.#keepLate(id, progress),
    });
    wire.listen({
      message: (bytes, about) => this.#receive(bytes, about),
      lost: (id, loss) => this.#lost(id, loss),
      missed: () => options.events.listChanged(),
      retired: (reason) => this.retire(reason),
      closed: (reason) => this.#closed(reason),
    });
  }

  get over(): boolean {
    return this.#over;
  }

  take(pending: Pending): void {
    const { logLevel } = pending.request;
    if (logLevel === null || this.#logFloor === null) return this.#take(pending);
    if (this.flights.wait(pending)) {
      this.#logFloor.before(logLevel, () => this.flights.ready(pending, this.#room));
    }
  }

  #take(pending: Pending): void {
    this.flights.take(pending, this.#room);
  }

  get #room(): boolean {
    return this.wire.waiting() <= MAX_UNREAD;
  }

  /** A server that does not answer that is called all the same. */
  #tellLevel(level: LogLevel, done: () => void): void {
    const method = 'logging/setLevel';
    const told = (): void => {
      clearTimeout(timer);
      done();
    };
    // The calls that wait for it have time left for their own answers.
    const milliseconds = Math.min(LONGEST_LEVEL_MS, this.flights.bounds.milliseconds / 2);
    const timer = setTimeout(() => {
      this.forget(id);
      done();
    }, milliseconds).unref();
    const id = this.ask(method, (own) => ({ jsonrpc: '2.0', id: own, method, params: { level } }), {
      answered: told,
      lost: told,
    });
  }

  /** A channel beside the calls, one at a time, for lists: its ids are replaced on the way out and put back on the way in. */
  aside(): Channel {
    let listener: (line: Buffer) => void = () => undefined;
    let closed: (reason: string) => void = () => undefined;
    return {
      send: (line) => {
        const { id, method, ...rest } = JSON.parse(line.toString()) as { id?: Json; method?: string };
        if (typeof id !== 'number' || method === undefined) return;
        this.ask(method, (own) => ({ ...rest, method, id: own }), {
          answered: (before, after) => listener(Buffer.concat([before, Buffer.from(String(id)), after])),
          lost: (reason) => closed(reason),
        });
      },
      onLine: (next) => (listener = next),
      onClose: (next) => (closed = next),
      close: () => undefined,
    };
  }

  /** A request of the proxy's own. @returns its id. */
  ask(method: string, message: (id: number) => JsonObject, own: Own): number {
    const id = this.flights.nextId();
    this.#own.set(id, own);
    const body = Buffer.from(JSON.stringify(message(id)));
    this.wire.request({ id, method, name: null, body, headers: null });
    return id;
  }

  /** Nobody waits for a request of the proxy's own any more. */
  forget(id: number): void {
    if (this.#own.delete(id)) this.#left(id, 'it is needed no more');
  }

  /** Takes nothing new; what waits goes elsewhere, what is under way may finish. */
  retire(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    for (const pending of this.flights.unqueue()) this.options.events.unread(pending, unsent(reason));
    this.options.events.over(reason);
    void this.flights.idle().then(() => this.wire.close());
  }

  #send(id: number, pending: Pending): void {
    const { method, members, name, headers } = pending.request;
    const body = requestLine(id, method, members, this.#envelope(pending));
    const mirrored = name !== null && method === 'tools/call' ? this.options.mirrored.get(name) : undefined;
    const all = mirrored ? { ...headers, ...mirrorHeaders(mirrored, argumentsOf(members)) } : headers;
    this.wire.request({ id, method, name, body, headers: all });
  }

  #left(id: number, reason: string): void {
    if (this.wire.abandon(id)) return;
    this.#say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason } });
  }

  #receive(bytes: Buffer, about: number | null): void {
    const found = scan(bytes, { trusting: true, most: 1000 });
    if (!found.ok) return this.#complain(`something that is no message: ${found.problem}`);
    for (const message of found.messages) {
      if (message.method !== null) this.#spoken(bytes, message, message.method, about);
      else this.#answered(bytes, message, about);
    }
  }

  #answered(bytes: Buffer, message: Message, about: number | null): void {
    const { id: span, whole } = message;
    let id = span ? Number(bytes.toString('latin1', span.start, span.end)) : NaN;
    // On a stream of its own, an error without an id can only be about that request.
    if (about !== null && message.error && (span === null || bytes[span.start] === LETTER_N)) id = about;
    if (about !== null && id !== about) return this.#complain("an answer to another request than its stream's");
    const own = this.#own.get(id);
    if (own && span) {
      this.#own.delete(id);
      this.wire.done(id);
      return own.answered(bytes.subarray(whole.start, span.start), bytes.subarray(span.end, whole.end));
    }
    const value = message.result ?? message.error;
    if (!value) return;
    const { isError, resultType } = message;
    const heard = this.flights.settle(id, {
      kind: 'answer',
      key: message.result ? 'result' : 'error',
      value: bytes.subarray(value.start, value.end),
      isError,
      resultType,
    });
    if (heard) this.wire.done(id);
    else this.#complain('an answer that nobody waits for');
  }

  #spoken(bytes: Buffer, { id, params: span }: Message, method: string, about: number | null): void {
    const action = methodFromServer(method, id !== null);
    const params = span ? bytes.subarray(span.start, span.end) : EMPTY;
    switch (action) {
      case 'relist':
        return this.options.events.listChanged();
      case 'updated':
        return this.options.events.resourceUpdated(params);
      case 'task_status':
        return this.options.events.taskStatus(params);
      case 'acknowledged':
        return this.options.events.acknowledged(about ?? listenId(params), params);
      case 'progress':
        return this.#progressed(params, about);
      case 'to_call':
        return this.#speaker(about, params)?.request.listener?.notification(method, params);
      case 'take_back':
        return this.#takeBack(params);
      case 'ignore':
        return;
      case 'pong':
      case 'ask_agent':
      case 'refuse':
        if (!id) return;
        return this.#question(method, action, bytes.toString('utf8', id.start, id.end), params, about);
    }
  }

  #question(method: string, action: 'pong' | 'ask_agent' | 'refuse', id: string, params: Buffer, about: number | null) {
    // A server of 2026-07-28 asks within its answers, and nothing that is no request or notification is sent to it.
    if (this.wire.era === 'modern') {
      this.options.events.refused(method, 'unknown_request');
      return this.#complain(`a request (${method.slice(0, 64)}) of its own`);
    }
    if (action === 'pong') return this.#reply(id, '"result":{}');
    // Of whatever kind: to refuse it is whoever's it would be.
    const speaker = this.#speaker(about, params);
    const listener = speaker?.request.listener;
    if (!speaker || !listener || speaker.questions.size >= MAX_ASKED) {
      this.options.events.refused(method, listener ? 'busy' : 'no_request');
      return this.#reply(id, '"error":{"code":-32601,"message":"Method not found"}');
    }
    let unask: TakeBack = () => undefined;
    const takeBack = (): void => {
      if (over()) unask();
    };
    const over = (): boolean => {
      if (this.#questions.get(id) === takeBack) this.#questions.delete(id);
      return speaker.questions.delete(takeBack);
    };
    speaker.questions.add(takeBack);
    this.#questions.set(id, takeBack);
    const token = progressTokenOf(params);
    unask = listener.request(method, params, {
      reply: (answer) => {
        if (!over()) return;
        const [key, value] = 'result' in answer ? ['result', answer.result] : ['error', answer.error];
        this.#reply(id, `"${key}":${value.toString('utf8')}`);
      },
      progress: token && ((said) => this.#tell('notifications/progress', withMembers(said, { progressToken: token }))),
    });
    // Its call may have ended while it was asked.
    if (!speaker.questions.has(takeBack)) unask();
  }

  /** MCP 2025-11-25, Cancellation: of what it asked, by whom it asked. */
  #takeBack(params: Buffer): void {
    const id = valueOf(params, 'requestId')?.toString('utf8') ?? '';
    this.#questions.get(id)?.();
  }

  /** The call that the server is surely speaking of. */
  #speaker(about: number | null, params: Buffer): Pending | undefined {
    if (about !== null) return this.flights.find(about);
    const task = this.wire.attributes || this.options.exclusive ? relatedTask(params) : null;
    if (task !== null) {
      // Whoever waits for that task (MCP 2025-11-25, Tasks, Input Required Status).
      const waits = ({ request: { method, name } }: Pending): boolean => method === 'tasks/result' && name === task;
      const waiting = this.flights.latest(waits);
      if (waiting) return waiting;
    }
    if (!this.options.exclusive) return undefined;
    return this.flights.latest(({ request }) => request.listener !== null);
  }

  #progressed(params: Buffer, about: number | null): void {
    const id = Number(valueOf(params, 'progressToken')?.toString('latin1') ?? 'none');
    const late = this.#late.get(id);
    if (late && !late(params)) this.#late.delete(id);
    if (late || (about !== null && id !== about)) return;
    this.flights.find(id)?.request.listener?.notification('notifications/progress', params);
  }

  #keepLate(id: number, progress: (params: Buffer) => boolean): void {
    this.#late.set(id, progress);
    for (const [oldest] of this.#late) {
      if (this.#late.size <= MAX_LATE) break;
      this.#late.delete(oldest);
    }
  }

  #reply(id: string, answer: string): void {
    // A server that asks and never reads gets no more answers than fit.
    if (this.#room) this.wire.say(Buffer.from(`{"jsonrpc":"2.0","id":${id},${answer}}`), null);
  }

  #tell(method: string, params: Buffer): void {
    if (this.#room)
      this.wire.say(Buffer.from(`{"jsonrpc":"2.0","method":"${method}","params":${params.toString('utf8')}}`), method);
  }

  #lost(id: number, loss: Loss): void {
    const own = this.#own.get(id);
    if (own) {
      this.#own.delete(id);
      return own.lost(loss.detail);
    }
    const pending = this.flights.remove(id);
    if (!pending) return;
    // Unread is sure only where it was not sent at all, or its session was not known.
    const unread = loss.reached === 'no' && (loss.status === null || loss.status === 404);
    if (unread && !pending.resent) {
      pending.resent = true;
      return this.options.events.unread(pending, loss);
    }
    pending.settle({ kind: 'refused', reason: loss.reason, detail: inProse(loss.detail) });
  }

  #closed(reason: string): void {
    const first = !this.#over;
    // What comes back unread now is not to be taken here again.
    this.#over = true;
    const unqueued = this.flights.failAll(endedBy(this.wire, reason));
    for (const own of [...this.#own.values()]) own.lost(reason);
    this.#own.clear();
    for (const pending of unqueued) this.options.events.unread(pending, unsent(reason));
    if (first) this.options.events.over(reason);
  }

  /** A modern server is told nothing of the kind: it asks within a call. */
  tell(method: string): void {
    if (!this.over && this.wire.era === 'legacy') this.#say({ jsonrpc: '2.0', method });
  }

  #say(message: JsonObject): void {
    this.wire.say(Buffer.from(JSON.stringify(message)), typeof message.method === 'string' ? message.method : null);
  }

  #complain(what: string): void {
    if (this.#complaints++ < MAX_COMPLAINTS) this.options.events.complain(what);
  }
}

const EMPTY = Buffer.from('{}');
const LETTER_N = 0x6e;

/** Parsed only for a tool that asks for it. */
function argumentsOf(members: Buffer): JsonObject {
  const args = valueOf(Buffer.concat([Buffer.from('{'), members, Buffer.from('}')]), 'arguments');
  return args ? (JSON.parse(args.toString('utf8')) as JsonObject) : {};
}

/** Its server goes on, and may have carried it out. */
const CUT_OFF = {
  kind: 'refused',
  reason: 'cut_off',
  detail: 'the proxy let go of its server before it answered; it may have been carried out all the same',
} as const;

function unsent(detail: string): Loss {
  return { reached: 'no', reason: 'unavailable', detail, status: null };
}

function endedBy(wire: Wire, reason: string): UpstreamAnswer {
  if (reason === CLOSED_HERE && !wire.broken) return CUT_OFF;
  return wire.broken
    ? { kind: 'refused', reason: 'server_bad_output', detail: 'its server wrote an endless line and was stopped' }
    : { kind: 'refused', reason: 'server_exited', detail: inProse(`its server ended before it answered. ${reason}`) };
}

/** Details stand in the middle of a sentence. */
function inProse(text: string): string {
  return text.replace(/\.$/, '').replace(/^It /, 'its server ').replace(/^Its /, 'its ');
}
