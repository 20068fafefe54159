/** One HTTP request as the pipeline sees it, and what all requests share. */
import type { AuditLog, DecisionEntry } from '../audit/append.js';
import type { ArgumentMac } from '../audit/argument-mac.js';
import { traceparent, type TraceContext } from '../mcp/trace-context.js';
import type { Endpoint } from '../policy/endpoint.js';
import type { Caller } from './identity/authenticate.js';
import type { Crowd } from './calls/crowd.js';
import type { Asker } from './sessions/asker.js';
import type { Audience } from './subscriptions/audience.js';
import type { Enforced } from './enforced.js';
import type { EventSink } from './http/event-stream.js';
import type { Headers } from './http/headers.js';
import type { Holds } from './calls/holds.js';
import type { Jwts } from './identity/jwts.js';
import type { Limits } from './calls/limits.js';
import type { Parking } from './calls/parking.js';
import type { Seal } from './message/seal.js';
import type { Session, Sessions } from './sessions/sessions.js';
import type { Tracer } from './telemetry/spans.js';
import type { StreamPlaces } from './http/stream-places.js';
import type { Strangers } from './identity/strangers.js';
import type { Talk } from './sessions/talk.js';
import type { Tasks } from './tasks/tasks.js';
import type { Underway } from './underway.js';
import type { Upstreams } from './servers/upstreams.js';

/** Its bytes, or why there are none. */
export type Body = Buffer | 'too_large' | 'too_many' | 'aborted';

export interface Exchange {
  method: string;
  /** Without the query, which is never looked at. */
  path: string;
  headers: Headers;
  /** Whose it is, once that is known: what it has not read counts against it. */
  agent: string;
  /**
   * @param take asked before each piece is kept.
   * @returns why there is none: larger than allowed, more than `take` gave, or the connection ended.
   */
  body(take: (bytes: number) => boolean): Body | Promise<Body>;
  /** Called once when the agent goes away before its answer. @returns a function that forgets the callback. */
  onGone(callback: () => void): () => void;
  gone(): boolean;
  /**
   * Begins the answer as an event stream; whatever reply comes then is not sent any more.
   * @param lasting it is not the answer to one call, and takes nobody's place.
   */
  stream(headers: Record<string, string>, lasting: boolean): EventSink;
}

/** What the pipeline works with; made once by proxy.ts. */
export interface House {
  enforced(): Enforced | null;
  /** Token ids revoked beside the policy. */
  revoked(): ReadonlySet<string>;
  sessions: Sessions;
  upstreams: Upstreams;
  audit: AuditLog;
  strangers: Strangers;
  mac: ArgumentMac;
  /** The date, in milliseconds: for what expires at one. */
  now(): number;
  /** Milliseconds that no change of the date moves: for whatever is measured. */
  clock(): number;
  version: string;
  crowd: Crowd;
  limits: Limits;
  /** Who hears of changed lists. */
  audience: Audience;
  underway: Underway;
  parking: Parking;
  seal: Seal;
  tasks: Tasks;
  places: StreamPlaces;
  holds: Holds;
  jwts: Jwts;
  /** null: spans go nowhere, and none are made. */
  tracer: Tracer | null;
}

/** A request whose sender is known. */
export interface Visit {
  house: House;
  exchange: Exchange;
  enforced: Enforced;
  endpoint: Endpoint;
  caller: Caller;
  /** The token ids that were revoked beside the policy, and when that was: by these it was admitted. */
  revoked: ReadonlySet<string>;
  admitted: number;
}

/** A message of a visit. */
export interface Errand extends Visit {
  bytes: Buffer;
  /** null: a modern agent, or `initialize`. */
  session: Session | null;
  asker: Asker;
  /** The trace that it belongs to, and the span in it that is its server's parent; null: none. */
  trace: TraceContext | null;
  /** What has been said before the answer; null: nothing, and in a batch nothing can be. */
  talk: Talk | null;
  batch: boolean;
  /** HTTP status of the answer. */
  status: number;
}

type Decided = Pick<DecisionEntry, 'method' | 'decision' | 'reason'> &
  Partial<Omit<DecisionEntry, 'sent' | 'task'>> & { sent?: string | undefined; task?: number | undefined };

/** A decision line, its known parts filled in. */
export function entryOf(
  {
    enforced,
    endpoint,
    caller,
    trace,
  }: Pick<Visit, 'enforced' | 'endpoint'> & { caller: Caller | null; trace?: TraceContext | null },
  decided: Decided,
): DecisionEntry {
  return {
    // Field by field, in the order of the line: spreading costs a microsecond, and this is every call's.
    agent: decided.agent ?? caller?.agent ?? null,
    subject: decided.subject ?? caller?.subject ?? null,
    endpoint: endpoint.path,
    server: decided.server ?? null,
    generation: decided.generation ?? null,
    tool: decided.tool ?? null,
    rule: decided.rule ?? 'default',
    policy: enforced.loaded.digest,
    definition: decided.definition ?? null,
    image: decided.image ?? null,
    arguments: decided.arguments ?? null,
    ...(trace && { traceparent: traceparent(trace) }),
    method: decided.method,
    decision: decided.decision,
    reason: decided.reason,
    ...(decided.sent !== undefined && { sent: decided.sent }),
    ...(decided.task !== undefined && { task: decided.task }),
    ...(decided.count !== undefined && { count: decided.count }),
  };
}
