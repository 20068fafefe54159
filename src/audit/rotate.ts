/** Moves a full audit file aside as `audit-NNNNNN.jsonl`, and removes the oldest beyond those kept. */
import { readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

const ROTATED = /^audit-(\d{6,})\.jsonl$/;

export function rotate(dir: string, current: string, keep: number): void {
  const aside = rotatedFiles(readdirSync(dir));
  const next = Number(ROTATED.exec(aside.at(-1) ?? '')?.[1] ?? 0) + 1;
  renameSync(join(dir, current), join(dir, `audit-${String(next).padStart(6, '0')}.jsonl`));
  for (const name of aside.slice(0, Math.max(0, aside.length + 1 - keep))) unlinkSync(join(dir, name));
}

/** The rotated files among these names, oldest first. The current one comes after them. */
export function rotatedFiles(names: readonly string[]): string[] {
  const number = (name: string): number => Number(ROTATED.exec(name)?.[1]);
  return names.filter((name) => ROTATED.test(name)).sort((a, b) => number(a) - number(b));
}
