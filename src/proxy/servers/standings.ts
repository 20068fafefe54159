/** How what a server shows compares with its lock, by kind of definition. */
import { compareDefinitions, type Comparison } from '../../definitions/compare.js';
import type { ServerDefinitions } from '../../model/definitions.js';
import type { Digest } from '../../model/lock.js';
import type { PolicyGeneration } from '../../policy/artifact.js';
import type { DefinitionKind, Standing } from '../../policy/decide.js';

/** What it must show. */
export interface LockedGeneration extends PolicyGeneration {
  /** Prompt → hash of its locked definition. */
  prompts: Readonly<Record<string, Digest>>;
  /** The version that was spoken when it was locked. */
  version: string;
}

export type Compared = Record<DefinitionKind, Comparison>;

const SAME: Comparison = { changed: [], missing: [], extra: [] };
export const NO_DIFFERENCE: Compared = { tool: SAME, prompt: SAME };

export function compare(locked: LockedGeneration, shown: Pick<ServerDefinitions, 'tools' | 'prompts'>): Compared {
  return {
    tool: compareDefinitions(locked, shown.tools),
    prompt: compareDefinitions({ tools: locked.prompts }, shown.prompts),
  };
}

export function standingIn(compared: Compared, kind: DefinitionKind, name: string): Standing {
  const { changed, missing } = compared[kind];
  if (changed.includes(name)) return 'changed';
  return missing.includes(name) ? 'missing' : 'locked';
}

/** Of both kinds, as they are told. */
export function namedIn(compared: Compared, what: keyof Comparison): string[] {
  return [...compared.tool[what], ...compared.prompt[what].map((name) => `prompt ${name}`)];
}

/** Of several instances: changed in one is changed; missing only where no instance shows it. */
export function merged(all: readonly Compared[]): Compared {
  const [first, ...rest] = all;
  if (!first) return NO_DIFFERENCE;
  if (rest.length === 0) return first;
  const of = (kind: DefinitionKind): Comparison => ({
    changed: [...new Set(all.flatMap((each) => each[kind].changed))].sort(),
    missing: first[kind].missing.filter((name) => rest.every((each) => each[kind].missing.includes(name))),
    extra: [...new Set(all.flatMap((each) => each[kind].extra))].sort(),
  });
  return { tool: of('tool'), prompt: of('prompt') };
}

/** @throws DefinitionsDiffer */
export function demandEqual(compared: Compared): void {
  const changed = namedIn(compared, 'changed');
  const missing = namedIn(compared, 'missing');
  if (changed.length + missing.length === 0) return;
  const what = [
    ...(changed.length > 0 ? [`changed: ${changed.slice(0, 10).join(', ')}`] : []),
    ...(missing.length > 0 ? [`missing: ${missing.slice(0, 10).join(', ')}`] : []),
  ];
  throw new DefinitionsDiffer(`Its definitions differ from the lock (${what.join('; ')}).`);
}

export class DefinitionsDiffer extends Error {
  override readonly name = 'DefinitionsDiffer';
}
