/** What a new lock changes, server by server and tool by tool: what a reviewer looks at. */
import type { Lock, LockedServer } from '../model/lock.js';

export interface LockedChange {
  address: `server.${string}`;
  action: 'unchanged' | 'added' | 'changed' | 'removed';
  /** How many tools it has in the new lock. */
  tools: number;
  /** Names of tools, by what became of them. */
  added: string[];
  altered: string[];
  removed: string[];
}

export function changesBetween(before: Lock | null, after: Lock): LockedChange[] {
  const names = new Set([...Object.keys(before?.servers ?? {}), ...Object.keys(after.servers)]);
  return [...names].sort().map((name) => changeOf(name, before?.servers[name], after.servers[name]));
}

function changeOf(name: string, before: LockedServer | undefined, after: LockedServer | undefined): LockedChange {
  const old = before?.hashes.tools ?? {};
  const now = after?.hashes.tools ?? {};
  return {
    address: `server.${name}`,
    action: actionOf(before, after),
    tools: Object.keys(now).length,
    added: Object.keys(now).filter((tool) => old[tool] === undefined),
    altered: Object.keys(now).filter((tool) => old[tool] !== undefined && old[tool] !== now[tool]),
    removed: Object.keys(old).filter((tool) => now[tool] === undefined),
  };
}

function actionOf(before: LockedServer | undefined, after: LockedServer | undefined): LockedChange['action'] {
  if (!before) return 'added';
  if (!after) return 'removed';
  const same = before.hashes.all === after.hashes.all && JSON.stringify(before.source) === JSON.stringify(after.source);
  return same ? 'unchanged' : 'changed';
}
