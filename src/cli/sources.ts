/** The text of the files that diagnostics point into, for showing the lines. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';

/** More than any file that was read far enough to have a position. */
const LIMIT = 4 * 1024 * 1024;

/** By name as in the ranges. A file that cannot be read any more is left out. */
export async function sourcesOf(diagnostics: readonly Diagnostic[], dir: string): Promise<Map<string, string>> {
  const names = new Set(diagnostics.flatMap((each) => (each.range ? [each.range.file] : [])));
  const sources = new Map<string, string>();
  for (const name of names) {
    const text = await beginning(resolve(dir, name));
    if (text !== null) sources.set(name, text);
  }
  return sources;
}

async function beginning(file: string): Promise<string | null> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(Math.min(size, LIMIT)) });
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
