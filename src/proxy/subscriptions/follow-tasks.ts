/** Tasks that a modern agent listens to: told unasked what it would be told if it asked (Tasks extension, Task Status Notifications). */
import { decideAgain } from '../tasks/about-tasks.js';
import { deny } from '../calls/denial.js';
import type { Ends } from '../message/ends.js';
import { entryOf, type Errand } from '../exchange.js';
import { inputRequests } from '../message/input-required.js';
import { CANCELLED, outcomeOf } from './open-subscription.js';
import { mayAsk } from '../sessions/speak.js';
import type { LiveTask } from '../tasks/tasks.js';
import type { UpstreamAnswer } from '../upstream-port.js';

/** Of one listen. */
const MOST_TASKS = 64;

/** @returns the ids of those that are the agent's own and whose servers take them; the others are left out of what is acknowledged. */
export async function followTasks(
  errand: Errand,
  ids: unknown,
  ends: Ends,
  say: (state: Buffer) => void,
): Promise<string[]> {
  if (!Array.isArray(ids)) return [];
  const asked = [...new Set(ids)].filter((id): id is string => typeof id === 'string').slice(0, MOST_TASKS);
  const made = await Promise.all(asked.map((id) => follow(errand, id, ends, say)));
  return made.filter((each) => each !== null);
}

async function follow(errand: Errand, id: string, ends: Ends, say: (state: Buffer) => void): Promise<string | null> {
  const { house, caller } = errand;
  const method = 'subscriptions/listen';
  const task = house.tasks.find(id, caller);
  const decision = task && decideAgain(errand, task, 'tasks/get');
  if (!task || decision?.effect !== 'allow') {
    await deny(errand, { method, reason: decision?.reason ?? 'task_unknown' });
    return null;
  }
  const { server, generation, tool, definition, image } = task.origin;
  const about = { method, server, generation, tool, definition, image, rule: decision.rule, task: task.number };
  let seq: number;
  try {
    seq = await house.audit.decide(entryOf(errand, { ...about, decision: 'allow', reason: 'granted' }));
  } catch {
    return null;
  }
  const hear = (state: Buffer): void => {
    if (mayHear(errand, task, state)) say(state);
  };
  const started = house.clock();
  const declined = (): void => {
    void deny(errand, { ...about, rule: 'default', reason: 'renewal_declined' });
    ends.close();
  };
  const upstream = house.upstreams.find(server, generation);
  const subscription = ends.over ? null : upstream?.followAt(task.home, task.raw, { told: hear, declined });
  const signed = (answer: UpstreamAnswer | null): void => {
    const record = { task: task.number, status: task.status };
    const milliseconds = Math.round(house.clock() - started);
    house.audit.outcome({ seq, method, server, milliseconds, bytes: 0, ...outcomeOf(answer, ends.over), record });
  };
  if (!subscription) {
    signed(null);
    return null;
  }
  const stop = (): void => {
    task.followers.delete(hear);
    subscription.close();
  };
  task.followers.set(hear, stop);
  ends.add(stop);
  const answer = await Promise.race([subscription.answer, ends.closed.then(() => CANCELLED)]);
  signed(answer);
  if (answer.kind === 'answer' && answer.key === 'result') return id;
  stop();
  return null;
}

/** As for a tasks/get of this moment; who is not told may ask, and is told why not. */
function mayHear(errand: Errand, task: LiveTask, state: Buffer): boolean {
  const enforced = errand.house.enforced() ?? errand.enforced;
  const decision = decideAgain({ ...errand, enforced }, task, 'tasks/get');
  if (decision?.effect !== 'allow') return false;
  const { rule, serverRequests, limits } = decision;
  if (state.length > (limits?.resultBytes ?? Infinity)) return false;
  const { server, generation, tool } = task.origin;
  const asking = { serverRequests, server, generation, name: tool, rule };
  const wanted = inputRequests(state);
  return wanted?.every(({ method, params }) => mayAsk(errand, asking, 'modern', method, params) === null) ?? false;
}
