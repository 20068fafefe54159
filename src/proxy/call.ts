/** One tools/call: decide, sign for it, forward, sign for the outcome. */
import type { OutcomeEntry } from '../audit/append.js';
import type { JsonObject } from '../model/definitions.js';
import type { PolicyLimits } from '../policy/artifact.js';
import { decide, type Allowed, type CallArguments, type Denied } from '../policy/decide.js';
import { entryOf, type Errand } from './exchange.js';
import { refusalResult, Rpc, rpcError, rpcResult } from './reply.js';
import type { Message, Span } from './scan.js';
import { answerLine, callMembers, oneLine, splicedArguments } from './splice.js';
import type { UpstreamAnswer } from './upstream-port.js';

const OPEN_OBJECT = 0x7b;
/** Bytes of the arguments that the audit keeps where a grant says so. */
const LONGEST_SENT = 64 * 1024;

/** The same words for a tool that isn't there and for one that isn't granted. */
const UNKNOWN_TOOL = 'Unknown tool';

export async function callTool(errand: Errand, message: Message, id: string): Promise<string | Buffer> {
  const { bytes, house } = errand;
  const { name, arguments: sent } = message;
  if (name === null || (sent && bytes[sent.start] !== OPEN_OBJECT)) {
    await deny(errand, { method: 'tools/call', tool: name, reason: 'invalid_params' });
    return rpcError(id, Rpc.params, 'tools/call takes a name, and arguments as an object');
  }
  const decision = decide(
    errand.enforced.loaded,
    {
      agent: errand.caller.agent,
      endpoint: errand.endpoint,
      name,
      arguments: argumentsOf(bytes, sent, message.imprecise),
      now: house.now(),
    },
    house.upstreams.standing,
  );
  return decision.effect === 'deny' ? refuse(errand, decision, name, id) : forward(errand, decision, message, id);
}

/** Parsed at most once, and only where a rule asks. The scanner has refused what could be read in two ways. */
function argumentsOf(bytes: Buffer, sent: Span | null, imprecise: boolean): () => CallArguments {
  let parsed: CallArguments | null = null;
  return () =>
    (parsed ??= {
      values: sent ? (JSON.parse(bytes.toString('utf8', sent.start, sent.end)) as JsonObject) : {},
      imprecise,
    });
}

async function refuse(errand: Errand, decision: Denied, asked: string, id: string): Promise<string> {
  const { target, reason, rule, visible, detail } = decision;
  await deny(errand, {
    method: 'tools/call',
    server: target?.server ?? null,
    generation: target?.generation ?? null,
    tool: target?.tool ?? asked,
    definition: target?.hash ?? null,
    image: target?.image ?? null,
    reason,
    rule,
  });
  return visible ? rpcResult(id, refusalResult({ reason, rule, detail })) : rpcError(id, Rpc.params, UNKNOWN_TOOL);
}

/** A refusal stands even where it cannot be written down; the log reports its own trouble. */
export async function deny(errand: Errand, what: Omit<Parameters<typeof entryOf>[1], 'decision'>): Promise<void> {
  await errand.house.audit.decide(entryOf(errand, { ...what, decision: 'deny' })).catch(() => 0);
}

/** Within the grant's limits, or refused so that the agent knows when to try again. */
async function forward(errand: Errand, decision: Allowed, message: Message, id: string): Promise<string | Buffer> {
  const { target, rule, limits } = decision;
  const passed = errand.house.limits.enter(errand.caller.agent, rule, limits);
  if ('reason' in passed) {
    const { reason, detail, retryAfterMs } = passed;
    const { server, generation, tool, hash, image } = target;
    await deny(errand, { method: 'tools/call', server, generation, tool, definition: hash, image, reason, rule });
    return rpcResult(id, refusalResult({ reason, rule, detail, ...(retryAfterMs !== null && { retryAfterMs }) }));
  }
  try {
    return await send(errand, decision, message, id);
  } finally {
    passed.leave();
  }
}

async function send(errand: Errand, decision: Allowed, message: Message, id: string): Promise<string | Buffer> {
  const { house, bytes } = errand;
  const { target, rule, reason, set, limits } = decision;
  const args = splicedArguments(bytes, message.arguments, set);
  const entry = entryOf(errand, {
    method: 'tools/call',
    server: target.server,
    generation: target.generation,
    tool: target.tool,
    decision: 'allow',
    rule,
    reason,
    definition: target.hash,
    image: target.image,
    arguments: args && house.mac(args),
    ...(args && decision.auditArguments === 'full' && { sent: args.toString('utf8', 0, LONGEST_SENT) }),
  });
  let seq: number;
  try {
    seq = await house.audit.decide(entry);
  } catch {
    return rpcError(id, Rpc.internal, 'The audit log cannot be written, so nothing is forwarded');
  }
  const started = house.now();
  const meta = message.meta && oneLine(bytes.subarray(message.meta.start, message.meta.end));
  const answer = bounded(await upstreamAnswer(errand, decision, args, meta, id), limits);
  house.audit.outcome({ seq, milliseconds: house.now() - started, ...outcomeOf(answer) });
  switch (answer.kind) {
    case 'answer':
      return answerLine(Buffer.from(id), answer.key, answer.value);
    case 'cancelled':
      return rpcError(id, Rpc.cancelled, 'Request cancelled');
    case 'refused':
      return rpcResult(id, refusalResult({ reason: answer.reason, rule, detail: answer.detail }));
  }
}

/** Forwards unless the agent has gone by now; a later departure or cancellation is told upstream. */
async function upstreamAnswer(
  { house, exchange, session, caller }: Errand,
  { target, limits }: Allowed,
  args: Buffer | null,
  meta: Buffer | null,
  id: string,
): Promise<UpstreamAnswer> {
  if (exchange.gone()) return { kind: 'cancelled' };
  const call = house.upstreams.find(target.server, target.generation)?.request({
    method: 'tools/call',
    members: callMembers(target.tool, args),
    meta,
    name: target.tool,
    headers: null,
    timeoutMs: limits?.timeoutMs ?? null,
    agent: caller.agent,
    subject: caller.subject,
    session: session?.id ?? null,
    capabilities: {},
    logLevel: null,
    progress: false,
    listener: null,
  });
  if (!call) return { kind: 'refused', reason: 'unavailable', detail: 'its server is not running' };
  const forget = exchange.onGone(call.cancel);
  session?.calls.set(id, call.cancel);
  try {
    return await call.answer;
  } finally {
    forget();
    const calls = session?.calls;
    if (calls?.get(id) === call.cancel) calls.delete(id);
  }
}

function bounded(answer: UpstreamAnswer, limits: PolicyLimits | null): UpstreamAnswer {
  const most = limits?.resultBytes ?? null;
  if (most === null || answer.kind !== 'answer' || answer.value.length <= most) return answer;
  const detail = `its result has ${answer.value.length} bytes, and this grant hands on ${most} at most`;
  return { kind: 'refused', reason: 'limit_result', detail };
}

function outcomeOf(answer: UpstreamAnswer): Pick<OutcomeEntry, 'outcome' | 'bytes' | 'error'> {
  if (answer.kind === 'cancelled') return { outcome: 'disconnected', bytes: 0, error: null };
  if (answer.kind === 'refused') {
    return { outcome: answer.reason === 'timeout' ? 'timeout' : 'error', bytes: 0, error: answer.reason };
  }
  const outcome = answer.key === 'error' ? 'error' : answer.isError ? 'tool_error' : 'ok';
  return {
    outcome,
    bytes: answer.value.length,
    error: answer.key === 'error' ? 'the server answered with an error' : null,
  };
}
