/**
 * Who asks, as far as the protocol tells: its version, what it can answer, what it wants to hear. A legacy agent said it
 * once, for its session; a modern one says it with every request, in `_meta` (MCP 2026-07-28, Base Protocol, `_meta`).
 */
import { MODERN_VERSION } from '../../mcp/versions.js';
import type { JsonObject } from '../../model/definitions.js';
import { fold } from '../../policy/fold.js';
import { innerMembers, membersOf } from '../message/json-members.js';
import type { Span } from '../message/scan.js';
import type { Session } from './sessions.js';
import { oneLine } from '../message/splice.js';
import { LOG_LEVELS, type Era, type LogLevel } from '../upstream-port.js';

export interface Asker {
  era: Era;
  version: string;
  capabilities: JsonObject;
  logLevel: LogLevel | null;
  /** JSON text. */
  progressToken: string | null;
  /** What of its `_meta` goes on: everything that is not the protocol's own. */
  meta: Buffer | null;
}

/** The protocol's own part of a message's `_meta`, as sent. */
export interface Envelope {
  version: string | null;
  /** undefined: not said; null: said, and no object. */
  capabilities: JsonObject | null | undefined;
  clientInfoIsObject: boolean;
  logLevel: LogLevel | null;
  progressToken: string | null;
  /** W3C Trace Context, as sent (SEP-414); null: none, or no text. */
  traceparent: string | null;
  tracestate: string | null;
  rest: Buffer | null;
}

const PREFIX = 'io.modelcontextprotocol/';
const OWN = {
  version: `${PREFIX}protocolVersion`,
  client: `${PREFIX}clientInfo`,
  capabilities: `${PREFIX}clientCapabilities`,
  logLevel: `${PREFIX}logLevel`,
  subscription: `${PREFIX}subscriptionId`,
  /** Tasks are servers' here, and asked about by `taskId`: what an agent says beside that means nothing to them. */
  related: `${PREFIX}related-task`,
} as const;
const REMOVED = {
  ...Object.fromEntries(Object.values(OWN).map((key) => [key, null])),
  progressToken: null,
  traceparent: null,
  tracestate: null,
};
const FOLDED = new Set(Object.keys(REMOVED).map(fold));
const NOTHING: Envelope = {
  version: null,
  capabilities: undefined,
  clientInfoIsObject: true,
  logLevel: null,
  progressToken: null,
  traceparent: null,
  tracestate: null,
  rest: null,
};

export function readEnvelope(bytes: Buffer, span: Span | null): Envelope {
  if (!span) return NOTHING;
  const meta = bytes.subarray(span.start, span.end);
  const members = membersOf(meta);
  if (!members) return NOTHING;
  const envelope: Envelope = { ...NOTHING, rest: null };
  /** What a reader that ignores case takes for the protocol's own: whose it is would be decided there. */
  const alike: Record<string, null> = {};
  let own = 0;
  for (const { key, value, end } of members) {
    const text = meta.toString('utf8', value, end);
    if (key === 'progressToken') envelope.progressToken = /^["\d-]/.test(text) ? text : null;
    else if (key === OWN.version) envelope.version = text.startsWith('"') ? (JSON.parse(text) as string) : '';
    else if (key === OWN.capabilities)
      envelope.capabilities = text.startsWith('{') ? (JSON.parse(text) as JsonObject) : null;
    else if (key === OWN.client) envelope.clientInfoIsObject = text.startsWith('{');
    else if (key === OWN.logLevel) envelope.logLevel = logLevel(text.startsWith('"') ? JSON.parse(text) : null);
    else if (key === 'traceparent' || key === 'tracestate')
      envelope[key] = text.startsWith('"') ? (JSON.parse(text) as string) : null;
    else if (key !== OWN.subscription && key !== OWN.related) {
      if (!FOLDED.has(fold(key))) continue;
      alike[key] = null;
    }
    own++;
  }
  if (own === 0) envelope.rest = oneLine(meta);
  else if (own < members.length)
    envelope.rest = oneLine(Buffer.concat([OPEN, innerMembers(meta, { ...REMOVED, ...alike }), CLOSE]));
  return envelope;
}

export function logLevel(value: unknown): LogLevel | null {
  return LOG_LEVELS.find((level) => level === value) ?? null;
}

export function modernAsker({ capabilities, logLevel: level, progressToken, rest }: Envelope): Asker {
  return {
    era: 'modern',
    version: MODERN_VERSION,
    capabilities: capabilities ?? {},
    logLevel: level,
    progressToken,
    meta: rest,
  };
}

/** @param session null: it is about to begin one. */
export function legacyAsker(session: Session | null, { progressToken, rest }: Envelope): Asker {
  return {
    era: 'legacy',
    version: session?.version ?? '',
    capabilities: session?.capabilities ?? {},
    logLevel: session?.logLevel ?? null,
    progressToken,
    meta: rest,
  };
}

const OPEN = Buffer.from('{');
const CLOSE = Buffer.from('}');
