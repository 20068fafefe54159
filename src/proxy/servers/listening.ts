/**
 * What a modern server announces, by one `subscriptions/listen` at a time (MCP 2026-07-28, Subscriptions): changes of its
 * lists, and of the resources and tasks that somebody subscribed to. Another set of them is another stream; the old one ends
 * when the new one is acknowledged, so that nothing is missed between them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from '../../model/definitions.js';
import { TASKS_EXTENSION } from '../../policy/task-support.js';
import type { Connection } from './connection.js';
import { valueOf } from '../message/json-members.js';
import { codeOf } from '../message/translate-result.js';
import type { Call, UpstreamAnswer } from '../upstream-port.js';

/** Interests that come together make one stream. */
const GATHER_MS = 10;
const AGAIN_MS = 1_000;
const LONGEST_MS = 30_000;
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

const AGREED: UpstreamAnswer = {
  kind: 'answer',
  key: 'result',
  value: Buffer.from('{}'),
  isError: false,
  resultType: null,
};
const DECLINED: UpstreamAnswer = {
  kind: 'answer',
  key: 'error',
  value: Buffer.from('{"code":-32601,"message":"The server announces no updates of this resource"}'),
  isError: false,
  resultType: null,
};
const ENDED: UpstreamAnswer = {
  kind: 'refused',
  reason: 'server_exited',
  detail: 'its server ended before it acknowledged the subscription',
};
/** A server that never acknowledges holds up nobody for longer, even where calls may take longer. */
const LONGEST_UNACKNOWLEDGED_MS = 10_000;
/** JSON-RPC: no such method. Asking for less changes nothing. */
const NO_SUCH_METHOD = -32601;

type Field = 'resourceSubscriptions' | 'taskIds';

interface Wanted {
  field: Field;
  what: string;
  /** The first answer counts. */
  settle: (answer: UpstreamAnswer) => void;
  /** A stream with it has been acknowledged: it is not for its sake that one is refused. */
  proven: boolean;
  /** So it was, on whatever stream. */
  agreed: boolean;
}

export interface ListeningEvents {
  /** Something may have been said while nobody listened. */
  missed: () => void;
  /** What its server agreed to once it does no more. */
  declined: (field: Field, what: string) => void;
}

export class Listening {
  /** By field and name. */
  readonly #wanted = new Map<string, Wanted>();
  #current: number | null = null;
  #next: number | null = null;
  /** What the newest stream was asked for: what came later is answered by the next one. */
  #asked: readonly Wanted[] = [];
  /** Another stream is wanted, once the newest one is acknowledged or overdue. */
  #stale = false;
  /** The newest stream has had its time: it may still be acknowledged, but nothing waits for that. */
  #overdue = false;
  /** Unproven ones in one stream: fewer after a refusal, so that one does not have the others refused. */
  #most = Infinity;
  #acknowledged = false;
  #gathering = false;
  #wait = AGAIN_MS;

  constructor(
    private readonly connection: Connection,
    private readonly capabilities: JsonObject,
    private readonly envelope: JsonObject,
    private readonly events: ListeningEvents,
  ) {
    if (Object.keys(this.#lists()).length > 0) void this.#gather();
  }

  /** Whether changes of its lists would be heard. */
  get announces(): boolean {
    return this.#acknowledged && 'toolsListChanged' in this.#lists();
  }

  /** Answered when the server has agreed, as `resources/subscribe` is elsewhere. */
  add(uri: string): Call {
    return this.#add('resourceSubscriptions', uri);
  }

  remove(uri: string): void {
    this.#remove('resourceSubscriptions', uri);
  }

  /** As `add`, of a task by the server's own id. */
  addTask(raw: string): Call {
    return this.#add('taskIds', raw);
  }

  removeTask(raw: string): void {
    this.#remove('taskIds', raw);
  }

  acknowledged(id: number, params: Buffer): void {
    if (id !== this.#next) return;
    if (this.#current !== null) this.connection.forget(this.#current);
    this.#current = id;
    this.#next = null;
    this.#acknowledged = true;
    this.#wait = AGAIN_MS;
    this.#most *= 2;
    const agreed = {
      resourceSubscriptions: agreedOf(params, 'resourceSubscriptions'),
      taskIds: agreedOf(params, 'taskIds'),
    };
    for (const wanted of this.#asked) {
      if (agreed[wanted.field].has(wanted.what)) {
        wanted.proven = wanted.agreed = true;
        wanted.settle(AGREED);
      } else this.#decline(wanted);
    }
    if (this.#stale) void this.#gather();
  }

  get #patience(): number {
    return Math.min(this.connection.flights.bounds.milliseconds, LONGEST_UNACKNOWLEDGED_MS);
  }

  #add(field: Field, what: string): Call {
    const milliseconds = this.#patience;
    const answer = new Promise<UpstreamAnswer>((resolve) => {
      // It stays wanted: whoever was told that it was refused takes it back, whoever had it before does not.
      const timer = setTimeout(() => {
        const detail = `the subscription was not acknowledged within ${milliseconds / 1000} s`;
        resolve({ kind: 'refused', reason: 'timeout', detail });
      }, milliseconds).unref();
      const settle = (given: UpstreamAnswer): void => {
        clearTimeout(timer);
        resolve(given);
      };
      this.#wanted.set(keyOf(field, what), { field, what, settle, proven: false, agreed: false });
    });
    void this.#gather();
    return { answer, cancel: () => this.#remove(field, what) };
  }

  #remove(field: Field, what: string): void {
    const key = keyOf(field, what);
    const wanted = this.#wanted.get(key);
    if (!wanted) return;
    this.#wanted.delete(key);
    wanted.settle({ kind: 'cancelled' });
    void this.#gather();
  }

  #decline(wanted: Wanted): void {
    wanted.settle(DECLINED);
    const key = keyOf(wanted.field, wanted.what);
    if (this.#wanted.get(key) !== wanted) return;
    this.#wanted.delete(key);
    // Who was told long ago that it was agreed to.
    if (wanted.agreed) this.events.declined(wanted.field, wanted.what);
  }

  async #gather(): Promise<void> {
    if (this.#gathering) return;
    this.#gathering = true;
    await sleep(GATHER_MS);
    this.#gathering = false;
    this.#open();
  }

  #open(): void {
    if (this.connection.over) return this.#settleAll();
    if (this.#next !== null && !this.#overdue) {
      this.#stale = true;
      return;
    }
    if (this.#next !== null) this.connection.forget(this.#next);
    this.#next = null;
    this.#asked = this.#choose();
    this.#stale = this.#asked.length < this.#wanted.size;
    const resourceSubscriptions = namesOf(this.#asked, 'resourceSubscriptions');
    const taskIds = namesOf(this.#asked, 'taskIds');
    const notifications: JsonObject = {
      ...this.#lists(),
      ...(resourceSubscriptions.length > 0 && { resourceSubscriptions }),
      ...(taskIds.length > 0 && { taskIds }),
    };
    const _meta = taskIds.length > 0 ? withTasks(this.envelope) : this.envelope;
    const params: JsonObject = { notifications, _meta };
    const id = this.connection.ask(
      'subscriptions/listen',
      (own) => ({ jsonrpc: '2.0', id: own, method: 'subscriptions/listen', params }),
      // An answer ends the stream, whatever it says; an error before the acknowledgement means that there is none.
      { answered: (before, after) => this.#answered(id, before, after), lost: () => this.#lost(id) },
    );
    this.#next = id;
    this.#overdue = false;
    // Whoever came meanwhile has time left for the next one.
    setTimeout(() => this.#late(id), this.#patience / 2).unref();
  }

  /** Those that were agreed to, and as many others as may come with them. */
  #choose(): Wanted[] {
    let unproven = 0;
    return [...this.#wanted.values()].filter(({ proven }) => proven || ++unproven <= this.#most);
  }

  #late(id: number): void {
    if (id !== this.#next) return;
    this.#overdue = true;
    if (this.#stale) this.#open();
  }

  #answered(id: number, before: Buffer, after: Buffer): void {
    if (id !== this.#next) return this.#lost(id);
    this.#next = null;
    const unproven = this.#asked.filter(({ proven }) => !proven);
    if (unproven.length > 1 && errorCode(before, after) !== NO_SUCH_METHOD) {
      this.#most = Math.ceil(unproven.length / 2);
      this.#stale = true;
    } else if (unproven.length > 0) {
      for (const wanted of unproven) this.#decline(wanted);
      // Without them: what was listened to before is listened to again.
      if (this.#current === null && this.#listensForAny()) this.#stale = true;
    } else if (this.#current === null && this.#asked.length > 0) {
      // It agreed to all of these before; of which it thinks better now is found out as if they were new.
      for (const wanted of this.#asked) wanted.proven = false;
      this.#most = Math.ceil(this.#asked.length / 2);
      return void this.#later();
    }
    if (this.#stale) void this.#gather();
  }

  #listensForAny(): boolean {
    return this.#wanted.size > 0 || Object.keys(this.#lists()).length > 0;
  }

  #lost(id: number): void {
    if (id === this.#current) {
      this.#current = null;
      this.#acknowledged = false;
    } else if (id === this.#next) {
      this.#next = null;
      this.#stale = true;
    } else return;
    if (this.connection.over) this.#settleAll();
    else if (this.#next === null) void this.#later();
  }

  async #later(): Promise<void> {
    const wait = this.#wait;
    this.#wait = Math.min(wait * 2, LONGEST_MS);
    await sleep(wait, undefined, { ref: false });
    if (this.#next !== null || (this.#current !== null && !this.#stale)) return;
    const missed = this.#current === null && !this.connection.over;
    this.#open();
    if (missed) this.events.missed();
  }

  /** Its server is asked again when it is back, by whoever still wants them then. */
  #settleAll(): void {
    for (const { settle } of this.#wanted.values()) settle(ENDED);
  }

  #lists(): JsonObject {
    const announces = (kind: string): boolean => {
      const capability = this.capabilities[kind];
      return typeof capability === 'object' && capability !== null && 'listChanged' in capability;
    };
    return {
      ...(announces('tools') && { toolsListChanged: true }),
      ...(announces('prompts') && { promptsListChanged: true }),
    };
  }
}

/** Who asks for tasks declares that it knows them. */
function withTasks(envelope: JsonObject): JsonObject {
  const declared = envelope[CAPABILITIES];
  const own = isObject(declared) ? declared : {};
  const extensions = { ...(isObject(own['extensions']) && own['extensions']), [TASKS_EXTENSION]: {} };
  return { ...envelope, [CAPABILITIES]: { ...own, extensions } };
}

function keyOf(field: Field, what: string): string {
  return `${field} ${what}`;
}

function namesOf(wanted: readonly Wanted[], of: Field): string[] {
  return wanted.filter(({ field }) => field === of).map(({ what }) => what);
}

/** Of an answer around its id; null: it is none of an error. */
function errorCode(before: Buffer, after: Buffer): number | null {
  const error = valueOf(Buffer.concat([before, Buffer.from('0'), after]), 'error');
  return error && codeOf(error);
}

function agreedOf(params: Buffer, what: Field): Set<unknown> {
  const agreed = valueOf(params, 'notifications');
  const found = agreed ? valueOf(agreed, what) : null;
  const list: unknown = found ? JSON.parse(found.toString('utf8')) : [];
  return new Set(Array.isArray(list) ? list : []);
}
