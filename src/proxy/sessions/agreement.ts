/**
 * Whether headers and body say the same: protocol version, session, Mcp-Method and Mcp-Name, batches. Whoever routes
 * or logs by the headers (a balancer, a firewall) and whoever reads the body must see one and the same request.
 */
import { isLegacyVersion, MODERN_VERSION } from '../../mcp/versions.js';
import type { JsonObject } from '../../model/definitions.js';
import type { Envelope } from './asker.js';
import { decodeHeader, type Headers } from '../http/headers.js';
import { methodFromAgent } from '../message/methods.js';
import { Rpc } from '../message/reply.js';
import type { Message } from '../message/scan.js';
import type { Session, SessionOwner, Sessions } from './sessions.js';
import type { Era } from '../upstream-port.js';
import { BATCH_VERSION, SPOKEN } from '../message/versions.js';

export interface Disagreement {
  status: 400 | 404;
  code: Rpc;
  reason:
    | 'header_mismatch'
    | 'protocol_version'
    | 'envelope'
    | 'session_required'
    | 'session_unknown'
    | 'batch_not_allowed'
    | 'method_not_found'
    | 'not_a_request';
  message: string;
  data?: JsonObject;
}

export interface Received {
  headers: Headers;
  batch: boolean;
  messages: readonly Message[];
}

/** A body that claims a version per request is a modern one's, whatever the headers say; else they decide. */
export function eraOf(headers: Headers, envelope: Envelope): Era {
  return envelope.version !== null || headers.version === MODERN_VERSION ? 'modern' : 'legacy';
}

/** MCP 2026-07-28, Streamable HTTP, Server Validation; Base Protocol, `_meta`. */
export function modernProblem({ headers, batch, messages }: Received, envelope: Envelope): Disagreement | null {
  const [only] = messages;
  if (batch || !only?.method) {
    return { ...refused('not_a_request', 'A body is one request or one notification'), code: Rpc.request };
  }
  if (headers.version === null) return mismatch('MCP-Protocol-Version is missing');
  const isRequest = only.id !== null;
  // Only a request must say it there: the Go SDK's `notifications/cancelled` does not, and a 400 ends its connection.
  if (isRequest && envelope.version === null) return ill('protocolVersion is missing in _meta');
  const version = envelope.version ?? headers.version;
  if (version !== headers.version) return mismatch('MCP-Protocol-Version disagrees with the body');
  if (version !== MODERN_VERSION) return unsupported(version);
  if (isRequest && !envelope.capabilities) return ill('clientCapabilities is missing in _meta, or no object');
  if (!envelope.clientInfoIsObject) return ill('clientInfo in _meta is no object');
  if (isRequest && headers.mcpMethod === null) return mismatch('Mcp-Method is missing');
  const named = mirrored(only);
  if (isRequest && named !== null && headers.mcpName === null) return mismatch('Mcp-Name is missing');
  const wrong = mirrorProblem(headers, only);
  if (wrong) return wrong;
  if (isRequest && methodFromAgent(only.method, true, 'modern') === 'refuse') {
    return { status: 404, code: Rpc.method, reason: 'method_not_found', message: 'Method not found' };
  }
  return null;
}

/** What can be said of a legacy request without its session. */
export function legacyProblem({ headers, batch, messages }: Received): Disagreement | null {
  if (headers.version !== null && !isLegacyVersion(headers.version)) return unsupported(headers.version);
  const [only] = messages;
  if (batch && (headers.mcpMethod !== null || headers.mcpName !== null))
    return mismatch('Mcp-Method and Mcp-Name cannot stand for a batch');
  return only ? mirrorProblem(headers, only) : null;
}

function mirrorProblem(headers: Headers, message: Message): Disagreement | null {
  if (headers.mcpMethod !== null && decodeHeader(headers.mcpMethod) !== message.method)
    return mismatch('Mcp-Method disagrees with the body');
  const said = headers.mcpName === null ? null : decodeHeader(headers.mcpName);
  if (headers.mcpName !== null && (said === null || said !== (mirrored(message) ?? message.name ?? message.uri)))
    return mismatch('Mcp-Name disagrees with the body');
  return null;
}

/** What Mcp-Name must say (MCP 2026-07-28, Standard Request Headers); null: nothing, or the body lacks it. */
function mirrored({ method, name, uri, taskId }: Message): string | null {
  if (method === 'tools/call' || method === 'prompts/get') return name;
  // The Tasks extension, Streamable HTTP: Routing Headers.
  if (method === 'tasks/get' || method === 'tasks/update' || method === 'tasks/cancel') return taskId;
  return method === 'resources/read' ? uri : null;
}

/** The session that the request belongs to; null for `initialize`, which begins one. */
export function sessionOf(
  received: Received,
  sessions: Sessions,
  caller: { owner: SessionOwner; endpoint: string; now: number },
): { session: Session | null } | { problem: Disagreement } {
  const { headers, batch, messages } = received;
  if (!batch && messages[0]?.method === 'initialize') return { session: null };
  if (headers.session === null) {
    return { problem: refused('session_required', 'Mcp-Session-Id is missing: send initialize first') };
  }
  const session = sessions.find(headers.session, caller.owner, caller.endpoint, caller.now);
  if (!session) {
    return { problem: { ...refused('session_unknown', 'Session not found: send initialize again'), status: 404 } };
  }
  if (headers.version !== null && headers.version !== session.version) {
    return { problem: refused('protocol_version', `This session speaks ${session.version}`) };
  }
  if (batch && session.version !== BATCH_VERSION) {
    return { problem: { ...refused('batch_not_allowed', `${session.version} has no batches`), code: Rpc.request } };
  }
  return { session };
}

function refused(reason: Disagreement['reason'], message: string): Disagreement {
  return { status: 400, code: Rpc.transport, reason, message };
}

function mismatch(message: string): Disagreement {
  return { status: 400, code: Rpc.header, reason: 'header_mismatch', message };
}

function ill(message: string): Disagreement {
  return { status: 400, code: Rpc.params, reason: 'envelope', message: `Invalid _meta: ${message}` };
}

function unsupported(requested: string): Disagreement {
  return {
    status: 400,
    code: Rpc.version,
    reason: 'protocol_version',
    message: 'Unsupported protocol version',
    data: { supported: [...SPOKEN], requested: requested.slice(0, 64) },
  };
}
