/**
 * Calls counted against a grant's limits: by agent and rule, so that neither more tokens nor more sessions of an agent
 * give it more, and across policies, so that a reload gives nothing back.
 */
import type { PolicyLimits } from '../../policy/artifact.js';

export interface Passed {
  /** Once, when the call has ended. */
  leave: () => void;
}

export interface Held {
  reason: 'limit_rate' | 'limit_concurrent';
  detail: string;
  /** After which it is worth trying again; null: when another call has ended. */
  retryAfterMs: number | null;
}

interface Count {
  /** Calls that may begin at once. */
  left: number;
  /** When `left` was reckoned. */
  at: number;
  running: number;
  /** Whether calls were counted by a rate when `left` was reckoned. */
  rated: boolean;
}

const NOTHING: Passed = { leave: () => undefined };

export class Limits {
  readonly #counts = new Map<string, Count>();

  /** @param clock milliseconds that no change of the date moves. */
  constructor(readonly clock: () => number = () => performance.now()) {}

  enter(agent: string, rule: string, limits: PolicyLimits | null): Passed | Held {
    if (limits === null || (limits.rate === null && limits.concurrent === null)) return NOTHING;
    const count = this.#count(keyOf(agent, rule), limits);
    if (limits.concurrent !== null && count.running >= limits.concurrent) {
      const detail = `${limits.concurrent} calls of this grant are under way, and no more may be; try again when one has ended`;
      return { reason: 'limit_concurrent', detail, retryAfterMs: null };
    }
    if (limits.rate !== null) {
      if (count.left < 1) return late(limits.rate, count.left);
      count.left--;
    }
    count.running++;
    return { leave: () => count.running-- };
  }

  /** Forgets what no grant of the policy counts any more. */
  keep(rules: Iterable<{ agent: string; rule: string }>): void {
    const known = new Set([...rules].map(({ agent, rule }) => keyOf(agent, rule)));
    for (const [key, { running }] of this.#counts) if (running === 0 && !known.has(key)) this.#counts.delete(key);
  }

  #count(key: string, { rate }: PolicyLimits): Count {
    const now = this.clock();
    let count = this.#counts.get(key);
    if (!count) this.#counts.set(key, (count = { left: rate?.calls ?? 0, at: now, running: 0, rated: false }));
    if (rate && !count.rated) count.left = rate.calls;
    else if (rate) count.left = Math.min(rate.calls, count.left + ((now - count.at) * rate.calls) / rate.milliseconds);
    count.at = now;
    count.rated = rate !== null;
    return count;
  }
}

function late({ calls, milliseconds }: NonNullable<PolicyLimits['rate']>, left: number): Held {
  const retryAfterMs = Math.ceil(((1 - left) * milliseconds) / calls);
  const detail = `more than ${calls} calls in ${milliseconds / 1000} s; try again in ${Math.ceil(retryAfterMs / 1000)} s`;
  return { reason: 'limit_rate', detail, retryAfterMs };
}

function keyOf(agent: string, rule: string): string {
  return `${agent} ${rule}`;
}
