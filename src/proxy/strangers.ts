/**
 * Audit lines of refusals that need no token to cause: wrong Host or Origin, no valid token. Each gets its line until
 * there are too many; then they are counted and written as one line a second, so that a flood can neither hide
 * among them nor wash the log away.
 */
import type { AuditLog, DecisionEntry } from '../audit/append.js';

const PER_SECOND = 20;

interface Gathered {
  written: number;
  more: number;
  entry: DecisionEntry;
}

export class Strangers {
  readonly #reasons = new Map<string, Gathered>();
  #timer: NodeJS.Timeout | null = null;

  constructor(readonly audit: AuditLog) {}

  refused(entry: DecisionEntry): void {
    const gathered = this.#reasons.get(entry.reason) ?? { written: 0, more: 0, entry };
    this.#reasons.set(entry.reason, gathered);
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
    for (const { more, entry } of this.#reasons.values()) {
      // Whoever came last stands for the rest; what they had in common is the reason.
      if (more > 0) this.#write({ ...entry, agent: null, subject: null, count: more });
    }
    this.#reasons.clear();
  }

  #write(entry: DecisionEntry): void {
    // Refused either way; the log reports its own trouble.
    this.audit.decide(entry).catch(() => undefined);
  }
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
