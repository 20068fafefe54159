/** One tools/call: decided on the arguments as sent, then dealt with. */
import type { JsonObject } from '../../model/definitions.js';
import { decide, type Allowed, type CallArguments, type Denied } from '../../policy/decide.js';
import { authenticate } from '../identity/authenticate.js';
import { deal } from './deal.js';
import type { Dealing } from '../dealing.js';
import { deny } from './denial.js';
import type { Errand } from '../exchange.js';
import { asksForTasks, hasTasks, taskFor, type MakingTask, type Unfit } from '../tasks/making-task.js';
import { mirrors, paramProblem } from './param-headers.js';
import { refusalAnswer, refusalError, Rpc, rpcError } from '../message/reply.js';
import type { Message, Span } from '../message/scan.js';
import { isStillAllowed } from './still-allowed.js';
import { callMembers, splicedArguments, withOthers } from '../message/splice.js';
import { wrapsOutput } from '../message/translate-definition.js';

const OPEN_OBJECT = 0x7b;

/** The same words for a tool that isn't there and for one that isn't granted. */
const UNKNOWN_TOOL = 'Unknown tool';

/** @param waited it was held once; whatever holds it now, it is no longer waited for. */
export function callTool(errand: Errand, message: Message, id: string, waited = false): Promise<string | Buffer> {
  const { bytes, house } = errand;
  const { name, arguments: sent } = message;
  if (name === null || (sent && bytes[sent.start] !== OPEN_OBJECT)) return illFormed(errand, name, id);
  const rules = { looked: false };
  const args = argumentsOf(bytes, sent, message.imprecise, () => (rules.looked = true));
  const decision = decide(
    errand.enforced.loaded,
    { agent: errand.caller.agent, endpoint: errand.endpoint, name, arguments: args, now: house.now() },
    house.upstreams.standing,
  );
  if (decision.effect === 'deny') return refuse(errand, decision, message, id);
  // Where a rule has looked at the arguments, a member beside them could mean to its server what the rule forbids.
  const others = rules.looked ? null : message.others;
  const hold = waited ? null : house.holds.of(decision.target.server);
  if (hold) return callWhenReleased(hold, errand, message, id);
  const { definition } = decision.target;
  if (errand.asker.era === 'modern' && mirrors(definition)) {
    const problem = paramProblem(definition, args().values, errand.exchange.headers.params);
    if (problem !== null) return mismatch(errand, decision, problem, id);
  }
  const { tasks } = decision.target;
  const task = tasks === 'none' && message.task === null ? null : taskFor(errand, message, decision);
  if (task !== null && 'code' in task) return unfit(errand, decision, task, id);
  return deal(errand, message, id, dealing(errand, decision, message, { task, others, args }));
}

async function illFormed(errand: Errand, tool: string | null, id: string): Promise<string> {
  await deny(errand, { method: 'tools/call', tool, reason: 'invalid_params' });
  return rpcError(id, Rpc.params, 'tools/call takes a name, and arguments as an object');
}

/** By the policy that is in force by then, which may no longer know its sender. */
async function callWhenReleased(
  hold: Promise<void>,
  errand: Errand,
  message: Message,
  id: string,
): Promise<string | Buffer> {
  await hold;
  const { house, exchange, caller, endpoint } = errand;
  const { authorization } = exchange.headers;
  const enforced = house.enforced() ?? errand.enforced;
  const proving = house.jwts.prove(authorization, enforced.loaded, endpoint.path, house.now());
  if (proving) await proving;
  const who =
    house.jwts.proof(authorization, enforced.loaded, endpoint.path, house.now()) ??
    authenticate(authorization, enforced.loaded, house.revoked(), house.now());
  if ('caller' in who && who.caller.agent === caller.agent) return callTool({ ...errand, enforced }, message, id, true);
  await deny(errand, { method: 'tools/call', tool: message.name, reason: 'token_unknown' });
  return rpcError(id, Rpc.params, UNKNOWN_TOOL);
}

/** Parsed at most once, and only where a rule asks. The scanner has refused what could be read in two ways. */
function argumentsOf(bytes: Buffer, sent: Span | null, imprecise: boolean, asked: () => void): () => CallArguments {
  let parsed: CallArguments | null = null;
  return () => {
    asked();
    return (parsed ??= {
      values: sent ? (JSON.parse(bytes.toString('utf8', sent.start, sent.end)) as JsonObject) : {},
      imprecise,
    });
  };
}

async function refuse(errand: Errand, decision: Denied, message: Message, id: string): Promise<string> {
  const { target, reason, rule, visible, detail } = decision;
  await deny(errand, { ...about(target), tool: target?.tool ?? message.name, reason, rule });
  if (!visible) return rpcError(id, Rpc.params, UNKNOWN_TOOL);
  // Whoever asked for a task reads no tool's result.
  if (message.task !== null && asksForTasks(errand.asker) && hasTasks(errand))
    return refusalError(id, { reason, rule, detail });
  return refusalAnswer(id, { reason, rule, detail }, errand.asker.era);
}

async function mismatch(errand: Errand, { target, rule }: Allowed, problem: string, id: string): Promise<string> {
  await deny(errand, { ...about(target), tool: target.tool, reason: 'header_mismatch', rule });
  errand.status = 400;
  return rpcError(id, Rpc.header, `Header mismatch: ${problem}`);
}

/** It is granted, and cannot be had in this way. */
async function unfit(errand: Errand, { target, rule }: Allowed, { code, reason, detail }: Unfit, id: string) {
  await deny(errand, { ...about(target), tool: target.tool, reason, rule });
  return rpcError(id, code, `Refused by toolcrib (${reason}): ${detail}`, {
    'io.toolcrib/refusal': { reason, rule, detail },
  });
}

function about(target: Denied['target']) {
  return {
    method: 'tools/call',
    server: target?.server ?? null,
    generation: target?.generation ?? null,
    definition: target?.hash ?? null,
    image: target?.image ?? null,
  };
}

/** Beside the decision. */
interface Found {
  task: MakingTask | null;
  others: Message['others'];
  args: () => CallArguments;
}

function dealing(errand: Errand, decision: Allowed, message: Message, { task, others, args: read }: Found): Dealing {
  const { target, rule, set, serverRequests, limits, auditArguments } = decision;
  const { caller, endpoint } = errand;
  const once = { agent: caller.agent, endpoint, decision, arguments: read };
  const args = splicedArguments(errand.bytes, message.arguments, set);
  const { definition } = target;
  const members = withOthers(callMembers(target.tool, args), errand.bytes, others);
  const asksForOne = task !== null && task.member.length > 0;
  return {
    method: 'tools/call',
    server: target.server,
    generation: target.generation,
    name: target.tool,
    rule,
    definition: target.hash,
    image: target.image,
    serverRequests,
    members: asksForOne ? Buffer.concat([members, task.member]) : members,
    // What stands beside the arguments goes upstream as well.
    signed: others === null ? args : members,
    headers: null,
    limits,
    auditArguments,
    wraps: definition['outputSchema'] !== undefined && wrapsOutput(definition),
    mayAskBack: true,
    task,
    allowed: ({ loaded }, now) => isStillAllowed(once, loaded, now),
    refusal: (to, why, era) =>
      asksForOne ? refusalError(to, { ...why, rule }) : refusalAnswer(to, { ...why, rule }, era),
  };
}
