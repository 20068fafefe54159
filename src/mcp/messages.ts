/** JSON-RPC 2.0 as MCP uses it: shapes and error codes. */
import type { Json, JsonObject } from '../model/definitions.js';

export type RequestId = string | number;

export interface Request {
  jsonrpc: '2.0';
  id: RequestId;
  method: string;
  params?: JsonObject;
}

export interface Notification {
  jsonrpc: '2.0';
  method: string;
  params?: JsonObject;
}

export interface RpcError {
  code: number;
  message: string;
  data?: Json;
}

export type Response =
  { jsonrpc: '2.0'; id: RequestId; result: JsonObject } | { jsonrpc: '2.0'; id: RequestId | null; error: RpcError };

/** JSON-RPC 2.0, section 5.1; MCP specification, Base Protocol and Transports. */
export const ErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  resourceNotFound: -32002,
  /** 2026-07-28: a header says other than the body. */
  headerMismatch: -32020,
  /** 2026-07-28: the data names the versions that are. */
  unsupportedVersion: -32022,
} as const;
