/** Where a path leads, at once: by way of a thread, each question would take several times as long (text-file.ts). */
import { realpathSync } from 'node:fs';

/** Symlinks resolved; null: there is nothing, or nothing that may be looked at. */
export function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
