/**
 * Every request, from top to bottom: endpoint → host → origin → authenticate → share → size → scan → headers and
 * session → method. Before authentication nothing is read but headers, and nothing is told.
 */
import { MODERN_VERSION } from '../mcp/versions.js';
import type { TraceContext } from '../mcp/trace-context.js';
import { parseEndpoint } from '../policy/endpoint.js';
import { answer, initialize } from './answers.js';
import { eraOf, legacyProblem, modernProblem, sessionOf, type Disagreement } from './sessions/agreement.js';
import { legacyAsker, modernAsker, readEnvelope } from './sessions/asker.js';
import { authenticate, type Caller } from './identity/authenticate.js';
import type { Asker } from './sessions/asker.js';
import type { Place } from './calls/crowd.js';
import { acceptsEvents } from './http/event-stream.js';
import type { Enforced } from './enforced.js';
import { entryOf, type Errand, type Exchange, type House, type Visit } from './exchange.js';
import type { Screened } from './http/headers.js';
import { announcedAs } from './message/lists.js';
import type { JwtRefusal } from './identity/jwts.js';
import { foreign } from './http/origin.js';
import { challenge, resourceMetadata, type ChallengeError } from './identity/resource-metadata.js';
import { empty, json, Rpc, rpcError, type Reply } from './message/reply.js';
import { scan, type Message } from './message/scan.js';
import { ownerOf, type Session } from './sessions/sessions.js';
import { traceOf } from './sessions/tracing.js';
import { isPrimed } from './sessions/speak.js';

/** Within this of its admission a request is not asked again who it is, where policy and revocations are the same. */
const AS_ADMITTED_MS = 100;
/** Of one token for one request. */
const MOST_PROOFS = 3;
/** Bytes of a batch's answers together: each is held until the last is there. */
const MOST_BATCHED = 16 * 1024 * 1024;
/** As clients mostly send them. */
const JSON_TYPE = 'application/json';
const ACCEPT = 'application/json, text/event-stream';

export function serve(house: House, exchange: Exchange): Promise<Reply> {
  const proving = whenProved(house, exchange);
  return proving ? proving.then(() => receive(house, exchange)) : receive(house, exchange);
}

/** A policy that comes meanwhile wants a proof of its own. null: as `prove`. */
function whenProved(house: House, exchange: Exchange, most = MOST_PROOFS): Promise<void> | null {
  const proving = prove(house, exchange);
  return proving && most > 1 ? proving.then(() => whenProved(house, exchange, most - 1) ?? undefined) : proving;
}

function receive(house: House, exchange: Exchange): Promise<Reply> {
  const admitted = admit(house, exchange);
  if ('reply' in admitted) return Promise.resolve(admitted.reply);
  const { visit } = admitted;
  exchange.agent = visit.caller.agent;
  if (exchange.method === 'POST') return oneOfMany(visit);
  // Sessions and their streams are of the older versions (MCP 2026-07-28, Earlier Streamable HTTP Revisions).
  if (exchange.headers.version === MODERN_VERSION) return Promise.resolve(empty(405, { allow: 'POST' }));
  if (exchange.method === 'DELETE') return endSession(visit);
  if (exchange.method === 'GET') return openStream(visit);
  return Promise.resolve(empty(405, { allow: 'POST, GET, DELETE' }));
}

/** null: nothing to find out about who calls before `admit` can say. */
function prove(house: House, { headers, path }: Exchange): Promise<void> | null {
  const enforced = house.enforced();
  return enforced && house.jwts.prove(headers.authorization, enforced.loaded, path, house.now());
}

/** By the policy, the revocations and the clock of this very moment. */
function admit(house: House, exchange: Exchange): { visit: Visit } | { reply: Reply | Promise<Reply> } {
  const { headers, path, method } = exchange;
  const now = house.now();
  const enforced = house.enforced();
  const { screened } = headers;
  if (enforced && screened && isStill(screened, enforced, house.revoked(), now)) {
    const { endpoint, caller, revoked } = screened;
    return shared({ house, exchange, enforced, endpoint, caller, revoked, admitted: house.clock() });
  }
  const endpoint = parseEndpoint(path);
  if (!endpoint) {
    const metadata = enforced && resourceMetadata(enforced, method, path);
    if (metadata && foreign(headers, enforced.hosts, enforced.origins) === null) return { reply: metadata };
    return { reply: health(method, path, enforced !== null) };
  }
  if (!enforced) return { reply: json(503, rpcError(null, Rpc.transport, 'Not ready'), { 'retry-after': '1' }) };
  const turnedAway = (reason: string, known: Partial<Caller> = {}): void =>
    house.strangers.refused(
      entryOf({ enforced, endpoint, caller: null }, { method, decision: 'deny', reason, ...known }),
    );

  const wrong = headers.twice === null ? foreign(headers, enforced.hosts, enforced.origins) : 'header_twice';
  if (wrong !== null) {
    turnedAway(wrong);
    return { reply: json(wrong === 'header_twice' ? 400 : 403, rpcError(null, Rpc.transport, 'Forbidden')) };
  }
  const { loaded } = enforced;
  const proof = house.jwts.proof(headers.authorization, loaded, endpoint.path, now);
  if (proof && 'refused' in proof) {
    const { refused, subject } = proof;
    turnedAway(refused, subject === null ? {} : { subject: `jwt:${subject}` });
    return { reply: jwtRefused(challenge(enforced, endpoint, errorOf(refused)), refused) };
  }
  const revoked = house.revoked();
  // A proof of somebody else's token is asked for each time: its policy entry and its end are looked at there.
  const who = proof
    ? { caller: proof.caller, until: -Infinity }
    : authenticate(headers.authorization, loaded, revoked, now);
  if ('stranger' in who) {
    const { reason, subject, agent } = who.stranger;
    turnedAway(reason, { ...(subject !== null && { subject }), ...(agent !== null && { agent }) });
    const error = reason === 'unauthenticated' ? null : 'invalid_token';
    return { reply: unauthorized(challenge(enforced, endpoint, error)) };
  }
  const { caller, until } = who;
  headers.screened = { enforced, revoked, endpoint, caller, until };
  return shared({ house, exchange, enforced, endpoint, caller, revoked, admitted: house.clock() });
}

function isStill(screened: Screened, enforced: Enforced, revoked: ReadonlySet<string>, now: number): boolean {
  return screened.enforced === enforced && screened.revoked === revoked && now < screened.until;
}

/** Its sender is known; whether there is anything for them at this endpoint is asked each time, because grants expire. */
function shared(visit: Visit): { visit: Visit } | { reply: Promise<Reply> } {
  if (!hasShare(visit)) return { reply: refuse(visit, 404, Rpc.transport, 'not_granted', 'Not found') };
  return { visit };
}

function oneOfMany(visit: Visit): Promise<Reply> {
  const place = visit.house.crowd.enter(visit.caller.agent);
  return place ? post(visit, place) : crowded(visit);
}

function crowded(visit: Visit, headers: Record<string, string> = {}): Promise<Reply> {
  return refuse(visit, 429, Rpc.transport, 'too_many_requests', 'Too many requests at once', headers);
}

async function post(visit: Visit, place: Place): Promise<Reply> {
  try {
    const wrong = unreadable(visit);
    if (wrong) return await wrong;
    const body = visit.exchange.body(place.take);
    const bytes = body instanceof Promise ? await body : body;
    if (bytes === 'aborted') return empty(400);
    if (bytes === 'too_large')
      return await refuse(visit, 413, Rpc.transport, 'too_large', 'Request too large', { connection: 'close' });
    if (bytes === 'too_many') return await crowded(visit, { connection: 'close' });
    return await (isAsAdmitted(visit) ? understand(visit, bytes) : admitAgain(visit, bytes));
  } finally {
    place.leave();
  }
}

/** null: its body can be one message or several in JSON, and it takes an answer of that kind. */
function unreadable(visit: Visit): Promise<Reply> | null {
  const { headers } = visit.exchange;
  if (headers.contentType !== JSON_TYPE && !/^application\/json *(?:;|$)/i.test(headers.contentType ?? '')) {
    return refuse(visit, 415, Rpc.transport, 'content_type', 'Content-Type must be application/json');
  }
  if (
    headers.accept !== null &&
    headers.accept !== ACCEPT &&
    !/application\/(?:json|\*)|\*\/\*/i.test(headers.accept)
  ) {
    return refuse(visit, 406, Rpc.transport, 'not_acceptable', 'Answers are application/json');
  }
  return null;
}

/** Neither policy nor revocations are others since, and no credential can have run out that was good then. */
function isAsAdmitted({ house, enforced, revoked, admitted }: Visit): boolean {
  return house.enforced() === enforced && house.revoked() === revoked && house.clock() - admitted < AS_ADMITTED_MS;
}

/** A body may drip in for a minute: what was granted when it began may be gone by now. */
async function admitAgain({ house, exchange }: Visit, bytes: Buffer): Promise<Reply> {
  const proving = whenProved(house, exchange);
  if (proving) await proving;
  const admitted = admit(house, exchange);
  return 'reply' in admitted ? admitted.reply : understand(admitted.visit, bytes);
}

function understand(visit: Visit, bytes: Buffer): Promise<Reply> {
  const { house, caller, endpoint } = visit;
  const { headers } = visit.exchange;
  const scanned = scan(bytes);
  if (!scanned.ok) return refuse(visit, 400, scanned.code, 'malformed', `Malformed request: ${scanned.problem}`);

  const { messages, batch } = scanned;
  const [first] = messages;
  const envelope = readEnvelope(bytes, first?.meta ?? null);
  const modern = eraOf(headers, envelope) === 'modern';
  const received = { headers, messages, batch };
  const problem = modern ? modernProblem(received, envelope) : legacyProblem(received);
  if (problem) return disagree(visit, problem, bytes, first);
  const trace = traceOf(envelope, headers);
  if (modern) return reply(errandOf(visit, bytes, null, modernAsker(envelope), trace, false), messages);

  const found = sessionOf(received, house.sessions, {
    owner: ownerOf(caller),
    endpoint: endpoint.path,
    now: house.clock(),
  });
  if ('problem' in found) return disagree(visit, found.problem, bytes, first);
  const errand = errandOf(visit, bytes, found.session, legacyAsker(found.session, envelope), trace, batch);
  return found.session === null && first ? begin(errand, first) : reply(errand, messages);
}

async function begin(errand: Errand, first: Message): Promise<Reply> {
  const { body, session } = await initialize(errand, first);
  return json(200, body, session === null ? {} : { 'mcp-session-id': session });
}

function errandOf(
  visit: Visit,
  bytes: Buffer,
  session: Session | null,
  asker: Asker,
  trace: TraceContext | null,
  batch: boolean,
): Errand {
  // Field by field: spreading costs a microsecond, and this is every call's.
  const { house, exchange, enforced, endpoint, caller, revoked, admitted } = visit;
  return {
    house,
    exchange,
    enforced,
    endpoint,
    caller,
    revoked,
    admitted,
    bytes,
    session,
    asker,
    trace,
    batch,
    talk: null,
    status: 200,
  };
}

async function reply(errand: Errand, messages: readonly Message[]): Promise<Reply> {
  const [only] = messages;
  if (!errand.batch && only) {
    const body = await answer(errand, only);
    if (body === null) return empty(202);
    // What was said before it has begun a stream, which it ends.
    errand.talk?.finish(body.toString());
    return json(errand.status, body);
  }
  let bytes = 0;
  const answers = await Promise.all(
    messages.map(async (message) => {
      const envelope = readEnvelope(errand.bytes, message.meta);
      const trace = traceOf(envelope, errand.exchange.headers);
      const told = await answer({ ...errand, asker: legacyAsker(errand.session, envelope), trace }, message);
      if (told === null || (bytes += told.length) <= MOST_BATCHED) return told;
      const id = message.id && errand.bytes.toString('utf8', message.id.start, message.id.end);
      return rpcError(id, Rpc.internal, `The answers of this batch have more than ${MOST_BATCHED} bytes`);
    }),
  );
  const told = answers.filter((each) => each !== null);
  return told.length === 0 ? empty(202) : json(200, `[${told.map(String).join(',')}]`);
}

/** The stream of what belongs to no call, or one taken up again (MCP 2025-11-25, Transports, Resumability). */
async function openStream(visit: Visit): Promise<Reply> {
  const { exchange, house, caller, endpoint } = visit;
  const { headers } = exchange;
  if (!acceptsEvents(headers.accept))
    return refuse(visit, 406, Rpc.transport, 'not_acceptable', 'A stream is text/event-stream');
  if (headers.session === null)
    return refuse(visit, 400, Rpc.transport, 'session_required', 'Mcp-Session-Id is missing: send initialize first');
  const session = house.sessions.find(headers.session, ownerOf(caller), endpoint.path, house.clock());
  if (!session) return refuse(visit, 404, Rpc.transport, 'session_unknown', 'Session not found');
  const leave = house.places.enter(caller.agent);
  if (!leave) return crowded(visit);
  const sink = exchange.stream({}, true);
  const resumed = headers.lastEventId !== null && session.streams.resume(headers.lastEventId, sink);
  if (!resumed) session.streams.listen(sink, isPrimed(session.version));
  hearOfLists(visit, session);
  const forget = house.underway.begin({
    caller,
    allowed: () => true,
    stop: () => sink.end(),
    lasting: true,
  });
  sink.onClose(() => {
    leave();
    forget();
  });
  return empty(200);
}

/** From the first stream on, to the session's end. */
function hearOfLists({ house, caller, endpoint }: Visit, session: Session): void {
  if (session.hears) return;
  session.hears = true;
  const leave = house.audience.join({
    agent: caller.agent,
    endpoint,
    changed: (kinds) => {
      for (const kind of new Set([...kinds].map(announcedAs)))
        session.streams.notify(`{"jsonrpc":"2.0","method":"notifications/${kind}/list_changed"}`);
    },
  });
  session.ending.push(leave);
}

function hasShare({ enforced, caller, endpoint, house }: Visit): boolean {
  if (endpoint.kind === 'all') return true;
  return enforced.loaded.table(caller.agent, endpoint).sharedUntil > house.now();
}

async function endSession(visit: Visit): Promise<Reply> {
  const { exchange, house, caller, endpoint } = visit;
  const id = exchange.headers.session;
  const session = id === null ? null : house.sessions.find(id, ownerOf(caller), endpoint.path, house.clock());
  if (!session) return refuse(visit, 404, Rpc.transport, 'session_unknown', 'Session not found');
  house.sessions.close(session);
  return empty(204);
}

async function disagree(
  visit: Visit,
  problem: Disagreement,
  bytes: Buffer,
  message: Message | undefined,
): Promise<Reply> {
  const { status, code, reason, data } = problem;
  const refused = await refuse(visit, status, code, reason, problem.message, {}, message);
  const id = message?.id ? bytes.toString('utf8', message.id.start, message.id.end) : null;
  return { ...refused, body: rpcError(id, code, problem.message, data) };
}

async function refuse(
  visit: Visit,
  status: number,
  code: Rpc,
  reason: string,
  text: string,
  headers: Record<string, string> = {},
  message?: Message,
): Promise<Reply> {
  const method = message?.method ?? visit.exchange.method;
  const entry = entryOf(visit, { method, tool: message?.name ?? null, decision: 'deny', reason });
  await visit.house.audit.decide(entry).catch(() => 0); // refused all the same
  return json(status, rpcError(null, code, text), headers);
}

function unauthorized(challenged: string): Reply {
  return json(401, rpcError(null, Rpc.transport, 'Unauthorized'), { 'www-authenticate': challenged });
}

/** A good token that stands for nobody here is forbidden, not mistaken: another token of the kind would do no better. */
function jwtRefused(challenged: string, refused: JwtRefusal): Reply {
  if (errorOf(refused) === 'invalid_token') return unauthorized(challenged);
  return json(403, rpcError(null, Rpc.transport, 'Forbidden'), { 'www-authenticate': challenged });
}

function errorOf(refused: JwtRefusal): ChallengeError {
  return refused === 'jwt_claims' || refused === 'jwt_ambiguous' ? 'insufficient_scope' : 'invalid_token';
}

function health(method: string, path: string, ready: boolean): Reply {
  const plain = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
  if (method !== 'GET' && method !== 'HEAD') return empty(404);
  if (path === '/healthz') return { status: 200, headers: plain, body: 'ok\n' };
  if (path === '/readyz') return { status: ready ? 200 : 503, headers: plain, body: ready ? 'ready\n' : 'not ready\n' };
  return empty(404);
}
