/** Answers on their way out: HTTP status, headers and body, and the JSON-RPC texts that go into them. */
import type { JsonObject } from '../../model/definitions.js';
import type { Era } from '../upstream-port.js';

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer | null;
}

export const Rpc = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  internal: -32603,
  /** HTTP-level refusals of the streamable transport, which the specification leaves without a code. */
  transport: -32000,
  /** HeaderMismatch (MCP 2026-07-28). */
  header: -32020,
  /** MissingRequiredClientCapability, UnsupportedProtocolVersion (MCP 2026-07-28). */
  capability: -32021,
  version: -32022,
  /** Resource not found, to 2025-11-25. */
  resource: -32002,
  cancelled: -32800,
} as const;
export type Rpc = (typeof Rpc)[keyof typeof Rpc];

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' };

export function json(status: number, body: string | Buffer, headers?: Record<string, string>): Reply {
  return { status, headers: headers ? { ...JSON_TYPE, ...headers } : JSON_TYPE, body };
}

export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: null };
}

/** @param id JSON text of the request's id, as it came; null where none could be read. */
export function rpcError(id: string | null, code: Rpc, message: string, data?: JsonObject): string {
  const more = data === undefined ? '' : `,"data":${JSON.stringify(data)}`;
  return `{"jsonrpc":"2.0","id":${id ?? 'null'},"error":{"code":${code},"message":${JSON.stringify(message)}${more}}}`;
}

export function rpcResult(id: string, result: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${result}}`;
}

export interface Refusal {
  /** Machine-readable: `arguments`, `set_argument`, `definition_changed`, `timeout`, `unavailable`, `busy`, … */
  reason: string;
  rule: string | null;
  /** For the model: what to do differently. */
  detail: string;
  /** Where it is known when the same call may pass. */
  retryAfterMs?: number;
}

/** The whole answer to a call that is refused. */
export function refusalAnswer(id: string, refusal: Refusal, era: Era): string {
  const result = refusalResult(refusal);
  return rpcResult(id, era === 'modern' ? `{"resultType":"complete",${result.slice(1)}` : result);
}

/** What has no result to say it in: another kind of request, or a call whose result is a task. */
export function refusalError(id: string, refusal: Refusal): string {
  const { reason, rule, detail, retryAfterMs } = refusal;
  return rpcError(id, Rpc.internal, `Refused by toolcrib (${reason}): ${detail}`, {
    'io.toolcrib/refusal': { reason, rule, detail, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  });
}

/** A visible tool whose call is refused: a result, so that a model can read why (DESIGN.md, Endpoints). */
export function refusalResult(refusal: Refusal): string {
  return JSON.stringify({
    content: [{ type: 'text', text: `Refused by toolcrib (${refusal.reason}): ${refusal.detail}.` }],
    isError: true,
    _meta: { 'io.toolcrib/refusal': refusal },
  });
}
