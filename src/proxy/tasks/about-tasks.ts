/**
 * tasks/get, tasks/result, tasks/cancel, tasks/update and tasks/list: of the agent's own tasks alone, each decided anew
 * by the policy of the moment, with the arguments of the call that made it.
 */
import type { JsonObject } from '../../model/definitions.js';
import { decide, type Decision } from '../../policy/decide.js';
import { exposedName } from '../../policy/endpoint.js';
import { declaresExtension } from '../../policy/task-support.js';
import { AskingTask, NOT_FOUND } from './asking-task.js';
import { deal } from '../calls/deal.js';
import type { Dealing } from '../dealing.js';
import { deny } from '../calls/denial.js';
import { entryOf, type Errand } from '../exchange.js';
import { innerMembers, textOf, valueOf } from '../message/json-members.js';
import { refusalError, Rpc, rpcError, rpcResult } from '../message/reply.js';
import type { Message } from '../message/scan.js';
import { mayAsk } from '../sessions/speak.js';
import { oneLine } from '../message/splice.js';
import type { LiveTask } from './tasks.js';
import { undeclaredTasks } from './undeclared-tasks.js';

/** Requests about one task at once. */
const MOST_ASKED = 8;
const PAGE = 20;
/** A server that is slow to say how a task stands does not keep the list waiting. */
const LIST_MS = 2_000;
const CURSOR_MS = 60 * 60_000;

export function aboutTasks(errand: Errand, message: Message, id: string): Promise<string | Buffer> {
  const { asker } = errand;
  if (asker.era === 'modern' && !declaresExtension(asker.capabilities))
    return undeclaredTasks(errand, message.method ?? '', id);
  return message.method === 'tasks/list' ? listTasks(errand, message, id) : aboutTask(errand, message, id);
}

async function aboutTask(errand: Errand, message: Message, id: string): Promise<string | Buffer> {
  const method = message.method ?? '';
  const { house, caller, bytes } = errand;
  if (message.taskId === null || !message.params) {
    await deny(errand, { method, reason: 'invalid_params' });
    return rpcError(id, Rpc.params, `${method} takes a taskId`);
  }
  const task = house.tasks.find(message.taskId, caller);
  const decision = task && decideAgain(errand, task, method);
  if (!task || !decision || (decision.effect === 'deny' && !decision.visible))
    return unknown(errand, method, decision, id);
  const about = { method, server: task.origin.server, generation: task.origin.generation, tool: task.origin.tool };
  if (decision.effect === 'deny') {
    const { reason, rule, detail } = decision;
    await deny(errand, { ...about, task: task.number, reason, rule });
    return refusalError(id, { reason, rule, detail });
  }
  if (task.asked >= MOST_ASKED) {
    await deny(errand, { ...about, task: task.number, reason: 'busy', rule: decision.rule });
    const detail = `${MOST_ASKED} requests about this task are under way`;
    return refusalError(id, { reason: 'busy', rule: decision.rule, detail });
  }
  const params = oneLine(bytes.subarray(message.params.start, message.params.end));
  return deal(errand, message, id, dealing(errand, task, decision, method, params));
}

/** By the policy of now, at the endpoint of now. null: that does not show this tool. */
export function decideAgain({ enforced, caller, endpoint, house }: Errand, { origin }: LiveTask, method: string) {
  const { loaded } = enforced;
  const prefix = loaded.policy.servers[origin.server]?.prefix ?? '';
  const name = exposedName(endpoint, prefix, origin.tool);
  const target = loaded.table(caller.agent, endpoint).tools.get(name);
  if (target?.server !== origin.server || target.tool !== origin.tool) return null;
  if (!house.upstreams.find(origin.server, origin.generation)) return null;
  const args = () => ({
    values: origin.arguments ? (JSON.parse(origin.arguments.toString('utf8')) as JsonObject) : {},
    // What was not kept cannot be checked.
    imprecise: origin.imprecise || origin.arguments === null,
  });
  const asked = { agent: caller.agent, endpoint, name, arguments: args, now: house.now() };
  const decision = decide(loaded, asked, house.upstreams.standing);
  return method === 'tasks/cancel' ? orCalledOff(decision) : decision;
}

/** Whatever has become of its tool: that it ends harms nobody. */
function orCalledOff(decision: Decision): Decision {
  if (decision.effect === 'allow' || !decision.visible || !decision.target) return decision;
  const { rule, target } = decision;
  const nothing = { set: {}, serverRequests: [], limits: null, auditArguments: 'hmac' as const };
  return { effect: 'allow', reason: 'granted', rule, target, ...nothing };
}

function dealing(
  errand: Errand,
  task: LiveTask,
  { rule, serverRequests, limits, auditArguments }: Decision & { effect: 'allow' },
  method: string,
  params: Buffer,
): Dealing {
  const { caller, asker } = errand;
  const { server, generation, tool, definition, image } = task.origin;
  const made: Dealing = {
    ...{ method, server, generation, name: tool, rule, definition, image, serverRequests },
    members: innerMembers(params, { taskId: JSON.stringify(task.raw), _meta: null }),
    signed: valueOf(params, 'inputResponses'),
    headers: null,
    // Only the call itself is counted.
    limits: limits && { ...limits, rate: null, concurrent: null },
    auditArguments,
    wraps: false,
    mayAskBack: false,
    task: new AskingTask(errand, method, task, (asked, about) => {
      return mayAsk(errand, made, asker.era, asked, about) === null;
    }),
    allowed: ({ loaded }, now) => loaded.gives(caller.agent, server, { tool }, now),
    refusal: (to, why) => refusalError(to, { ...why, rule }),
  };
  return made;
}

/** The same for one that never was, is no more, is another's, or whose grant is gone. */
async function unknown(errand: Errand, method: string, decision: Decision | null, id: string): Promise<string> {
  await deny(errand, { method, reason: decision?.reason ?? 'task_unknown' });
  return rpcError(id, Rpc.params, NOT_FOUND);
}

/** No server is asked for its list, which may hold anybody's: each of the agent's own is asked how it stands. */
async function listTasks(errand: Errand, message: Message, id: string): Promise<string> {
  const { house, caller, bytes } = errand;
  const params = message.params && bytes.subarray(message.params.start, message.params.end);
  const cursor = params && valueOf(params, 'cursor');
  const after = cursor ? opened(errand, textOf(params, 'cursor')) : 0;
  if (after === null) {
    await deny(errand, { method: 'tasks/list', reason: 'invalid_params' });
    return rpcError(id, Rpc.params, 'cursor is not valid, or no longer');
  }
  try {
    await house.audit.decide(entryOf(errand, { method: 'tasks/list', decision: 'allow', reason: 'authenticated' }));
  } catch {
    return rpcError(id, Rpc.internal, 'The audit log cannot be written');
  }
  const left = house.tasks.of(caller).filter(({ number, home }) => number > after && home.alive);
  const page = left.slice(0, PAGE);
  const found = await Promise.all(page.map((task) => standing(errand, message, id, task)));
  const tasks = found.filter((each) => each !== null).map((each) => each.toString('utf8'));
  const last = left.length > PAGE ? page.at(-1) : undefined;
  const next = last ? `,"nextCursor":${JSON.stringify(sealed(errand, last.number))}` : '';
  return rpcResult(id, `{"tasks":[${tasks.join(',')}]${next}}`);
}

/** null: it is not shown here, or no more. */
async function standing(errand: Errand, message: Message, id: string, task: LiveTask): Promise<Buffer | null> {
  const decision = decideAgain(errand, task, 'tasks/get');
  if (decision?.effect !== 'allow') return null;
  const { limits } = decision;
  const timeoutMs = Math.min(LIST_MS, limits?.timeoutMs ?? LIST_MS);
  const bounded = { rate: null, concurrent: null, resultBytes: limits?.resultBytes ?? null, timeoutMs };
  const made = dealing(errand, task, { ...decision, limits: bounded }, 'tasks/get', NOTHING);
  const answer = await deal(errand, message, id, made);
  const result = valueOf(Buffer.from(answer), 'result');
  return result ?? (task.gone ? null : task.last);
}

function sealed({ house, caller, endpoint }: Errand, number: number): string {
  return house.seal.close(String(number), cursorOf(caller, endpoint.path), house.clock() + CURSOR_MS);
}

function opened({ house, caller, endpoint }: Errand, cursor: string | null): number | null {
  const text = cursor === null ? null : house.seal.open(cursor, cursorOf(caller, endpoint.path), house.clock());
  return text === null ? null : Number(text);
}

function cursorOf({ agent, subject }: Errand['caller'], path: string) {
  return { agent, subject, server: '', method: 'tasks/list', name: path };
}

const NOTHING = Buffer.from('{}');
