/** Which files make up the project: `-f`, or ./toolbox.yaml and ./*.toolbox.yaml. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';

export interface FoundFile {
  /** As diagnostics name it: relative to the folder of the command. */
  name: string;
  /** Symlinks resolved. */
  absolute: string;
  folder: string;
}

const MAIN = 'toolbox.yaml';
const MORE = '.toolbox.yaml';

export async function findFiles(
  dir: string,
  given: readonly string[],
): Promise<{ files: FoundFile[]; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const found = new Map<string, FoundFile>();
  for (const each of given.length > 0 ? given : [dir]) {
    const paths = await expand(resolve(dir, each));
    if (paths.length === 0) diagnostics.push(given.length > 0 ? missing(each) : none(dir));
    for (const path of paths) {
      const absolute = await realpath(path).catch(() => path);
      // A file named twice is still one.
      if (!found.has(absolute)) found.set(absolute, { name: shown(dir, path), absolute, folder: await folderOf(path) });
    }
  }
  return { files: [...found.values()], diagnostics };
}

/** A file stands for itself, a folder for the toolbox files in it; nothing for what is not there. */
async function expand(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  const names = await readdir(path);
  const more = names.filter((name) => name.endsWith(MORE)).sort();
  return [...(names.includes(MAIN) ? [MAIN] : []), ...more].map((name) => join(path, name));
}

/** Relative paths start where the file was named, not where a symlink leads. */
async function folderOf(path: string): Promise<string> {
  return realpath(dirname(path)).catch(() => dirname(path));
}

/** As a person would type it; absolute where that is shorter than climbing out. */
export function shown(dir: string, path: string): string {
  const way = relative(dir, path);
  return way.startsWith(`..${sep}..${sep}`) ? path : way;
}

function missing(given: string): Diagnostic {
  return problem(
    'file_missing',
    `\`${given}\` is not there, or is a folder without toolbox files.`,
    'Correct the path after `-f`.',
  );
}

function none(dir: string): Diagnostic {
  return problem(
    'file_missing',
    `There is no toolbox.yaml and no *.toolbox.yaml in ${dir}.`,
    'Run `toolcrib init` to write one, or name the folder with `-C DIR` or the file with `-f FILE`.',
  );
}
