/**
 * The tasks that agents have made, each under an id of ours: sealed, so that it is worth nothing to anybody else, later or
 * after a restart (seal.ts). Whoever asks for one is looked up here, so no server's own id is ever taken from an agent,
 * and none that a server gives twice stands for two. Bounded in number and time.
 */
import type { Endpoint } from '../../policy/endpoint.js';
import type { Caller } from '../identity/authenticate.js';
import { textOf } from '../message/json-members.js';
import {
  LONGEST_LIFE_MS,
  isOver,
  readTask,
  renamedTask,
  type TaskStatus,
  type ToldTask,
} from '../message/task-form.js';
import type { Seal } from '../message/seal.js';
import type { Session } from '../sessions/sessions.js';
import type { Era, Home } from '../upstream-port.js';

export interface TaskBounds {
  perAgent: number;
  all: number;
}

const TASK_BOUNDS: TaskBounds = { perAgent: 64, all: 2048 };
/** A task and what is told of it are kept no longer than this where that is large. */
const MOST_KEPT = 4096;
/** Answers on their way when it ends. */
const GRACE_MS = 1_000;

/** The call that made it, as far as it is decided again. */
export interface Origin {
  caller: Caller;
  endpoint: Endpoint;
  server: string;
  generation: number;
  /** The server's own name of it. */
  tool: string;
  rule: string;
  definition: string | null;
  image: string;
  /** As the agent sent them; null: too many to be kept. */
  arguments: Buffer | null;
  imprecise: boolean;
  era: Era;
  session: Session | null;
  /** By the clock that no date moves: when its server is told that the time of its grant has passed; null: never. */
  deadline: number | null;
}

export class LiveTask {
  status: TaskStatus = 'working';
  /** As last told, in the agent's terms; null: too large to be kept. */
  last: Buffer | null = null;
  gone = false;
  /** Requests about it that are under way. */
  asked = 0;
  /** Gives back what it holds until it is over. */
  readonly over: (() => void)[] = [];
  /** Who listens to it, of a modern agent's streams → how to end that. */
  readonly followers = new Map<(state: Buffer) => void, () => void>();
  timer: NodeJS.Timeout | null = null;
  /** Its time is up, and its server has been told. */
  calledOff = false;

  constructor(
    /** Counts up within this start: what the audit calls it. */
    readonly number: number,
    readonly id: string,
    /** The server's own. */
    readonly raw: string,
    readonly home: Home,
    readonly origin: Origin,
    readonly began: number,
  ) {}

  /** Takes in what its server says of it. @returns the same in its agent's terms. */
  told(task: Buffer, said: ToldTask): Buffer {
    const renamed = renamedTask(task, this.id, this.origin.era);
    if (!isOver(this.status)) this.status = said.status;
    this.last = renamed.length <= MOST_KEPT ? Buffer.from(renamed) : this.last;
    if (isOver(this.status)) this.release();
    return renamed;
  }

  /** Its server need not say so. */
  end(status: TaskStatus): void {
    if (!isOver(this.status)) this.status = status;
    if (isOver(this.status)) this.release();
  }

  release(): void {
    for (const end of this.over.splice(0)) end();
  }
}

export class Tasks {
  readonly #byNumber = new Map<number, LiveTask>();
  /** Home → the server's own id → whose it is. */
  readonly #byHome = new Map<object, Map<string, LiveTask>>();
  /** Agent → calls under way that may make one. */
  readonly #making = new Map<string, number>();
  #last = 0;

  /** @param late told when the time that its grant gives it has passed. */
  constructor(
    private readonly seal: Seal,
    private readonly clock: () => number,
    private readonly late: (task: LiveTask) => void,
    readonly bounds: TaskBounds = TASK_BOUNDS,
  ) {}

  get size(): number {
    return this.#byNumber.size;
  }

  /** Of this very caller, oldest first. */
  of({ agent, subject }: Caller): LiveTask[] {
    return [...this.#byNumber.values()].filter(
      ({ origin: { caller } }) => caller.agent === agent && caller.subject === subject,
    );
  }

  /** For a call that may make one: one that is over makes room for it. @returns how to give that up; null: too many. */
  enter(agent: string): (() => void) | null {
    const making = this.#making.get(agent) ?? 0;
    const own = this.#livingOf(agent);
    if (own.length + making >= this.bounds.perAgent || this.size >= this.bounds.all) {
      const done = own.find(({ status }) => isOver(status));
      if (!done) return null;
      this.drop(done);
    }
    this.#making.set(agent, making + 1);
    return () => {
      const left = (this.#making.get(agent) ?? 1) - 1;
      if (left > 0) this.#making.set(agent, left);
      else this.#making.delete(agent);
    };
  }

  /** What lived in a run that has ended is nobody's, and takes no place. */
  #livingOf(agent: string): LiveTask[] {
    const own = [...this.#byNumber.values()].filter(({ origin }) => origin.caller.agent === agent);
    for (const task of own) if (!task.home.alive) this.drop(task);
    return own.filter(({ gone }) => !gone);
  }

  /** One that a server has made. */
  add(said: ToldTask, home: Home, origin: Origin): LiveTask {
    // The same id again is another task: whoever had the first one has none.
    const before = this.at(home.key, said.raw);
    if (before) this.drop(before);
    const own = this.#byHome.get(home.key) ?? new Map<string, LiveTask>();
    this.#byHome.set(home.key, own);
    const number = ++this.#last;
    const began = this.clock();
    const id = this.seal.close(String(number), bindingOf(origin.caller), began + LONGEST_LIFE_MS + GRACE_MS);
    const task = new LiveTask(number, id, said.raw, home, origin, began);
    task.over.push(home.stay());
    own.set(said.raw, task);
    this.#byNumber.set(number, task);
    this.#keep(task, said.lifeMs);
    return task;
  }

  /** null: nobody's, somebody else's or no more; which of them is nobody's to know. */
  find(id: string, caller: Caller): LiveTask | null {
    const number = this.seal.open(id, bindingOf(caller), this.clock());
    const task = number === null ? undefined : this.#byNumber.get(Number(number));
    if (task && !task.home.alive) this.drop(task);
    return task && !task.gone ? task : null;
  }

  /** By the server's own id. */
  at(home: object, raw: string): LiveTask | null {
    return this.#byHome.get(home)?.get(raw) ?? null;
  }

  /** Its server says of it; how long it is kept may be another now. */
  heardOf(task: LiveTask, said: ToldTask): void {
    if (!task.gone) this.#keep(task, said.lifeMs);
  }

  /** notifications/tasks/status: to the session that made it, if that is still there. notifications/tasks: to who listens. */
  announced(home: object, state: Buffer): void {
    const raw = textOf(state, 'taskId');
    const task = raw === null ? null : this.at(home, raw);
    const said = task && readTask(state, task.origin.era);
    if (!task || !said) return;
    const told = task.told(state, said);
    this.heardOf(task, said);
    for (const hear of [...task.followers.keys()]) hear(told);
    if (task.origin.era === 'modern') return;
    const params = told.toString('utf8');
    task.origin.session?.streams.notify(`{"jsonrpc":"2.0","method":"notifications/tasks/status","params":${params}}`);
  }

  drop(task: LiveTask): void {
    if (task.gone) return;
    task.gone = true;
    if (task.timer) clearTimeout(task.timer);
    task.release();
    for (const stop of [...task.followers.values()]) stop();
    this.#byNumber.delete(task.number);
    const { key } = task.home;
    const own = this.#byHome.get(key);
    if (own?.get(task.raw) === task) own.delete(task.raw);
    if (own?.size === 0) this.#byHome.delete(key);
  }

  /** Those that are no longer allowed: nobody can reach them any more. @returns them. */
  recheck(allowed: (task: LiveTask) => boolean): LiveTask[] {
    const ended = [...this.#byNumber.values()].filter((task) => !task.home.alive || !allowed(task));
    for (const task of ended) this.drop(task);
    return ended;
  }

  close(): void {
    for (const task of [...this.#byNumber.values()]) this.drop(task);
  }

  #keep(task: LiveTask, lifeMs: number): void {
    if (task.timer) clearTimeout(task.timer);
    const now = this.clock();
    const end = task.began + Math.min(lifeMs, LONGEST_LIFE_MS) + GRACE_MS;
    const { deadline } = task.origin;
    const next = deadline !== null && !task.calledOff && deadline < end && !isOver(task.status) ? deadline : end;
    task.timer = setTimeout(() => this.#due(task, next === end, lifeMs), Math.max(0, next - now)).unref();
  }

  #due(task: LiveTask, ended: boolean, lifeMs: number): void {
    if (ended) return this.drop(task);
    if (!isOver(task.status)) this.late(task);
    task.calledOff = true;
    this.#keep(task, lifeMs);
  }
}

function bindingOf({ agent, subject }: Caller) {
  return { agent, subject, server: '', method: 'tasks', name: '' };
}
