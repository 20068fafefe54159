/** `build:` sources: a folder with a Dockerfile, known by the hash of its files. */
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { SourceConfig } from '../config/config.js';
import { digestOf } from '../definitions/hash.js';
import { fail } from '../diagnostics/failure.js';
import type { Digest } from '../model/lock.js';
import { digestOfEntries, entriesOf } from './context.js';
import type { ContextEntry } from './context.js';
import { dockerignore } from './dockerignore.js';
import type { Where } from './where.js';

export type BuildSource = Extract<SourceConfig, { type: 'build' }>;

/**
 * Left out unless .dockerignore takes it back (`!.git`): what changes with every commit, and what the lock itself
 * writes, which could never agree with its own hash.
 */
const NEVER_MEANT = ['.git', 'toolbox.lock.yaml', 'toolbox.lock.d', 'toolbox.tokens'];

/**
 * What the engine gets to build from. The Dockerfile goes along even where .dockerignore names it, as Docker does it.
 * @throws Failure `build_failed` where the folder cannot be read or has no Dockerfile.
 */
export async function buildEntries(source: BuildSource, where: Where = {}): Promise<ContextEntry[]> {
  try {
    const ignored = await readFile(join(source.folder, '.dockerignore'), 'utf8').catch(emptyIfMissing);
    const selection = dockerignore(ignored, NEVER_MEANT);
    const dockerfile = dockerfileOf(source);
    const entries = await entriesOf(source.folder, '', {
      includes: (path) => path === dockerfile || selection.includes(path),
      prunes: (folder) => !dockerfile.startsWith(`${folder}/`) && selection.prunes(folder),
    });
    if (entries.some((entry) => entry.path === dockerfile)) return entries;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fail(
      'build_failed',
      `The folder ${source.declared} cannot be read: ${error.message}`,
      'Make it readable, or leave the file out by .dockerignore.',
      where,
    );
  }
  return fail(
    'build_failed',
    `The folder ${source.declared} has no ${source.dockerfile}.`,
    'Write one, or name the right file with `dockerfile:`, as a path inside the folder.',
    where,
  );
}

/** Over the files, and which of them is the Dockerfile. */
export async function buildDigest(source: BuildSource, where: Where = {}): Promise<Digest> {
  return digestOfBuild(source, await buildEntries(source, where));
}

export async function digestOfBuild(source: BuildSource, entries: readonly ContextEntry[]): Promise<Digest> {
  return digestOf({ files: await digestOfEntries(entries), dockerfile: dockerfileOf(source) });
}

/** As paths in the context are written: `./docker/Dockerfile` is `docker/Dockerfile`. */
export function dockerfileOf(source: BuildSource): string {
  return posix.normalize(source.dockerfile);
}

function emptyIfMissing(error: unknown): string {
  if (isSystemError(error) && error.code === 'ENOENT') return '';
  throw error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
