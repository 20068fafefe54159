/**
 * What a modern server announces, by one `subscriptions/listen` at a time (MCP 2026-07-28, Subscriptions): changes of its
 * lists, and of the resources and tasks that somebody subscribed to. Another set of them is another stream; the old one ends
 * when the new one is acknowledged, so that nothing is missed between them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from '../model/definitions.js';
import { TASKS_EXTENSION } from '../policy/task-support.js';
import type { Connection } from './connection.js';
import { valueOf } from './json-members.js';
import type { Call, UpstreamAnswer } from './upstream-port.js';

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

export class Listening {
  readonly #tasks = new Map<string, (answer: UpstreamAnswer) => void>();
  readonly #uris = new Map<string, (answer: UpstreamAnswer) => void>();
  #current: number | null = null;
  #next: number | null = null;
  /** What the newest stream was asked for: what came later is answered by the next one. */
  #asked: { uris: readonly string[]; tasks: readonly string[] } = { uris: [], tasks: [] };
  #acknowledged = false;
  #gathering = false;
  #wait = AGAIN_MS;

  /** @param missed something may have been said while nobody listened. */
  constructor(
    private readonly connection: Connection,
    private readonly capabilities: JsonObject,
    private readonly envelope: JsonObject,
    private readonly missed: () => void,
  ) {
    if (Object.keys(this.#lists()).length > 0) this.#open();
  }

  /** Whether changes of its lists would be heard. */
  get announces(): boolean {
    return this.#acknowledged && 'toolsListChanged' in this.#lists();
  }

  /** Answered when the server has agreed, as `resources/subscribe` is elsewhere. */
  add(uri: string): Call {
    const answer = new Promise<UpstreamAnswer>((resolve) => this.#uris.set(uri, resolve));
    void this.#gather();
    return { answer, cancel: () => this.remove(uri) };
  }

  remove(uri: string): void {
    if (this.#uris.delete(uri)) void this.#gather();
  }

  /** As `add`, of a task by the server's own id. */
  addTask(raw: string): Call {
    const answer = new Promise<UpstreamAnswer>((resolve) => this.#tasks.set(raw, resolve));
    void this.#gather();
    return { answer, cancel: () => this.removeTask(raw) };
  }

  removeTask(raw: string): void {
    if (this.#tasks.delete(raw)) void this.#gather();
  }

  acknowledged(id: number, params: Buffer): void {
    if (id !== this.#next) return;
    if (this.#current !== null) this.connection.forget(this.#current);
    this.#current = id;
    this.#next = null;
    this.#acknowledged = true;
    this.#wait = AGAIN_MS;
    const tasks = agreedOf(params, 'taskIds');
    for (const raw of this.#asked.tasks) this.#tasks.get(raw)?.(tasks.has(raw) ? AGREED : DECLINED);
    const agreed = agreedOf(params, 'resourceSubscriptions');
    for (const uri of this.#asked.uris) this.#uris.get(uri)?.(agreed.has(uri) ? AGREED : DECLINED);
  }

  async #gather(): Promise<void> {
    if (this.#gathering) return;
    this.#gathering = true;
    await sleep(GATHER_MS);
    this.#gathering = false;
    this.#open();
  }

  #open(): void {
    if (this.connection.over) return;
    if (this.#next !== null) this.connection.forget(this.#next);
    const resourceSubscriptions = [...this.#uris.keys()];
    const taskIds = [...this.#tasks.keys()];
    this.#asked = { uris: resourceSubscriptions, tasks: taskIds };
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
      { answered: () => this.#ended(id, this.#current === id), lost: () => this.#ended(id, true) },
    );
    this.#next = id;
  }

  #ended(id: number, again: boolean): void {
    if (id !== this.#current && id !== this.#next) return;
    if (id === this.#current) this.#current = null;
    else this.#next = null;
    this.#acknowledged = false;
    if (!again) {
      for (const uri of this.#asked.uris) this.#uris.get(uri)?.(DECLINED);
      for (const raw of this.#asked.tasks) {
        this.#tasks.get(raw)?.(DECLINED);
        // It may be for these that it was refused.
        this.#tasks.delete(raw);
      }
    }
    if (again && this.#next === null) void this.#later();
  }

  async #later(): Promise<void> {
    const wait = this.#wait;
    this.#wait = Math.min(wait * 2, LONGEST_MS);
    await sleep(wait, undefined, { ref: false });
    if (this.connection.over || this.#next !== null || this.#current !== null) return;
    this.#open();
    this.missed();
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

function agreedOf(params: Buffer, what: 'taskIds' | 'resourceSubscriptions'): Set<unknown> {
  const agreed = valueOf(params, 'notifications');
  const found = agreed ? valueOf(agreed, what) : null;
  const list: unknown = found ? JSON.parse(found.toString('utf8')) : [];
  return new Set(Array.isArray(list) ? list : []);
}
