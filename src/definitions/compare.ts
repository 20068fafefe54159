/** What a server shows now against what was locked. */
import type { Definition } from '../model/definitions.js';
import type { Digest } from '../model/lock.js';
import { digestOf } from './hash.js';

export interface Comparison {
  /** Shown under another definition than locked, or shown twice: to be quarantined. */
  changed: string[];
  /** Locked, not shown. */
  missing: string[];
  /** Shown, not locked: to be withheld. */
  extra: string[];
}

export function compareDefinitions(
  locked: { tools: Readonly<Record<string, Digest>> },
  seen: readonly Definition[],
): Comparison {
  const names = new Set<string>();
  const changed = new Set<string>();
  const extra = new Set<string>();
  for (const tool of seen) {
    const expected = Object.hasOwn(locked.tools, tool.name) ? locked.tools[tool.name] : undefined;
    if (expected === undefined) extra.add(tool.name);
    else if (names.has(tool.name) || digestOf(tool) !== expected) changed.add(tool.name);
    names.add(tool.name);
  }
  const missing = Object.keys(locked.tools).filter((name) => !names.has(name));
  return { changed: [...changed].sort(), missing: missing.sort(), extra: [...extra].sort() };
}
