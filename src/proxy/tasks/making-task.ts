/**
 * Calls that may become tasks: those that ask for it (MCP 2025-11-25, Tasks), and those that a server may answer with one
 * (2026-07-28, Tasks extension). Between equals alone; they are decided, limited and signed for as any call.
 */
import type { Allowed } from '../../policy/decide.js';
import { declaresExtension, TASKS_EXTENSION, TASKS_SINCE, type TaskSupport } from '../../policy/task-support.js';
import { badOutput } from '../calls/ask-back.js';
import type { Asker } from '../sessions/asker.js';
import type { Errand } from '../exchange.js';
import { isOver, createdTask, readTask, renamedRelated, withCreated, type ToldTask } from '../message/task-form.js';
import { lateProgress, type LateProgress } from './late-progress.js';
import { Rpc } from '../message/reply.js';
import type { Message } from '../message/scan.js';
import { oneLine } from '../message/splice.js';
import { relating } from './related-task.js';
import type { TaskRecord, TaskWork } from '../task-work.js';
import type { LiveTask, Origin } from './tasks.js';
import type {
  Call,
  CallListener,
  Home,
  PlacedCall,
  UpstreamAnswer,
  UpstreamPort,
  UpstreamRequest,
} from '../upstream-port.js';

const OPEN_OBJECT = 0x7b;
/** Bytes of arguments that are kept, so that another policy can decide them again. */
const MOST_ARGUMENTS = 16 * 1024;

/** Why it is not called at all. */
export interface Unfit {
  code: Rpc;
  reason: 'invalid_params' | 'task_not_supported' | 'task_required' | 'too_many_tasks';
  detail: string;
}

/** Whether this agent's version has tasks that are asked for. */
export function asksForTasks({ era, version }: Asker): boolean {
  return era === 'legacy' && version >= TASKS_SINCE;
}

/** Whether it was told that there are any here. */
export function hasTasks({ asker, enforced, caller, endpoint }: Errand): boolean {
  const { asked, directed } = enforced.tasks(caller.agent, endpoint);
  return asker.era === 'modern' ? directed : asked !== null && asksForTasks(asker);
}

/** null: a call as any other. Only for a tool whose server has tasks, or a call that asks for one. */
export function taskFor(errand: Errand, message: Message, decision: Allowed): MakingTask | Unfit | null {
  const { tasks } = decision.target;
  return errand.asker.era === 'modern'
    ? directed(errand, message, decision, tasks)
    : asked(errand, message, decision, tasks);
}

function directed(errand: Errand, message: Message, decision: Allowed, tasks: TaskSupport): MakingTask | Unfit | null {
  if (tasks === 'required') return REQUIRED;
  if (tasks !== 'directed' || !declaresExtension(errand.asker.capabilities)) return null;
  // Where there is no room its server is not told that it may make one.
  const leave = errand.house.tasks.enter(errand.caller.agent);
  return leave && new MakingTask(errand, message, decision, leave);
}

function asked(errand: Errand, message: Message, decision: Allowed, tasks: TaskSupport): MakingTask | Unfit | null {
  const { task } = message;
  // Whoever is told that it must be called so and does not (MCP 2025-11-25, Tasks, Tool-Level Negotiation).
  if (task === null || !hasTasks(errand)) return tasks === 'required' ? REQUIRED : null;
  if (tasks !== 'optional' && tasks !== 'required') return UNSUPPORTED;
  if (errand.bytes[task.start] !== OPEN_OBJECT) return ILL_FORMED;
  const leave = errand.house.tasks.enter(errand.caller.agent);
  return leave ? new MakingTask(errand, message, decision, leave) : CROWDED;
}

const REQUIRED: Unfit = {
  code: Rpc.method,
  reason: 'task_required',
  detail: 'this tool can only be called as a task of MCP 2025-11-25',
};
const UNSUPPORTED: Unfit = {
  code: Rpc.method,
  reason: 'task_not_supported',
  detail: 'this tool cannot be called as a task',
};
const ILL_FORMED: Unfit = { code: Rpc.params, reason: 'invalid_params', detail: 'task must be an object' };
const CROWDED: Unfit = {
  code: Rpc.internal,
  reason: 'too_many_tasks',
  detail: 'as many tasks as an agent may have are under way; try again when one is over',
};

export class MakingTask implements TaskWork {
  readonly number = null;
  /** Member of the call's params, with a comma before it; empty: its server decides. */
  readonly member: Buffer;
  readonly #origin: Origin;
  #placed: PlacedCall | null = null;
  readonly #cell: { task: LiveTask | null } = { task: null };

  constructor(
    private readonly errand: Errand,
    message: Message,
    decision: Allowed,
    private readonly leave: () => void,
  ) {
    const { bytes, asker } = errand;
    const { task } = message;
    const asks = asker.era === 'legacy' && task;
    this.member = asks
      ? Buffer.concat([Buffer.from(',"task":'), oneLine(bytes.subarray(task.start, task.end))])
      : Buffer.alloc(0);
    this.#origin = originOf(errand, message, decision);
  }

  send(upstream: UpstreamPort, request: UpstreamRequest): Call | null {
    const { era } = this.#origin;
    const offer = era === 'modern' ? { extensions: { [TASKS_EXTENSION]: {} } } : {};
    const capabilities = { ...request.capabilities, ...offer };
    this.#placed = upstream.requestAt(null, { ...request, capabilities, late: this.#late() });
    return this.#placed?.call ?? null;
  }

  hear(listener: CallListener): CallListener {
    const { house, caller } = this.errand;
    return relating(listener, house.tasks, caller, () => this.#home());
  }

  answered(answer: UpstreamAnswer): UpstreamAnswer {
    const { era } = this.#origin;
    if (answer.kind !== 'answer' || answer.key !== 'result') return answer;
    if (era === 'modern' && answer.resultType !== 'task') return answer;
    const task = createdTask(answer.value, era);
    if (!task) return answer; // it has done it at once
    const said = readTask(task, era);
    const home = this.#home();
    if (!said) return badOutput('a task that cannot be read');
    if (!home)
      return { kind: 'refused', reason: 'server_exited', detail: 'its server ended when it had made the task' };
    return { ...answer, value: this.#make(answer.value, task, said, home) };
  }

  keeps(leave: () => void): boolean {
    const { task } = this.#cell;
    if (!task || task.gone || isOver(task.status)) return false;
    task.over.push(leave);
    return true;
  }

  ended(): TaskRecord | null {
    this.leave();
    const { task } = this.#cell;
    return task && { task: task.number, status: task.status };
  }

  #make(result: Buffer, task: Buffer, said: ToldTask, home: Home): Buffer {
    const { era } = this.#origin;
    const made = this.errand.house.tasks.add(said, home, this.#origin);
    this.#cell.task = made;
    const told = withCreated(result, made.told(task, said), era);
    return renamedRelated(told, (raw) => (raw === made.raw ? made.id : null));
  }

  #late(): LateProgress | null {
    const { session, asker } = this.errand;
    const { progressToken } = asker;
    if (session === null || progressToken === null) return null;
    const made = this.#cell;
    return lateProgress(session, progressToken, () => made.task);
  }

  #home(): Home | null {
    return this.#placed?.home() ?? null;
  }
}

function originOf(
  { caller, endpoint, asker, session, house, bytes }: Errand,
  message: Message,
  decision: Allowed,
): Origin {
  const { target, rule, limits } = decision;
  const { arguments: sent, imprecise } = message;
  const size = sent ? sent.end - sent.start : 0;
  const time = limits?.timeoutMs ?? null;
  return {
    caller,
    endpoint,
    server: target.server,
    generation: target.generation,
    tool: target.tool,
    rule,
    definition: target.hash,
    image: target.image,
    arguments: size <= MOST_ARGUMENTS ? Buffer.from(sent ? bytes.subarray(sent.start, sent.end) : '{}') : null,
    imprecise,
    era: asker.era,
    session,
    deadline: time === null ? null : house.clock() + time,
  };
}
