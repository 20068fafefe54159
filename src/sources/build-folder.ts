/** `build:` sources: a folder with a Dockerfile, known by the hash of its files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../config/config.js';
import type { Digest } from '../model/lock.js';
import { digestOfEntries, entriesOf } from './context.js';
import type { ContextEntry } from './context.js';
import { dockerignore } from './dockerignore.js';

export type BuildSource = Extract<SourceConfig, { type: 'build' }>;

/** What the engine gets to build from. The Dockerfile goes along even where .dockerignore names it, as Docker does it. */
export async function buildEntries(source: BuildSource): Promise<ContextEntry[]> {
  const ignored = await readFile(join(source.folder, '.dockerignore'), 'utf8').catch(() => '');
  const included = dockerignore(ignored);
  return entriesOf(source.folder, '', (path) => path === source.dockerfile || included(path));
}

export async function buildDigest(source: BuildSource): Promise<Digest> {
  return digestOfEntries(await buildEntries(source));
}
