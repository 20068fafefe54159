/** One allowed request: signed for, carried out by its server, translated, and its outcome signed for. */
import type { OutcomeEntry } from '../../audit/append.js';
import { askBack, badOutput, comeAgain, parkable, urlNeeded } from './ask-back.js';
import type { Dealing } from '../dealing.js';
import { deny } from './denial.js';
import { entryOf, type Errand } from '../exchange.js';
import { Hold } from './hold.js';
import { Rpc, rpcError } from '../message/reply.js';
import type { Message } from '../message/scan.js';
import { listenerFor } from '../sessions/speak.js';
import { answerLine } from '../message/splice.js';
import { codeOf, translateError, translateResult } from '../message/translate-result.js';
import { sendUpstream, UNAVAILABLE } from './upstream-call.js';
import type { Era, UpstreamAnswer, UpstreamPort } from '../upstream-port.js';

/** Bytes of the arguments that the audit keeps where a grant says so. */
const LONGEST_SENT = 64 * 1024;

/** Within the grant's limits, or refused so that the agent knows when to try again. */
export function deal(errand: Errand, message: Message, id: string, dealing: Dealing): Promise<string | Buffer> {
  return dealing.limits === null ? send(errand, message, id, dealing) : limited(errand, message, id, dealing);
}

async function limited(errand: Errand, message: Message, id: string, dealing: Dealing): Promise<string | Buffer> {
  const { house, caller, asker } = errand;
  const passed = house.limits.enter(caller.agent, dealing.rule, dealing.limits);
  if ('reason' in passed) {
    const { reason, detail, retryAfterMs } = passed;
    await deny(errand, { ...about(dealing), reason });
    dealing.task?.ended();
    return dealing.refusal(id, { reason, detail, ...(retryAfterMs !== null && { retryAfterMs }) }, asker.era);
  }
  try {
    return await send(errand, message, id, dealing);
  } finally {
    if (!dealing.task?.keeps(passed.leave)) passed.leave();
  }
}

function about({ method, server, generation, name, rule, definition, image }: Dealing) {
  return { method, server, generation, tool: name, rule, definition, image };
}

async function send(errand: Errand, message: Message, id: string, dealing: Dealing): Promise<string | Buffer> {
  const { house, asker } = errand;
  const span = house.tracer?.begin(errand, about(dealing));
  const seq = house.audit.note(allowance(errand, dealing));
  try {
    await house.audit.written();
  } catch {
    span?.refused('audit_unwritable');
    dealing.task?.ended();
    return rpcError(id, Rpc.internal, 'The audit log cannot be written, so nothing is forwarded');
  }
  const started = house.clock();
  const upstream = house.upstreams.find(dealing.server, dealing.generation);
  let outcome: ReturnType<typeof outcomeOf> = BROKEN;
  try {
    let answer = upstream ? await carryOut(errand, message, id, dealing, upstream) : UNAVAILABLE;
    // At once: what made a task must be known before its server can say another word.
    if (dealing.task !== null) answer = dealing.task.answered(answer);
    answer = bounded(answer, dealing);
    outcome = outcomeOf(answer);
    return told(errand, id, dealing, answer, upstream?.era ?? asker.era);
  } finally {
    // Whatever went wrong in here: a decision has its outcome.
    const { method, server } = dealing;
    const record = dealing.task === null ? null : dealing.task.ended();
    house.audit.outcome({ seq, method, server, milliseconds: Math.round(house.clock() - started), ...outcome, record });
    span?.ended(outcome);
  }
}

const BROKEN = { outcome: 'error' as const, bytes: 0, error: 'the proxy failed' };

function allowance(errand: Errand, dealing: Dealing): ReturnType<typeof entryOf> {
  const { method, server, generation, name, rule, definition, image, signed, auditArguments } = dealing;
  return entryOf(errand, {
    method,
    server,
    generation,
    tool: name,
    rule,
    definition,
    image,
    decision: 'allow',
    reason: 'granted',
    arguments: signed && errand.house.mac(signed),
    task: dealing.task?.number ?? undefined,
    sent: signed && auditArguments === 'full' ? signed.toString('utf8', 0, LONGEST_SENT) : undefined,
  });
}

function bounded(answer: UpstreamAnswer, { limits }: Dealing): UpstreamAnswer {
  const most = limits?.resultBytes ?? null;
  if (most === null || answer.kind !== 'answer' || answer.value.length <= most) return answer;
  const detail = `its result has ${answer.value.length} bytes, and this grant hands on ${most} at most`;
  return { kind: 'refused', reason: 'limit_result', detail };
}

async function carryOut(
  errand: Errand,
  message: Message,
  id: string,
  dealing: Dealing,
  upstream: UpstreamPort,
): Promise<UpstreamAnswer> {
  const { asker, exchange } = errand;
  if (exchange.gone()) return { kind: 'cancelled' };
  const { era } = upstream;
  const work = { errand, dealing, upstream, hold: new Hold(errand, dealing, id) };
  if (asker.era === 'modern' && dealing.mayAskBack) {
    if (message.requestState !== null) return comeAgain(work, message);
    if (era === 'legacy' && dealing.serverRequests.length > 0) return parkable(work);
  }
  try {
    const responses = asker.era === 'modern' && era === 'modern' ? message.inputResponses : null;
    if (era === 'modern' && dealing.mayAskBack) return await askBack(work, errand.bytes, responses, null);
    const call = sendUpstream(work, dealing.members, listenerFor(errand, dealing, era));
    const answer = call ? await call.answer : UNAVAILABLE;
    // Its era was not known when it was asked; an agent of the other is told nothing that it cannot understand.
    const odd = answer.kind === 'answer' && answer.resultType !== null && !isExpected(answer.resultType, dealing);
    return odd ? badOutput('an answer of a kind that was not offered to it') : urlNeeded(work, answer);
  } finally {
    work.hold.release();
  }
}

function isExpected(resultType: string, { task }: Dealing): boolean {
  return resultType === 'complete' || (resultType === 'task' && task !== null);
}

/** In the agent's terms. */
function told(errand: Errand, id: string, dealing: Dealing, answer: UpstreamAnswer, from: Era): string | Buffer {
  const { asker } = errand;
  const to = asker.era;
  switch (answer.kind) {
    case 'answer': {
      const { key, value } = answer;
      const direction = { from, to, method: dealing.method };
      if (key === 'result') {
        // What is made here is in the agent's terms already.
        const result =
          answer.resultType === 'input_required' ? value : translateResult(value, direction, dealing.wraps);
        return answerLine(Buffer.from(id), key, result);
      }
      const error = translateError(value, direction);
      if (to === 'modern' && codeOf(error) === Rpc.capability) errand.status = 400;
      return answerLine(Buffer.from(id), key, error);
    }
    case 'cancelled':
      return rpcError(id, Rpc.cancelled, 'Request cancelled');
    case 'refused':
      return dealing.refusal(id, { reason: answer.reason, detail: answer.detail }, to);
  }
}

function outcomeOf(answer: UpstreamAnswer): Pick<OutcomeEntry, 'outcome' | 'bytes' | 'error'> {
  if (answer.kind === 'cancelled') return { outcome: 'disconnected', bytes: 0, error: null };
  if (answer.kind === 'refused') {
    const late = answer.reason === 'timeout' || answer.reason === 'unanswered';
    return { outcome: late ? 'timeout' : 'error', bytes: 0, error: answer.reason };
  }
  const { key, isError, value } = answer;
  if (key === 'error') return { outcome: 'error', bytes: value.length, error: 'the server answered with an error' };
  return { outcome: isError ? 'tool_error' : 'ok', bytes: value.length, error: null };
}
