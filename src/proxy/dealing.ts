/** A request that policy allows, with all that it takes to carry it out. */
import type { PolicyLimits, ServerRequest } from '../policy/artifact.js';
import type { Enforced } from './enforced.js';
import type { TaskWork } from './task-work.js';
import type { Era } from './upstream-port.js';

export interface Dealing {
  /** The server's own, as the agent's. */
  method: string;
  server: string;
  generation: number;
  /** The server's own name of the tool or prompt, or the URI. */
  name: string;
  rule: string;
  definition: string | null;
  image: string;
  serverRequests: readonly ServerRequest[];
  /** Of its params, in the server's terms; without `_meta`. */
  members: Buffer;
  /** What of them the audit signs for. */
  signed: Buffer | null;
  /** traceparent and the like. */
  headers: Readonly<Record<string, string>> | null;
  limits: PolicyLimits | null;
  auditArguments: 'hmac' | 'full';
  /** Whether an older agent was shown a wrapped outputSchema. */
  wraps: boolean;
  /** Whether a server may want more input before it answers (MCP 2026-07-28, Multi Round-Trip Requests). */
  mayAskBack: boolean;
  /** What it has to do with a task; null: nothing, as most. */
  task: TaskWork | null;
  /** Whether a later policy still gives it. */
  allowed: (enforced: Enforced, now: number) => boolean;
  /** The whole answer where there is none of the server's. */
  refusal: (id: string, why: Why, era: Era) => string;
}

export interface Why {
  reason: string;
  detail: string;
  /** After which it is worth trying again, where that is known. */
  retryAfterMs?: number;
}
