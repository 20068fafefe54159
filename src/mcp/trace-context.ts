/**
 * W3C Trace Context, as MCP carries it: in `_meta` (SEP-414), or in the headers of an HTTP request. Nothing that is not
 * of the grammar goes on, so that neither a server nor a header learns more of an agent than an id and its vendors' words.
 */

export interface TraceContext {
  /** 32 hex digits, not all zero. */
  traceId: string;
  /** 16 hex digits, not all zero: the span that whoever receives this is a child of. */
  spanId: string;
  sampled: boolean;
  /** `tracestate`; null: none. */
  state: string | null;
}

/** As of version 00; of later ones what is known of them (W3C Trace Context, 3.2). */
const PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MEMBER =
  /^[a-z0-9][a-z0-9_\-*/]{0,240}(?:@[a-z][a-z0-9_\-*/]{0,13})?=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MOST_MEMBERS = 32;
const LONGEST_STATE = 512;

/** @returns null where `parent` is none, whatever `state` says. */
export function parseTrace(parent: string | null, state: string | null): TraceContext | null {
  if (parent === null || parent.length > 128) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = PARENT.exec(parent) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return null;
  return {
    traceId,
    spanId,
    sampled: (parseInt(flags, 16) & 1) === 1,
    state: state === null ? null : parseState(state),
  };
}

/** One wrong member makes all of it worthless (3.3.1); a name counts once. */
function parseState(text: string): string | null {
  if (text.length > LONGEST_STATE) return null;
  const members = text
    .split(',')
    .map((each) => each.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((each) => each !== '');
  if (members.length === 0 || members.length > MOST_MEMBERS || !members.every((each) => MEMBER.test(each))) return null;
  const names = new Set(members.map((each) => each.slice(0, each.indexOf('='))));
  return names.size === members.length ? members.join(',') : null;
}

export function traceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
