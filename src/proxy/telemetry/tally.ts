/**
 * Counts that every call adds to, kept so that adding is two lookups and no object: prom-client, which hashes labels at
 * each observation, is told when it is asked. One a process and name; labels come from the policy and tables of ours.
 */
import type { Counter, Metric } from 'prom-client';

/** By three labels, any of which may be empty. */
export class Tally<T> {
  readonly #first = new Map<string, Map<string, Map<string, T>>>();

  constructor(readonly make: () => T) {}

  at(a: string, b: string, c: string): T {
    let second = this.#first.get(a);
    if (!second) this.#first.set(a, (second = new Map<string, Map<string, T>>()));
    let third = second.get(b);
    if (!third) second.set(b, (third = new Map<string, T>()));
    let cell = third.get(c);
    if (cell === undefined) third.set(c, (cell = this.make()));
    return cell;
  }

  *[Symbol.iterator](): Generator<[string, string, string, T]> {
    for (const [a, second] of this.#first)
      for (const [b, third] of second) for (const [c, cell] of third) yield [a, b, c, cell];
  }
}

export interface Count {
  value: number;
}

export const newCount = (): Count => ({ value: 0 });

/** What a counter shows is what was tallied. */
export function tallied<L extends string>(
  counter: Counter<L>,
  tally: Tally<Count>,
  labels: (a: string, b: string, c: string) => Record<L, string>,
): void {
  counter.reset();
  for (const [a, b, c, { value }] of tally) if (value > 0) counter.inc(labels(a, b, c), value);
}

/** Durations of one kind, by the bucket that each falls into. */
export class Durations {
  readonly buckets: number[];
  sum = 0;
  count = 0;

  /** @param bounds seconds, ascending. */
  constructor(readonly bounds: readonly number[]) {
    this.buckets = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.sum += seconds;
    this.count++;
    // Every call comes by here.
    const { bounds, buckets } = this;
    let at = 0;
    while (at < bounds.length && seconds > (bounds[at] as number)) at++;
    if (at < bounds.length) buckets[at] = (buckets[at] ?? 0) + 1;
  }
}

/** A histogram as a registry takes it; prom-client's own can only be told one observation after another. */
export function histogram(
  about: { name: string; help: string },
  tally: Tally<Durations>,
  labelsOf: (a: string, b: string, c: string) => Record<string, string>,
): Metric {
  const { name } = about;
  const get = (): object => {
    const values: object[] = [];
    for (const [a, b, c, { bounds, buckets, sum, count }] of tally) {
      const labels = labelsOf(a, b, c);
      let below = 0;
      bounds.forEach((le, i) => {
        below += buckets[i] ?? 0;
        values.push({ metricName: `${name}_bucket`, labels: { le, ...labels }, value: below });
      });
      values.push({ metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count });
      values.push({ metricName: `${name}_sum`, labels, value: sum });
      values.push({ metricName: `${name}_count`, labels, value: count });
    }
    return { ...about, type: 'histogram', values, aggregator: 'sum' };
  };
  return { ...about, get, reset: () => undefined } as unknown as Metric;
}
