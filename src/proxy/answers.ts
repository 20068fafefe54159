/** What becomes of one message of an agent: an answer of the proxy's own, a call, or silence. */
import { callTool, deny } from './call.js';
import { entryOf, type Errand } from './exchange.js';
import { methodFromAgent } from './methods.js';
import { Rpc, rpcError, rpcResult } from './reply.js';
import type { Message } from './scan.js';
import { negotiate } from './versions.js';

/** null: a notification or an answer, which gets none. */
export async function answer(errand: Errand, message: Message): Promise<string | Buffer | null> {
  const { bytes } = errand;
  if (message.method === null) return null; // nothing was asked of the agent
  const id = message.id ? bytes.toString('utf8', message.id.start, message.id.end) : null;
  const action = methodFromAgent(message.method, id !== null);
  if (id === null) {
    if (action === 'cancel') cancel(errand, message);
    return null;
  }
  switch (action) {
    case 'call_tool':
      return callTool(errand, message, id);
    case 'list_tools':
      return rpcResult(id, toolList(errand));
    case 'pong':
      return rpcResult(id, '{}');
    case 'initialize':
    case 'cancel':
    case 'ignore':
    case 'refuse':
      // initialize comes here only from within a batch, where it may not be.
      await deny(errand, { method: message.method, reason: 'method_not_found' });
      return rpcError(id, Rpc.method, 'Method not found');
  }
}

/** Everything on one page, whatever the cursor: no cursor is ever given out. */
function toolList({ house, enforced, caller, endpoint }: Errand): string {
  const { standing, edition } = house.upstreams;
  return enforced.list(caller.agent, endpoint, house.now(), standing, edition());
}

/** Answers initialize from policy alone: no server is asked, so none can be felt to be there. */
export async function initialize(errand: Errand, message: Message): Promise<{ body: string; session: string | null }> {
  const { bytes, house, caller, endpoint } = errand;
  const id = message.id ? bytes.toString('utf8', message.id.start, message.id.end) : null;
  if (id === null) return { body: rpcError(null, Rpc.request, 'initialize needs an id'), session: null };
  const version = negotiate(paramsOf(errand, message)['protocolVersion']);
  try {
    await house.audit.decide(entryOf(errand, { method: 'initialize', decision: 'allow', reason: 'authenticated' }));
  } catch {
    return { body: rpcError(id, Rpc.internal, 'The audit log cannot be written'), session: null };
  }
  const session = house.sessions.open(caller.agent, endpoint.path, version, house.now());
  const result = {
    protocolVersion: version,
    capabilities: { tools: {} },
    serverInfo: { name: 'toolcrib', version: house.version },
  };
  return { body: rpcResult(id, JSON.stringify(result)), session: session.id };
}

/** Only a call of the same session can be meant. */
function cancel(errand: Errand, message: Message): void {
  const requestId = paramsOf(errand, message)['requestId'];
  if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
  for (const [id, stop] of errand.session?.calls ?? []) if (JSON.parse(id) === requestId) stop();
}

function paramsOf({ bytes }: Errand, { params }: Message): Record<string, unknown> {
  return params ? (JSON.parse(bytes.toString('utf8', params.start, params.end)) as Record<string, unknown>) : {};
}
