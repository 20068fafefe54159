/**
 * What the pipeline asks of a server, whatever version it speaks and however it is reached. Framing, sessions, version
 * negotiation, retries and liveness are the implementation's; translating between versions is the pipeline's.
 */
import type { JsonObject } from '../model/definitions.js';
import type { DefinitionKind, Standing } from '../policy/decide.js';

/** With sessions and `initialize` (to 2025-11-25), or stateless (2026-07-28). */
export type Era = 'legacy' | 'modern';

/** MCP, Logging: RFC 5424's, least severe first. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Requests a server may make of an agent in the course of a call. */
export const SERVER_REQUESTS = ['sampling', 'elicitation', 'roots'] as const;
export type ServerRequest = (typeof SERVER_REQUESTS)[number];

/** Whose an instance can be. */
export interface Whose {
  agent: string;
  subject: string | null;
  /** Id of the agent's session; null: a modern agent has none. */
  session: string | null;
}

export interface UpstreamRequest extends Whose {
  /** A method that the server's own version has. */
  method: string;
  /** JSON text of the members of `params`, without braces and without `_meta`; bytes preserved. Empty: none. */
  members: Buffer;
  /** JSON text of the agent's `_meta` without protocol keys and progressToken; the implementation adds its own. */
  meta: Buffer | null;
  /** Tool, prompt or URI: `Mcp-Name` on modern HTTP. */
  name: string | null;
  /** traceparent, Mcp-Param-*. */
  headers: Readonly<Record<string, string>> | null;
  /** null: the implementation's own deadline. */
  timeoutMs: number | null;
  /** Of the agent, as far as policy lets them through: what a modern server may ask for. */
  capabilities: JsonObject;
  /** Asked for by a modern agent with the request, by a legacy one with logging/setLevel; null: no logs wanted. */
  logLevel: LogLevel | null;
  /** Whether to ask for progress, under a token of the implementation's own. */
  progress: boolean;
  /** null: nobody would hear anything but the answer. */
  listener: CallListener | null;
  /** Told of progress after the answer; false: that is all. null: there is none of it. */
  late: ((params: Buffer) => boolean) | null;
}

export type UpstreamAnswer =
  | {
      kind: 'answer';
      key: 'result' | 'error';
      value: Buffer;
      isError: boolean;
      /** `resultType` of a modern server's result; null: it has none. */
      resultType: string | null;
    }
  /** The agent went away or called it off. */
  | { kind: 'cancelled' }
  | {
      kind: 'refused';
      reason:
        | 'unavailable'
        | 'busy'
        | 'timeout'
        /** By its agent, which had to answer first. */
        | 'unanswered'
        | 'server_exited'
        | 'server_bad_output'
        | 'limit_result'
        | 'cut_off';
      detail: string;
    };

export interface Call {
  answer: Promise<UpstreamAnswer>;
  /** Idempotent; resolves the answer as cancelled and tells the server. */
  cancel: () => void;
}

/** Of a server's, in the course of no request of an agent's. */
export interface RefusedRequest {
  server: string;
  generation: number;
  method: string;
  /** `no_request`: it cannot be told whose agent it would be; `unknown_request`: its version asks so nobody; `busy`. */
  reason: 'no_request' | 'unknown_request' | 'busy';
}

/** What comes before a call's answer. Never called after it, nor after `cancel`. */
export interface CallListener {
  /** progress (its token is replaced by the listener), message: those that belong to this call, and only those. */
  notification(method: string, params: Buffer): void;
  /** elicitation, sampling, roots: only where the server is surely speaking of this call. */
  request(method: string, params: Buffer, answering: Answering): TakeBack;
}

/** The server wants no answer any more; what comes of it is nobody's. */
export type TakeBack = () => void;

/** What its agent has to say to a server's question. */
export interface Answering {
  reply: (answer: RequestReply) => void;
  /** Told params of notifications/progress, under whatever token; null: its server wants none. */
  progress: ((params: Buffer) => void) | null;
}

export type RequestReply = { result: Buffer } | { error: Buffer };

/** What is said of what somebody listens to. */
export interface Hearing {
  told: (params: Buffer) => void;
  /** Its server, asked again, takes it no more: nothing follows. */
  declined: () => void;
}

/** An interest in a resource. Several in one URI are one subscription of the server's, renewed when it restarts. */
export interface Subscription {
  /** Of the server's, to the first who asked. */
  answer: Promise<UpstreamAnswer>;
  close: () => void;
}

/** Where a task lives: an instance, for as long as what it has made can be there. */
export interface Home {
  /** One and the same object for all tasks that could share an id. */
  readonly key: object;
  readonly alive: boolean;
  /** Keeps an idle instance for it. @returns how to let go. */
  stay(): () => void;
}

export interface PlacedCall {
  call: Call;
  /** Where it was sent: asked when it has been answered, before anything else happens. */
  home: () => Home | null;
}

export interface UpstreamPort {
  /** `legacy` until it is known. */
  readonly era: Era;
  /** As it declared them when it was last opened. */
  readonly capabilities: JsonObject;
  /** null: it cannot be called now. */
  request(request: UpstreamRequest): Call | null;
  /** As `request`, there and nowhere else. @param home null: anywhere. */
  requestAt(home: Home | null, request: UpstreamRequest): PlacedCall | null;
  /** notifications/tasks of one that lives there. null: as `request`. */
  followAt(home: Home, raw: string, hearing: Hearing): Subscription | null;
  /** Params of each notifications/resources/updated. null: as `request`. */
  subscribe(whose: Whose, uri: string, hearing: Hearing): Subscription | null;
  standing(kind: DefinitionKind, name: string): Standing;
  /** Whether there is an instance of that session's alone, which is told what concerns it. */
  hearsOf(whose: Whose): boolean;
  /** A notification without params, to that instance. */
  tell(whose: Whose, method: string): void;
}
