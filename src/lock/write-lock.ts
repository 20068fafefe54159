/** Lock → toolbox.lock.yaml and toolbox.lock.d/: what differs is written, what belongs to servers that are gone is removed. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lock } from '../model/lock.js';
import { writeLockYaml } from './lock-yaml.js';
import { definitionsFile, LOCK_FILE, LOCK_FOLDER, treeFile } from './names.js';
import { replaceFile } from './replace-file.js';
import { reviewable } from './reviewable.js';

/**
 * The YAML comes last: whoever is interrupted leaves a lock whose hashes disagree, never one that half counts.
 * @returns the files written or removed, relative to `root`, sorted.
 */
export async function writeLock(root: string, lock: Lock): Promise<string[]> {
  const files = new Map<string, string>();
  for (const [server, { source, definitions, tree }] of Object.entries(lock.servers)) {
    files.set(definitionsFile(server), reviewable({ server, definitions }));
    const file = treeFile(server, source.type);
    if (file !== null) files.set(file, reviewable(tree));
  }
  const present = await readdir(join(root, LOCK_FOLDER)).catch(() => []);
  const stale = present
    .map((name) => `${LOCK_FOLDER}/${name}`)
    .filter((file) => file.endsWith('.json') && !files.has(file));
  files.set(LOCK_FILE, writeLockYaml(lock));
  const written: string[] = [];
  for (const [file, text] of files) if (await replaceFile(join(root, file), text)) written.push(file);
  for (const file of stale) await rm(join(root, file), { force: true });
  return [...written, ...stale].sort();
}
