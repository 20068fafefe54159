/** A build context as a value: what goes into the tar that the engine builds from, and one digest for all of it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Digest } from '../model/lock.js';

/** Bytes up to which a file is read whole: of thousands of small ones, opening streams would be most of the work. */
const SMALL = 1024 * 1024;

export type ContextEntry =
  | { path: string; type: 'file'; /** On this host. */ from: string; size: number; executable: boolean }
  | { path: string; type: 'text'; text: string; executable: boolean }
  | { path: string; type: 'link'; target: string }
  | { path: string; type: 'folder'; mode?: number; uid?: number; gid?: number };

export interface Selection {
  includes(path: string): boolean;
  /** A folder with nothing in it that could be included: not even looked into. */
  prunes(folder: string): boolean;
}

const EVERYTHING: Selection = { includes: () => true, prunes: () => false };

/**
 * Files and links below `folder`, sorted, under `prefix`. Sockets and devices are passed over, and so are folders
 * without files: git keeps none, so a digest must not depend on them.
 */
export async function entriesOf(
  folder: string,
  prefix: string,
  selection: Selection = EVERYTHING,
): Promise<ContextEntry[]> {
  const entries: ContextEntry[] = [];
  const walk = async (relative: string): Promise<void> => {
    const names = (await readdir(join(folder, relative))).sort();
    for (const name of names) {
      const path = relative === '' ? name : `${relative}/${name}`;
      const from = join(folder, path);
      const stats = await lstat(from);
      if (stats.isDirectory()) {
        if (!selection.prunes(path)) await walk(path);
      } else if (!selection.includes(path)) {
        continue;
      } else if (stats.isSymbolicLink()) {
        entries.push({ path: prefix + path, type: 'link', target: await readlink(from) });
      } else if (stats.isFile()) {
        const executable = (stats.mode & 0o100) !== 0;
        entries.push({ path: prefix + path, type: 'file', from, size: stats.size, executable });
      }
    }
  };
  await walk('');
  return entries;
}

/** Over paths, kinds, the executable bit and contents; never over times or owners, which differ from machine to machine. */
export async function digestOfEntries(entries: readonly ContextEntry[]): Promise<Digest> {
  const whole = createHash('sha256');
  for (const entry of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const content = await contentDigest(entry);
    whole.update(
      JSON.stringify([entry.path, entry.type === 'text' ? 'file' : entry.type, isExecutable(entry), content]),
    );
  }
  return `sha256:${whole.digest('hex')}`;
}

async function contentDigest(entry: ContextEntry): Promise<string> {
  const hash = createHash('sha256');
  if (entry.type === 'file' && entry.size > SMALL) await pipeline(createReadStream(entry.from), hash);
  else if (entry.type === 'file') hash.update(await readFile(entry.from));
  else if (entry.type === 'text') hash.update(entry.text);
  else if (entry.type === 'link') hash.update(entry.target);
  return hash.digest('hex');
}

function isExecutable(entry: ContextEntry): boolean {
  return (entry.type === 'file' || entry.type === 'text') && entry.executable;
}

/** The tar stream; times are zero, so that the engine's build cache sees equal layers as equal. */
export function tarOf(entries: readonly ContextEntry[]): NodeJS.ReadableStream {
  const tar = pack();
  const write = async (): Promise<void> => {
    for (const entry of withFolders(entries)) await writeEntry(tar, entry);
    tar.finalize();
  };
  write().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return tar as unknown as NodeJS.ReadableStream;
}

/** Every folder by name: engines differ in the mode they give to one that is only implied, and users must get in. */
function* withFolders(entries: readonly ContextEntry[]): Iterable<ContextEntry> {
  const made = new Set(entries.filter((entry) => entry.type === 'folder').map((entry) => entry.path));
  for (const entry of entries) {
    const parts = entry.path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (!made.has(folder)) yield { path: folder, type: 'folder' };
      made.add(folder);
    }
    yield entry;
  }
}

async function writeEntry(tar: ReturnType<typeof pack>, entry: ContextEntry): Promise<void> {
  const mtime = new Date(0);
  const mode = isExecutable(entry) ? 0o755 : 0o644;
  switch (entry.type) {
    case 'folder':
      tar.entry({
        name: entry.path,
        type: 'directory',
        mode: entry.mode ?? 0o755,
        uid: entry.uid ?? 0,
        gid: entry.gid ?? 0,
        mtime,
      });
      return;
    case 'link':
      tar.entry({ name: entry.path, type: 'symlink', linkname: entry.target, mtime });
      return;
    case 'text':
      tar.entry({ name: entry.path, mode, mtime }, entry.text);
      return;
    case 'file':
      if (entry.size > SMALL)
        return pipeline(createReadStream(entry.from), tar.entry({ name: entry.path, size: entry.size, mode, mtime }));
      return writeWhole(tar, { name: entry.path, mode, mtime }, await readFile(entry.from));
  }
}

/** Resolves when it went on its way, so that memory holds one file at a time. */
function writeWhole(
  tar: ReturnType<typeof pack>,
  header: { name: string; mode: number; mtime: Date },
  content: Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}
