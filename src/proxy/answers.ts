/** What becomes of one message of an agent: an answer of the proxy's own, a call, or silence. */
import { TASKS_SINCE } from '../policy/task-support.js';
import { aboutTasks } from './tasks/about-tasks.js';
import { ownerOf } from './sessions/sessions.js';
import { callTool } from './calls/call.js';
import { taskCapability } from './message/capabilities.js';
import { logLevel } from './sessions/asker.js';
import { deny } from './calls/denial.js';
import { entryOf, type Errand } from './exchange.js';
import { listen } from './subscriptions/listen.js';
import { isAmbiguous, valueOf } from './message/json-members.js';
import { LIST_METHODS } from './message/lists.js';
import { capabilityOf, methodFromAgent } from './message/methods.js';
import { asksForTasks, hasTasks } from './tasks/making-task.js';
import type { JsonObject } from '../model/definitions.js';
import { complete, getPrompt, readResource } from './calls/offered.js';
import { Rpc, rpcError, rpcResult } from './message/reply.js';
import type { Message } from './message/scan.js';
import { rootsChanged } from './subscriptions/roots-changed.js';
import { subscribe, unsubscribe } from './subscriptions/subscribe.js';
import { negotiate, SPOKEN } from './message/versions.js';

/** null: a notification or an answer, which gets none; or a stream, which is its own. */
export function answer(errand: Errand, message: Message): Promise<string | Buffer | null> | string | null {
  const { bytes, asker } = errand;
  if (message.method === null) return answered(errand, message);
  const id = message.id ? bytes.toString('utf8', message.id.start, message.id.end) : null;
  const action = methodFromAgent(message.method, id !== null, asker.era);
  if (id === null) {
    if (action === 'cancel') cancel(errand, message);
    if (action === 'roots_changed') return rootsChanged(errand).then(() => null);
    if (action === 'progress') return progressed(errand, message, message.method);
    return action === 'refuse' ? dropped(errand, message, message.method) : null;
  }
  if (!isOffered(errand, message.method)) return refuse(errand, message.method, id);
  switch (action) {
    case 'call_tool':
      return callTool(errand, message, id);
    case 'list':
      return rpcResult(id, listOf(errand, message.method));
    case 'get_prompt':
      return getPrompt(errand, message, id);
    case 'read_resource':
      return readResource(errand, message, id);
    case 'subscribe':
      return subscribe(errand, message, id);
    case 'unsubscribe':
      return unsubscribe(errand, message, id);
    case 'complete':
      return complete(errand, message, id);
    case 'ask_task':
    case 'list_tasks':
      return hasTasks(errand) ? aboutTasks(errand, message, id) : refuse(errand, message.method, id);
    case 'set_log_level':
      return setLogLevel(errand, message, id);
    case 'listen':
      return errand.batch ? refuse(errand, message.method, id) : listen(errand, message, id);
    case 'discover':
      return rpcResult(id, discovered(errand));
    case 'pong':
      return rpcResult(id, '{}');
    case 'initialize':
    case 'cancel':
    case 'roots_changed':
    case 'progress':
    case 'ignore':
    case 'refuse':
      // initialize comes here only from within a batch, where it may not be.
      return refuse(errand, message.method, id);
  }
}

/** What policy does not give at all is answered as by a server that never had it. */
function isOffered({ enforced, caller, endpoint }: Errand, method: string): boolean {
  const needed = capabilityOf(method);
  return needed === null || enforced.capabilities(caller.agent, endpoint)[needed] !== undefined;
}

/** What asks for something and wants no answer gets neither, but an attempt is an attempt. */
async function dropped(errand: Errand, { name }: Message, method: string): Promise<null> {
  const reason = method.startsWith('notifications/') ? 'unknown_notification' : 'not_a_request';
  await deny(errand, { method, tool: name, reason });
  return null;
}

async function refuse(errand: Errand, method: string, id: string): Promise<string> {
  await deny(errand, { method, reason: 'method_not_found' });
  if (errand.asker.era === 'modern') errand.status = 404;
  return rpcError(id, Rpc.method, 'Method not found');
}

/** Everything on one page, whatever the cursor: no cursor is ever given out. */
function listOf({ house, enforced, caller, endpoint, asker }: Errand, method: string): string {
  const { standing, edition } = house.upstreams;
  const kind = LIST_METHODS[method] ?? 'tools';
  const served = { agent: caller.agent, endpoint, kind, era: asker.era, asksForTasks: asksForTasks(asker) };
  return enforced.list(served, house.now(), standing, edition(), house.version);
}

/** Answers initialize from policy alone: no server is asked, so none can be felt to be there. */
export async function initialize(errand: Errand, message: Message): Promise<{ body: string; session: string | null }> {
  const { bytes, house, caller, endpoint, enforced } = errand;
  const id = message.id ? bytes.toString('utf8', message.id.start, message.id.end) : null;
  if (id === null) {
    await deny(errand, { method: 'initialize', reason: 'not_a_request' });
    return { body: rpcError(null, Rpc.request, 'initialize needs an id'), session: null };
  }
  const { protocolVersion, capabilities } = paramsOf(errand, message);
  const version = negotiate(protocolVersion);
  try {
    await house.audit.decide(entryOf(errand, { method: 'initialize', decision: 'allow', reason: 'authenticated' }));
  } catch {
    return { body: rpcError(id, Rpc.internal, 'The audit log cannot be written'), session: null };
  }
  const declared = typeof capabilities === 'object' && capabilities !== null ? (capabilities as JsonObject) : {};
  const session = house.sessions.open(ownerOf(caller), endpoint.path, version, house.clock(), kept(declared));
  const result = {
    protocolVersion: version,
    capabilities: {
      ...enforced.capabilities(caller.agent, endpoint),
      ...(version >= TASKS_SINCE && taskCapability(enforced.tasks(caller.agent, endpoint), 'legacy')),
    },
    serverInfo: { name: 'toolcrib', version: house.version },
  };
  return { body: rpcResult(id, JSON.stringify(result)), session: session.id };
}

/** What decides anything here; the rest would be memory that an agent holds for as long as its session. */
function kept({ sampling, elicitation, roots }: JsonObject): JsonObject {
  const some = { ...(sampling && { sampling }), ...(elicitation && { elicitation }), ...(roots && { roots }) };
  return JSON.stringify(some).length <= 4096 ? some : {};
}

function discovered({ house, caller, endpoint, enforced }: Errand): string {
  return JSON.stringify({
    resultType: 'complete',
    supportedVersions: [...SPOKEN],
    capabilities: {
      ...enforced.capabilities(caller.agent, endpoint),
      ...taskCapability(enforced.tasks(caller.agent, endpoint), 'modern'),
    },
    serverInfo: { name: 'toolcrib', version: house.version },
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'toolcrib', version: house.version } },
  });
}

async function setLogLevel(errand: Errand, message: Message, id: string): Promise<string> {
  const level = logLevel(paramsOf(errand, message)['level']);
  if (level === null || !errand.session) {
    await deny(errand, { method: 'logging/setLevel', reason: 'invalid_params' });
    return rpcError(id, Rpc.params, 'logging/setLevel takes a level');
  }
  errand.session.logLevel = level;
  return rpcResult(id, '{}');
}

/** An agent's answer to what its server asked it. What nobody waits for reaches nobody, and is signed for. */
function answered(errand: Errand, { id, result, error }: Message): Promise<null> | null {
  const { bytes, session } = errand;
  const key = id ? bytes.toString('utf8', id.start, id.end) : '';
  const span = result ?? error;
  const value = span && bytes.subarray(span.start, span.end);
  if (value && session?.questions.answer(key, result ? { result: value } : { error: value })) return null;
  return unasked(errand, key, 'response');
}

/** Of the question whose token it is, for as long as that is open: by its decision. */
function progressed(errand: Errand, { params: span }: Message, method: string): Promise<null> | null {
  const { bytes, session } = errand;
  const params = span && bytes.subarray(span.start, span.end);
  const token = (params && tokenOf(params)) ?? '';
  if (params && session?.questions.progress(token, params)) return null;
  return unasked(errand, token, method);
}

/** One that its server could read as another is none. */
function tokenOf(params: Buffer): string | null {
  const token = isAmbiguous(params, ['progressToken']) ? null : valueOf(params, 'progressToken');
  return token?.toString('utf8') ?? null;
}

async function unasked(errand: Errand, id: string, method: string): Promise<null> {
  const questions = errand.session?.questions;
  const asked = questions?.of(id) ?? null;
  const reason = questions?.isOpen(id) ? 'not_wanted' : asked ? 'question_over' : 'nothing_asked';
  await deny(errand, { ...asked, method, reason });
  return null;
}

/** Only a call of the same session can be meant. */
function cancel(errand: Errand, message: Message): void {
  const requestId = paramsOf(errand, message)['requestId'];
  if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
  for (const [id, call] of errand.session?.calls.entries() ?? []) if (JSON.parse(id) === requestId) call.cancel();
}

function paramsOf({ bytes }: Errand, { params }: Message): Record<string, unknown> {
  return params ? (JSON.parse(bytes.toString('utf8', params.start, params.end)) as Record<string, unknown>) : {};
}
