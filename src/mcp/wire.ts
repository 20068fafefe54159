/**
 * The port to one live server, below requests and above bytes: a bridge's stdio, streamable HTTP, HTTP+SSE. Messages go
 * out whole and come back whole, with the request on whose own stream they came, where the transport has such.
 */
import type { Failure } from '../diagnostics/failure.js';

/** With sessions and `initialize` (to 2025-11-25), or stateless (2026-07-28). */
export type Era = 'legacy' | 'modern';

export interface Outgoing {
  id: number;
  method: string;
  /** Tool, prompt or URI: `Mcp-Name` on modern HTTP. */
  name: string | null;
  /** The whole message; white space may follow it. */
  body: Buffer;
  headers: Readonly<Record<string, string>> | null;
}

/** Why a wire ended that its own proxy closed. */
export const CLOSED_HERE = 'The proxy closed it.';

/** Why a request will have no answer. */
export interface Loss {
  /** Whether the server may have seen it, and so may have acted on it. */
  reached: 'no' | 'maybe';
  reason: 'unavailable' | 'server_exited' | 'server_bad_output';
  detail: string;
  /** HTTP's, where that is what was said. */
  status: number | null;
}

export interface WireListener {
  /** @param about the request on whose stream it came; null: the transport does not tell. */
  message(bytes: Buffer, about: number | null): void;
  /** That request alone is lost. */
  lost(id: number, loss: Loss): void;
  /** What went unheard meanwhile is unknown: a stream of announcements was interrupted. */
  missed(): void;
  /** It takes nothing new; what is under way may finish. */
  retired(reason: string): void;
  /** Once; everything under way is lost. */
  closed(reason: string): void;
}

export interface Wire {
  readonly era: Era;
  /** Whether messages on a request's own stream are told apart from others'. */
  readonly attributes: boolean;
  /** Whether the server can announce changes of its own accord now. */
  readonly announces: boolean;
  /** What the server broke, where it is to blame for the end. */
  readonly broken: Failure | null;
  /** At most one; what came before is handed over first. */
  listen(listener: WireListener): void;
  request(outgoing: Outgoing): void;
  /** A notification (with its method), or an answer to the server (null). */
  say(body: Buffer, method: string | null): void;
  /** Nobody waits for it any more. @returns whether the server learns so by that alone. */
  abandon(id: number): boolean;
  /** It has been answered: its stream may end. */
  done(id: number): void;
  /** Bytes the server has not taken yet. */
  waiting(): number;
  /** Idempotent. Ends what the server holds for it as well. */
  close(): void;
}
