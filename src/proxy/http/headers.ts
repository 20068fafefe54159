/** The few headers that decide anything, read once from the raw list. One that stands twice decides nothing: refused. */
import type { Endpoint } from '../../policy/endpoint.js';
import type { Caller } from '../identity/authenticate.js';

/** Who sent them where, found out once: the same headers say the same for as long as policy and revocations are these. */
export interface Screened {
  /** The policy that said so, compared by identity alone. */
  enforced: object;
  revoked: ReadonlySet<string>;
  endpoint: Endpoint;
  caller: Caller;
  /** Milliseconds since 1970: the credential expires. */
  until: number;
}

export interface Headers {
  host: string | null;
  origin: string | null;
  authorization: string | null;
  accept: string | null;
  contentType: string | null;
  session: string | null;
  version: string | null;
  mcpMethod: string | null;
  mcpName: string | null;
  lastEventId: string | null;
  traceparent: string | null;
  tracestate: string | null;
  /** Mcp-Param-*, by the rest of the name in lower case; null: none was sent. */
  params: ReadonlyMap<string, string> | null;
  /** Name of one of them that was sent twice. */
  twice: string | null;
  screened: Screened | null;
}

const FIELDS: ReadonlyMap<string, Exclude<keyof Headers, 'twice' | 'params' | 'screened'>> = new Map([
  ['host', 'host'],
  ['origin', 'origin'],
  ['authorization', 'authorization'],
  ['accept', 'accept'],
  ['content-type', 'contentType'],
  ['mcp-session-id', 'session'],
  ['mcp-protocol-version', 'version'],
  ['mcp-method', 'mcpMethod'],
  ['mcp-name', 'mcpName'],
  ['last-event-id', 'lastEventId'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
] as const);

/** @param raw names and values in turn, as node:http's `rawHeaders`. */
export function readHeaders(raw: readonly string[]): Headers {
  const headers = noHeaders();
  for (let i = 0; i + 1 < raw.length; i += 2) keepHeader(headers, (raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '');
  return headers;
}

export function noHeaders(): Headers {
  return {
    host: null,
    origin: null,
    authorization: null,
    accept: null,
    contentType: null,
    session: null,
    version: null,
    mcpMethod: null,
    mcpName: null,
    lastEventId: null,
    traceparent: null,
    tracestate: null,
    params: null,
    twice: null,
    screened: null,
  };
}

/** @param name in lower case */
export function keepHeader(headers: Headers, name: string, value: string): void {
  const field = FIELDS.get(name);
  if (field === undefined) {
    if (name.startsWith(PARAM)) keepParam(headers, name.slice(PARAM.length), value);
    return;
  }
  if (headers[field] === null) headers[field] = value;
  // Accept is a list by its nature, and is only asked what it allows.
  else if (field === 'accept') headers.accept = `${headers.accept ?? ''},${value}`;
  // So is this one; and of two traces a request belongs to neither (W3C Trace Context, 3.2, 3.3).
  else if (field === 'tracestate') headers.tracestate = `${headers.tracestate ?? ''},${value}`;
  else if (field === 'traceparent') headers.traceparent = '';
  else headers.twice = name;
}

const PARAM = 'mcp-param-';

function keepParam(headers: Headers, name: string, value: string): void {
  const known = (headers.params as Map<string, string> | null) ?? new Map<string, string>();
  if (known.has(name)) headers.twice = PARAM + name;
  headers.params = known.set(name, value);
}

/** A value as sent, or decoded where it comes as `=?base64?…?=` (MCP 2026-07-28, Streamable HTTP). null: undecodable. */
export function decodeHeader(value: string): string | null {
  const found = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value);
  if (!found) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(found[1] ?? '', 'base64'));
  } catch {
    return null;
  }
}
