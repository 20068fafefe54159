/** Which shared libraries programs of this host load: what an image made of them must hold besides. */
import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ContextEntry } from './context.js';

export interface Libraries {
  /** Where the loader finds them, itself among them; sorted. */
  paths: string[];
  /** Names that it finds nowhere. */
  missing: string[];
}

const MAX_OUTPUT = 16 * 1024 * 1024;

/** @throws Error in `ldd`'s words where it cannot read one of the files. */
export async function librariesOf(files: readonly string[]): Promise<Libraries> {
  if (files.length === 0) return { paths: [], missing: [] };
  let output: string;
  try {
    output = (await promisify(execFile)('ldd', [...files], { maxBuffer: MAX_OUTPUT })).stdout;
  } catch (error) {
    const words = error instanceof Error ? error.message.trim() : String(error);
    if (files.length === 1 && /not a dynamic executable|statically linked/.test(words))
      return { paths: [], missing: [] };
    throw new Error(words);
  }
  const missing = [...output.matchAll(/(\S+) => not found/g)].map(([, name = '']) => name);
  // A line without a path (the kernel's vdso) is no file; one that ends in a colon is the question.
  const paths = (output.match(/\/\S+/g) ?? []).filter((path) => !path.endsWith(':'));
  return { paths: [...new Set(paths)].sort(), missing: [...new Set(missing)].sort() };
}

export function isMusl({ paths }: Libraries): boolean {
  return paths.some((path) => path.includes('/ld-musl-'));
}

/** Where the loader will look for it, with what lies behind the links there. */
export async function programEntry(at: string, from = at): Promise<ContextEntry> {
  const real = await realpath(from);
  return { path: `root${at}`, type: 'file', from: real, size: (await stat(real)).size, executable: true };
}

const PASSWD = 'root:x:0:0:root:/:\nnonroot:x:65532:65532:nonroot:/:\n';
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';

/** What every image that begins with nothing needs: somewhere to write, and two users. */
export const SURROUNDINGS: readonly ContextEntry[] = [
  { path: 'root/tmp', type: 'folder', mode: 0o1777 },
  { path: 'root/etc/passwd', type: 'text', text: PASSWD, executable: false },
  { path: 'root/etc/group', type: 'text', text: GROUP, executable: false },
];
