/** The trace that a request belongs to: taken from its `_meta`, else from its headers, and handed on to its server in both. */
import { parseTrace, traceparent, type TraceContext } from '../../mcp/trace-context.js';
import type { Envelope } from './asker.js';
import type { Headers } from '../http/headers.js';
import { withMembers } from '../message/json-members.js';

const NO_META = Buffer.from('{}');

/** What an agent says of the message goes before what is said of the HTTP request (OpenTelemetry, MCP, Context propagation). */
export function traceOf({ traceparent: own, tracestate }: Envelope, headers: Headers): TraceContext | null {
  if (own === null && headers.traceparent === null) return null;
  return parseTrace(own, tracestate) ?? parseTrace(headers.traceparent, headers.tracestate);
}

/** A server over stdio has only this. */
export function tracedMeta(meta: Buffer | null, trace: TraceContext): Buffer {
  const state = trace.state === null ? null : JSON.stringify(trace.state);
  return withMembers(meta ?? NO_META, {
    traceparent: `"${traceparent(trace)}"`,
    ...(state !== null && { tracestate: state }),
  });
}

export function tracedHeaders(headers: Readonly<Record<string, string>> | null, trace: TraceContext) {
  return {
    ...headers,
    traceparent: traceparent(trace),
    ...(trace.state !== null && { tracestate: trace.state }),
  };
}
