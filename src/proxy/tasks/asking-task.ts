/** A request about a task that its agent has made: goes where the task lives, under the id that it has there. */
import { TASKS_EXTENSION } from '../../policy/task-support.js';
import { badOutput } from '../calls/ask-back.js';
import type { Errand } from '../exchange.js';
import { inputRequests } from '../message/input-required.js';
import { withMembers } from '../message/json-members.js';
import { relating } from './related-task.js';
import { Rpc } from '../message/reply.js';
import { isOver, readTask, renamedRelated, withRelated } from '../message/task-form.js';
import type { TaskRecord, TaskWork } from '../task-work.js';
import type { LiveTask } from './tasks.js';
import { codeOf } from '../message/translate-result.js';
import type { Call, CallListener, UpstreamAnswer, UpstreamPort, UpstreamRequest } from '../upstream-port.js';

export const NOT_FOUND = 'Task not found';
/** Questions of one task that may be open. */
const MOST_QUESTIONS = 16;

export class AskingTask implements TaskWork {
  readonly number: number;

  /** @param mayAsk decides a question of the server's, and signs for it. */
  constructor(
    private readonly errand: Errand,
    private readonly method: string,
    private readonly task: LiveTask,
    private readonly mayAsk: (method: string, params: Buffer) => boolean,
  ) {
    this.number = task.number;
    task.asked++;
  }

  send(upstream: UpstreamPort, request: UpstreamRequest): Call | null {
    const { raw, home, origin } = this.task;
    const offer = origin.era === 'modern' ? { extensions: { [TASKS_EXTENSION]: {} } } : {};
    const capabilities = { ...request.capabilities, ...offer };
    return upstream.requestAt(home, { ...request, name: raw, capabilities })?.call ?? null;
  }

  hear(listener: CallListener): CallListener {
    const { house, caller } = this.errand;
    return relating(listener, house.tasks, caller, () => this.task.home);
  }

  answered(answer: UpstreamAnswer): UpstreamAnswer {
    if (answer.kind !== 'answer') return answer;
    if (answer.key === 'error') return this.#refused(answer);
    if (this.method === 'tasks/result') {
      if (!isOver(this.task.status)) this.task.end(answer.isError ? 'failed' : 'completed');
      return { ...answer, value: withRelated(answer.value, this.task.id) };
    }
    const { era } = this.task.origin;
    const isState = this.method === 'tasks/get' || (this.method === 'tasks/cancel' && era === 'legacy');
    return isState ? this.#state(answer) : answer;
  }

  keeps(): boolean {
    return false;
  }

  ended(): TaskRecord {
    this.task.asked--;
    return { task: this.task.number, status: this.task.gone ? 'gone' : this.task.status };
  }

  #state(answer: UpstreamAnswer & { kind: 'answer' }): UpstreamAnswer {
    const { task, errand } = this;
    const said = readTask(answer.value, task.origin.era);
    if (!said) return badOutput('a task that cannot be read');
    const problem = task.origin.era === 'modern' ? this.#unaskable(answer.value) : null;
    if (problem) return problem;
    const told = task.told(answer.value, said);
    errand.house.tasks.heardOf(task, said);
    return { ...answer, value: renamedRelated(told, () => task.id) };
  }

  /** What a modern task wants to know is asked of its agent, as far as policy lets it. */
  #unaskable(state: Buffer): UpstreamAnswer | null {
    const wanted = inputRequests(state);
    if (wanted === null || wanted.length > MOST_QUESTIONS) return badOutput('questions that cannot be read');
    const refused = wanted.find(({ method, params }) => !this.mayAsk(method, params));
    return refused ? badOutput(`a request that was not offered to it (${refused.method.slice(0, 64)})`) : null;
  }

  /** Whoever asks how it stands and is told that there is no such task has none any more. */
  #refused(answer: UpstreamAnswer & { kind: 'answer' }): UpstreamAnswer {
    if (this.method !== 'tasks/get' || codeOf(answer.value) !== Rpc.params) return answer;
    this.errand.house.tasks.drop(this.task);
    return { ...answer, value: withMembers(answer.value, { message: JSON.stringify(NOT_FOUND), data: null }) };
  }
}
