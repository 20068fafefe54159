/** What the engine refuses, as diagnostics that keep its own words; and what a caller may ask of such a refusal. */
import { Failure, problem } from '../diagnostics/failure.js';
import type { Code } from '../diagnostics/codes.js';

const LONGEST_MESSAGE = 2_000;

/** An answer outside 2xx. Queries and bodies are left out of its words: they can hold build arguments and environments. */
export class EngineRefusal extends Failure {
  constructor(
    readonly status: number,
    /** The engine's own words. */
    readonly words: string,
    call: { method: string; path: string },
  ) {
    super([problem('engine_error', `${call.method} ${call.path} was answered ${status}: ${words}`, fixFor(status))]);
  }
}

function fixFor(status: number): string {
  if (status === 404) return 'Something was removed while it was in use: run the command again.';
  if (status === 409)
    return 'Something else holds that name, or uses the thing: see `docker ps -a`, then run the command again.';
  if (status >= 500) return 'The cause is in the engine’s words above; its log (`journalctl -u docker`) says more.';
  return 'The cause is in the engine’s words above; mend it and run the command again.';
}

/** The name is taken, or the thing is in use. */
export function isConflict(error: unknown): boolean {
  return error instanceof EngineRefusal && error.status === 409;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof EngineRefusal && error.status === 404;
}

/** A diagnostic of another code, with what the engine said as its cause. */
export function engineFailure(code: Code, detail: string, fix: string): Failure {
  return new Failure([problem(code, detail, fix)]);
}

/** The engine's message out of an error's body: `{"message": "…"}`, or whatever a proxy in between wrote. */
export function messageOf(body: string): string {
  return clip(jsonMessage(body) ?? body.trim()) || 'no reason given';
}

function jsonMessage(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('message' in value)) return null;
    return typeof value.message === 'string' ? value.message.trim() : null;
  } catch {
    return null;
  }
}

function clip(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}
