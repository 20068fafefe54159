/**
 * Whether headers and body say the same: protocol version, session, Mcp-Method and Mcp-Name, batches. Whoever routes
 * or logs by the headers (a balancer, a firewall) and whoever reads the body must see one and the same request.
 */
import { decodeHeader, type Headers } from './headers.js';
import { Rpc } from './reply.js';
import type { Message } from './scan.js';
import type { Session, Sessions } from './sessions.js';
import { BATCH_VERSION, isSpoken, SPOKEN } from './versions.js';

export interface Disagreement {
  status: 400 | 404;
  code: Rpc;
  reason: 'header_mismatch' | 'protocol_version' | 'session_required' | 'session_unknown' | 'batch_not_allowed';
  message: string;
}

export interface Received {
  headers: Headers;
  batch: boolean;
  messages: readonly Message[];
}

/** Version and mirror headers: what can be said without a session. */
export function headerProblem({ headers, batch, messages }: Received): Disagreement | null {
  if (headers.version !== null && !isSpoken(headers.version)) {
    return refused('protocol_version', `Unsupported protocol version (supported versions: ${SPOKEN})`);
  }
  const [only] = messages;
  if (headers.mcpMethod !== null && (batch || decodeHeader(headers.mcpMethod) !== only?.method)) {
    return { ...refused('header_mismatch', 'Mcp-Method disagrees with the body'), code: Rpc.header };
  }
  if (headers.mcpName !== null && (batch || decodeHeader(headers.mcpName) !== only?.name)) {
    return { ...refused('header_mismatch', 'Mcp-Name disagrees with the body'), code: Rpc.header };
  }
  return null;
}

/** The session that the request belongs to; null for `initialize`, which begins one. */
export function sessionOf(
  received: Received,
  sessions: Sessions,
  caller: { agent: string; endpoint: string; now: number },
): { session: Session | null } | { problem: Disagreement } {
  const { headers, batch, messages } = received;
  if (!batch && messages[0]?.method === 'initialize') return { session: null };
  if (headers.session === null) {
    return { problem: refused('session_required', 'Mcp-Session-Id is missing: send initialize first') };
  }
  const session = sessions.find(headers.session, caller.agent, caller.endpoint, caller.now);
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
