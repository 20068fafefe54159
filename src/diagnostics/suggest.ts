/** "Did you mean": the candidate that a slip of the fingers would have turned into what was written. */

/** @returns null where nothing is near enough to be worth saying. */
export function didYouMean(written: string, candidates: Iterable<string>): string | null {
  const wanted = fold(written);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | null = null;
  let least = limit + 1;
  for (const candidate of candidates) {
    const folded = fold(candidate);
    if (candidate === written || Math.abs(folded.length - wanted.length) >= least) continue;
    const found = distance(wanted, folded);
    if (found < least) {
      least = found;
      best = candidate;
    }
  }
  return best;
}

/** Case and the choice of separator are the commonest slips; they cost nothing. Bounded, because input is. */
function fold(text: string): string {
  return text
    .slice(0, 200)
    .toLowerCase()
    .replace(/[_\s-]+/g, '-');
}

/** Optimal string alignment: insertions, deletions, substitutions, and neighbours swapped. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (older[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    older = old;
    old = row;
  }
  return old[b.length] ?? 0;
}
