/** Which files make up the project: `-f`, or ./toolbox.yaml and ./*.toolbox.yaml. */
import { readdirSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import { realPath } from './real-path.js';

export interface FoundFile {
  /** As diagnostics name it: relative to the folder of the command. */
  name: string;
  /** Symlinks resolved. */
  absolute: string;
  folder: string;
}

const MAIN = 'toolbox.yaml';
const MORE = '.toolbox.yaml';

export function findFiles(dir: string, given: readonly string[]): { files: FoundFile[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const found = new Map<string, FoundFile>();
  for (const each of given.length > 0 ? given : [dir]) {
    const paths = expand(resolve(dir, each));
    if (paths.length === 0)
      diagnostics.push(given.length > 0 && statOf(dir)?.isDirectory() ? missing(each) : none(dir));
    for (const path of paths) {
      const absolute = realPath(path) ?? path;
      // A file named twice is still one.
      if (!found.has(absolute)) found.set(absolute, { name: shown(dir, path), absolute, folder: folderOf(path) });
    }
  }
  return { files: [...found.values()], diagnostics };
}

/** A file stands for itself, a folder for the toolbox files in it; nothing for what is not there. */
function expand(path: string): string[] {
  const found = statOf(path);
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  const names = readdirSync(path);
  const more = names.filter((name) => name.endsWith(MORE)).sort();
  return [...(names.includes(MAIN) ? [MAIN] : []), ...more].map((name) => join(path, name));
}

/** Relative paths start where the file was named, not where a symlink leads. */
function folderOf(path: string): string {
  return realPath(dirname(path)) ?? dirname(path);
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
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
  const found = statOf(dir);
  if (!found?.isDirectory())
    return problem(
      'file_missing',
      found ? `${dir} is a file, not a folder.` : `There is no folder ${dir}.`,
      'Correct the path after `-C`.',
    );
  return problem(
    'file_missing',
    `There is no toolbox.yaml and no *.toolbox.yaml in ${dir}.`,
    'Run `toolcrib init` to write one, or name the folder with `-C DIR` or the file with `-f FILE`.',
  );
}
