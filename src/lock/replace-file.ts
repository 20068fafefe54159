/** Writes a file whole or not at all, and not when it says so already. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing } from '../config/text-file.js';

/** @returns whether anything had to be written. */
export async function replaceFile(path: string, text: string): Promise<boolean> {
  if ((await present(path)) === text) return false;
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw cause;
  }
  return true;
}

async function present(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw cause;
  }
}
