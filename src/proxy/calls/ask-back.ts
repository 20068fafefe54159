/**
 * Servers that want to know more before they answer, in all four pairings but the one that needs nothing of us (both
 * legacy: the question goes down the stream, listenerFor). A modern agent gets `input_required` with sealed state and
 * comes again; a legacy one is asked on the stream of its call.
 */
import type { Dealing } from '../dealing.js';
import type { Errand } from '../exchange.js';
import {
  inputRequests,
  inputRequired,
  requestStateOf,
  retryMembers,
  withState,
  type InputRequest,
} from '../message/input-required.js';
import { isAmbiguous, membersOf, valueOf, withMembers } from '../message/json-members.js';
import { LiveCall, PARKING_BOUNDS } from './parking.js';
import type { Message, Span } from '../message/scan.js';
import { LONGEST_STATE, type Binding } from '../message/seal.js';
import { askAgent, DECLINED, listenerFor, mayAsk, NOTHING_ASKED, notify, talkOf } from '../sessions/speak.js';
import { codeOf } from '../message/translate-result.js';
import { ERROR, URL_NEEDED } from '../message/url-refusal.js';
import { sendUpstream, UNAVAILABLE, type Work } from './upstream-call.js';
import type { CallListener, RequestReply, TakeBack, UpstreamAnswer } from '../upstream-port.js';

/** Times that one call may ask an agent again. */
const MOST_ROUNDS = 16;
/** Questions in one round. */
const MOST_QUESTIONS = 16;
const STATE_MS = PARKING_BOUNDS.milliseconds;

/** What is sealed into requestState: where a call waits, or what its server wants back, or that it is to begin anew. */
type State = { park: string } | { state: string | null } | { again: true };

/** For a modern server: until it has what it needs, or to the modern agent who is to bring it. */
export async function askBack(
  work: Work,
  bytes: Buffer,
  responses: Span | null,
  state: string | null,
): Promise<UpstreamAnswer> {
  const { errand, dealing } = work;
  const listener = listenerFor(errand, dealing, 'modern');
  let brought = responses && bytes.subarray(responses.start, responses.end);
  let kept = state;
  for (let round = 0; ; round++) {
    const call = sendUpstream(work, retryMembers(dealing.members, brought, kept), listener);
    const answer = call ? await call.answer : UNAVAILABLE;
    if (answer.kind !== 'answer' || answer.key !== 'result') return urlNeeded(work, answer);
    if (answer.resultType === null || answer.resultType === 'complete') return answer;
    if (answer.resultType === 'task' && dealing.task !== null) return answer;
    if (answer.resultType !== 'input_required') return badOutput('an answer of a kind that was not offered to it');
    const wanted = inputRequests(answer.value);
    kept = requestStateOf(answer.value);
    const problem = unaskable(work, wanted, kept, round);
    if (problem) return problem;
    if (errand.asker.era === 'modern')
      return { ...answer, value: withState(answer.value, seal(errand, dealing, { state: kept })) };
    const replies = await allAsked(work, wanted ?? []);
    if (replies === null) return { kind: 'cancelled' };
    if (replies === 'unanswered') return unanswered(errand);
    const failed = replies.find((reply) => 'error' in reply);
    if (failed) return badOutput('a question that the agent did not answer');
    brought = responsesOf(wanted ?? [], replies);
  }
}

function unaskable(
  { errand, dealing }: Work,
  wanted: InputRequest[] | null,
  state: string | null,
  round: number,
): UpstreamAnswer | null {
  if (wanted === null || wanted.length + Number(state !== null) === 0) return badOutput('an unreadable input_required');
  if (wanted.length > MOST_QUESTIONS || bytesOf(state) > LONGEST_STATE || round >= MOST_ROUNDS)
    return badOutput('more questions than one call may ask');
  const refused = wanted.find(({ method, params }) => mayAsk(errand, dealing, 'modern', method, params) !== null);
  return refused ? badOutput(`a request that was not offered to it (${refused.method.slice(0, 64)})`) : null;
}

/** null: it was called off. Its questions are, as well as those that took their agent too long. */
async function allAsked(
  { errand, dealing, hold }: Work,
  wanted: InputRequest[],
): Promise<RequestReply[] | 'unanswered' | null> {
  const takeBacks: TakeBack[] = [];
  const asked = wanted.map(
    (request) =>
      new Promise<RequestReply>((reply) =>
        takeBacks.push(askAgent(errand, dealing, request, { reply, progress: null })),
      ),
  );
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<'unanswered'>((resolve) => {
    timer = setTimeout(() => resolve('unanswered'), answerMs(errand)).unref();
  });
  const replies = await hold.orCancelled(Promise.race([Promise.all(asked), overdue]));
  clearTimeout(timer);
  if (!Array.isArray(replies)) for (const takeBack of takeBacks) takeBack();
  return replies;
}

/** A person may have to answer: for as long as a newer agent has for coming again, whatever its server may take. */
function answerMs({ house }: Errand): number {
  return house.parking.bounds.milliseconds;
}

function unanswered(errand: Errand): UpstreamAnswer {
  const detail = `the agent did not answer within ${answerMs(errand) / 1000} s what its server asked`;
  return { kind: 'refused', reason: 'unanswered', detail };
}

function responsesOf(wanted: readonly InputRequest[], replies: readonly RequestReply[]): Buffer {
  const pairs = wanted.map(({ key }, i) => {
    const reply = replies[i];
    return `${JSON.stringify(key)}:${reply && 'result' in reply ? reply.result.toString('utf8') : 'null'}`;
  });
  return Buffer.from(`{${pairs.join(',')}}`);
}

/** A legacy server's call for a modern agent: what it asks while it works parks it. */
export async function parkable(work: Work): Promise<UpstreamAnswer> {
  const { errand, dealing, hold } = work;
  let live: LiveCall | null = null;
  const listener: CallListener = {
    notification: (method, params) => live?.hear(method, params),
    request: (method, params, { reply }) => {
      const why = live ? mayAsk(errand, dealing, 'legacy', method, params) : 'unknown_request';
      if (live && why === null) return live.ask({ method, params, reply });
      reply({ error: DECLINED });
      return NOTHING_ASKED;
    },
  };
  const call = sendUpstream(work, dealing.members, listener);
  if (!call) {
    hold.release();
    return UNAVAILABLE;
  }
  live = new LiveCall(call);
  void call.answer.then(() => hold.release());
  return untilAsked(work, live);
}

async function untilAsked(work: Work, live: LiveCall): Promise<UpstreamAnswer> {
  const { errand, dealing, hold } = work;
  live.hear = (method, params) => notify(errand, (message) => void talkOf(errand)?.send(message), method, params);
  const next = await live.next();
  if ('answer' in next) return urlNeeded(work, next.answer);
  live.hear = () => undefined;
  hold.outlive();
  const id = errand.house.parking.park(errand.caller.agent, live);
  if (id === null) {
    live.call.cancel();
    return { kind: 'refused', reason: 'busy', detail: 'too many calls wait for answers of this agent' };
  }
  return inputRequiredAnswer(inputRequired(next.asked, seal(errand, dealing, { park: id })));
}

/** A modern agent with what it was asked for. */
export async function comeAgain(work: Work, message: Message): Promise<UpstreamAnswer> {
  const { errand, dealing, hold, upstream } = work;
  const state = unseal(errand, dealing, message.requestState ?? '');
  const span = message.inputResponses;
  if (state && 'park' in state) {
    const live = errand.house.parking.take(state.park, errand.caller.agent);
    if (live) {
      void live.call.answer.then(() => hold.release());
      hold.begin(live.call);
      answerQuestions(live, span ? errand.bytes.subarray(span.start, span.end) : NO_RESPONSES);
      return untilAsked(work, live);
    }
  } else if (state && 'again' in state && upstream.era === 'legacy') return parkable(work);
  else if (state && 'state' in state && upstream.era === 'modern') {
    try {
      return await askBack(work, errand.bytes, span, state.state);
    } finally {
      hold.release();
    }
  }
  hold.release();
  return ILL_STATE;
}

function answerQuestions(live: LiveCall, responses: Buffer): void {
  const members = membersOf(responses) ?? [];
  for (const { key, value, end } of members) {
    const asked = live.asked.get(key);
    if (!asked) continue; // what nobody asked for is ignored
    live.asked.delete(key);
    asked.reply({ result: responses.subarray(value, end) });
  }
}

/**
 * A server that refuses until a URL has been visited (MCP 2025-11-25, Elicitation, URL Elicitation Required Error): that
 * is a question as well. Asked where it may be, in the newer form of it where its agent is of that version; else the
 * refusal stands, and nobody is sent anywhere. An error that the agent could read otherwise than it was read here is none.
 */
export function urlNeeded({ errand, dealing, upstream }: Work, answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.kind !== 'answer' || answer.key !== 'error') return answer;
  if (isAmbiguous(answer.value, ERROR)) return badOutput('an error that can be read in two ways');
  if (codeOf(answer.value) !== URL_NEEDED) return answer;
  const data = valueOf(answer.value, 'data');
  if (data && isAmbiguous(data, ['elicitations'])) return badOutput('an error that can be read in two ways');
  const said = data && valueOf(data, 'elicitations');
  if (!data || !said) return answer;
  const list: unknown = JSON.parse(said.toString('utf8'));
  const requests = (Array.isArray(list) ? list : []).map((params: unknown, i): [string, InputRequest] => [
    String(i + 1),
    { key: String(i + 1), method: 'elicitation/create', params: Buffer.from(JSON.stringify(params)) },
  ]);
  const from = upstream.era;
  const many = requests.length === 0 || requests.length > MOST_QUESTIONS;
  if (many || requests.some(([, { method, params }]) => mayAsk(errand, dealing, from, method, params) !== null)) {
    const value = withMembers(answer.value, { code: '-32603', data: withMembers(data, { elicitations: null }) });
    return { ...answer, value };
  }
  // Only an older server's call is begun anew; a newer one that asks so breaks its version.
  if (from === 'legacy' && errand.asker.era === 'modern')
    return inputRequiredAnswer(inputRequired(requests, seal(errand, dealing, { again: true })));
  // As it was read and decided on, whatever stood twice in it.
  const elicitations = JSON.stringify(list);
  return { ...answer, value: withMembers(answer.value, { data: withMembers(data, { elicitations }) }) };
}

function inputRequiredAnswer(value: Buffer): UpstreamAnswer {
  return { kind: 'answer', key: 'result', value, isError: false, resultType: 'input_required' };
}

function bindingOf({ caller }: Errand, { server, method, name }: Dealing): Binding {
  return { agent: caller.agent, subject: caller.subject, server, method, name };
}

function seal(errand: Errand, dealing: Dealing, state: State): string {
  const { house } = errand;
  return house.seal.close(JSON.stringify(state), bindingOf(errand, dealing), house.clock() + STATE_MS);
}

function unseal(errand: Errand, dealing: Dealing, sealed: string): State | null {
  const { house } = errand;
  const text = house.seal.open(sealed, bindingOf(errand, dealing), house.clock());
  return text === null ? null : (JSON.parse(text) as State);
}

export function badOutput(what: string): UpstreamAnswer {
  return { kind: 'refused', reason: 'server_bad_output', detail: `its server sent ${what}` };
}

/** As for a state that nobody ever gave out: nothing is told of why. */
const ILL_STATE: UpstreamAnswer = {
  kind: 'answer',
  key: 'error',
  value: Buffer.from('{"code":-32602,"message":"requestState is not valid for this request, or no longer"}'),
  isError: false,
  resultType: null,
};
const NO_RESPONSES = Buffer.from('{}');

/** As it is sealed: what is longer than its agent can bring back is not given out. */
function bytesOf(state: string | null): number {
  return state === null ? 0 : Buffer.byteLength(JSON.stringify(state));
}
