/**
 * One archive instead of thousands of files, which the classic builder would unpack, hash and copy one by one (seen:
 * three times as long).
 */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { tarOf } from './context.js';
import type { ContextEntry } from './context.js';

/** @param folder where it is put while it is needed. @param name for `ADD name /`. */
export async function archived(folder: string, name: string, entries: readonly ContextEntry[]): Promise<ContextEntry> {
  const from = join(folder, name);
  await pipeline(tarOf(entries), createWriteStream(from));
  return { path: name, type: 'file', from, size: (await stat(from)).size, executable: false };
}
