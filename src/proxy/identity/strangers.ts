/**
 * Audit lines of refusals that need no token to cause: wrong Host or Origin, no valid token, and what servers ask. Each
 * gets its line until there are too many; then they are counted and written as one line a second, so that a flood can neither hide
 * among them nor wash the log away.
 */
import type { AuditLog, DecisionEntry } from '../../audit/append.js';
import type { RefusedRequest } from '../upstream-port.js';

const PER_SECOND = 20;

interface Gathered {
  written: number;
  more: number;
  entry: DecisionEntry;
}

export class Strangers {
  /** By reason, and server. */
  readonly #causes = new Map<string, Gathered>();
  #timer: NodeJS.Timeout | null = null;

  constructor(readonly audit: AuditLog) {}

  refused(entry: DecisionEntry): void {
    // Servers are as many as the policy names; what one does hides nothing of another.
    const cause = `${entry.reason} ${entry.server}`;
    const gathered = this.#causes.get(cause) ?? { written: 0, more: 0, entry };
    this.#causes.set(cause, gathered);
    this.#timer ??= setTimeout(() => this.#tick(), 1000).unref();
    if (gathered.written < PER_SECOND) {
      gathered.written++;
      this.#write(entry);
    } else {
      gathered.more++;
      gathered.entry = entry;
    }
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#tick();
  }

  #tick(): void {
    this.#timer = null;
    for (const { more, entry } of this.#causes.values()) {
      // Whoever came last stands for the rest; what they had in common is the cause.
      if (more > 0) this.#write({ ...entry, agent: null, subject: null, count: more });
    }
    this.#causes.clear();
  }

  #write(entry: DecisionEntry): void {
    // Refused either way; the log reports its own trouble.
    this.audit.decide(entry).catch(() => undefined);
  }
}

/** What a server asked in the course of no request that it surely belongs to, or may not ask at all. */
export function nobodysQuestion({ server, generation, method, reason }: RefusedRequest, policy: string): DecisionEntry {
  const nothing = { tool: null, definition: null, image: null, arguments: null };
  const decided = { decision: 'deny', rule: 'default', reason, policy } as const;
  return { agent: null, subject: null, ...nothing, server, generation, endpoint: '', method, ...decided };
}

/** What was no HTTP has no endpoint, no method and no sender. */
export function badHttp(code: string, policy: string): DecisionEntry {
  const nobody = { agent: null, subject: null, server: null, generation: null, tool: null };
  const nothing = { definition: null, image: null, arguments: null };
  return {
    ...nobody,
    ...nothing,
    endpoint: '',
    method: code,
    decision: 'deny',
    rule: 'default',
    reason: 'bad_http',
    policy,
  };
}
