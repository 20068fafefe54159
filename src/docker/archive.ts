/** The engine's archive calls, in memory: nothing of a foreign tar ever touches this host's disk. */
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { Failure, problem } from '../diagnostics/failure.js';
import type { ArchiveEntry, ArchiveFile, Engine } from '../engine/engine.js';
import { TooLong } from './answer-reader.js';
import type { Api } from './api.js';
import { engineFailure, EngineRefusal } from './errors.js';
import { plainTar } from './plain-tar.js';
import { BrokenOff } from './reads.js';

const DEFAULT_LIMIT = 64 * 1024 * 1024;
/** What is larger comes as a stream. */
const MOST_AT_ONCE = 256 * 1024 * 1024;
const MOST_ENTRIES = 20_000;
/** Headers and padding of a tar, on top of its contents. */
const OVERHEAD = 1024 * 1024;
const BLOCK = 512;
/** Some engines put the file's type into its mode. */
const PERMISSIONS = 0o7777;
/** A file put in place of another while the engine packs it: the header tells the old one's size, and the tar ends early. */
const BROKEN_TRIES = 6;
const BROKEN_PAUSE_MS = 40;

export function archiveCalls(api: Api): Pick<Engine, 'readArchive' | 'statArchive' | 'listArchive' | 'writeArchive'> {
  const read = (container: string, path: string, options: ReadOptions): Promise<Archived[] | null> =>
    readWhole(async () => {
      const tar = await openArchive(api, container, path, options.limit);
      return Buffer.isBuffer(tar) ? readBytes(tar, options) : tar && readTar(tar, options);
    });
  return {
    async readArchive(container, path, limit = DEFAULT_LIMIT) {
      return read(container, path, { limit, contents: true });
    },
    async statArchive(container, path) {
      try {
        const query = { path };
        const asked = { method: 'HEAD', path: `/containers/${encodeURIComponent(container)}/archive`, query } as const;
        const response = await api.stream(asked);
        response.resume();
        return statOf(response.headers['x-docker-container-path-stat']);
      } catch (error) {
        // A HEAD has no words to tell a missing file from a missing container by.
        if (error instanceof EngineRefusal && error.status === 404) return null;
        throw error;
      }
    },
    async listArchive(container, path) {
      const entries = await read(container, path, { limit: Infinity, contents: false });
      return entries?.map(({ path: name, size }) => ({ path: name, size })) ?? null;
    },
    async writeArchive(container, path, files) {
      await api.call({
        method: 'PUT',
        path: `/containers/${encodeURIComponent(container)}/archive`,
        query: { path, noOverwriteDirNonDir: true },
        body: { type: 'application/x-tar', content: await writeTar(files) },
      });
    },
  };
}

/** ContainerArchiveInfo: base64 of JSON. */
function statOf(header: string | string[] | undefined): { size: number; modified: string } | null {
  if (typeof header !== 'string') return null;
  const stat = JSON.parse(Buffer.from(header, 'base64').toString()) as { size?: unknown; mtime?: unknown };
  return typeof stat.size === 'number' ? { size: stat.size, modified: String(stat.mtime) } : null;
}

type Archived = ArchiveFile & ArchiveEntry;

interface ReadOptions {
  /** Bytes. */
  limit: number;
  contents: boolean;
}

/** A tar that breaks off is asked for again: a writer replaced a file under the engine's hands, which is over soon. */
export async function readWhole<T>(read: () => Promise<T>, pauseMs = BROKEN_PAUSE_MS): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof BrokenArchive) || tried >= BROKEN_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs * tried));
    }
  }
}

/** Its bytes, or a stream of them; null: the container has nothing there. */
async function openArchive(
  api: Api,
  container: string,
  path: string,
  limit: number,
): Promise<Buffer | Readable | null> {
  const call = {
    method: 'GET',
    path: `/containers/${encodeURIComponent(container)}/archive`,
    query: { path },
  } as const;
  const most = limit * 1.1 + OVERHEAD;
  try {
    return await ((most > MOST_AT_ONCE ? null : api.whole(call, most)) ?? api.stream(call));
  } catch (error) {
    if (error instanceof BrokenOff) throw new BrokenArchive('the engine broke the archive off');
    if (error instanceof TooLong) throw tooLarge(mebibytes(limit));
    // A missing container is 404 as well, but in other words: `No such container: ID`.
    const missing = error instanceof EngineRefusal && error.status === 404;
    if (missing && !/^No such container: \S+$/.test(error.words)) return null;
    throw error;
  }
}

/** As readTar, of a tar that is there. */
export async function readBytes(tar: Buffer, options: ReadOptions): Promise<Archived[]> {
  const entries = plainTar(tar);
  if (!entries) return readTar(Readable.from([tar]), options);
  const files = new Files(options);
  for (const { file, content, ...header } of entries) {
    const path = files.admit({ ...header, type: file ? 'file' : 'other' });
    if (path !== null) files.put(path, header, content);
  }
  return files.all();
}

interface Header {
  name: string;
  type: string;
  size: number;
  mode: number;
  uid: number;
  gid: number;
}

/** What is kept of a tar, and how much of it. */
class Files {
  private readonly files = new Map<string, Archived>();
  private kept = 0;
  private seen = 0;

  constructor(private readonly options: ReadOptions) {}

  /** Under which path it is kept; null: it is not. @throws Failure `engine_error`, before its content is in memory. */
  admit({ name, type, size }: Header): string | null {
    this.seen += 1;
    if (this.seen > MOST_ENTRIES) throw tooLarge(`${MOST_ENTRIES} entries`);
    const path = type === 'file' || type === 'contiguous-file' ? safePath(name) : null;
    this.kept += path === null || !this.options.contents ? 0 : size;
    if (this.kept > this.options.limit) throw tooLarge(mebibytes(this.options.limit));
    return path;
  }

  put(path: string, { size, mode, uid, gid }: Omit<Header, 'type'>, content: Buffer): void {
    this.files.set(path, { path, size, content, mode: mode & PERMISSIONS, uid, gid });
  }

  all(): Archived[] {
    return [...this.files.values()];
  }
}

/**
 * The files of a tar, under their paths below its first segment (the folder that was asked for); a lone file keeps
 * its name. Links, devices and whatever has a path that could lead elsewhere are left out.
 * @throws Failure `engine_error` above `limit` bytes or too many entries.
 */
export async function readTar(tar: Readable, options: ReadOptions): Promise<Archived[]> {
  const entries = extract();
  const files = new Files(options);
  let received = 0;
  tar.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > options.limit * 1.1 + OVERHEAD) tar.destroy(tooLarge(mebibytes(options.limit)));
  });
  tar.on('error', (error) => entries.destroy(error));
  tar.on('close', () => {
    if (!tar.readableEnded) entries.destroy(new Error('the engine broke the archive off'));
  });
  tar.pipe(entries);
  try {
    for await (const entry of entries) {
      const path = files.admit(entry.header);
      const content: Buffer[] = [];
      for await (const chunk of entry) if (path !== null && options.contents) content.push(chunk as Buffer);
      if (path !== null) files.put(path, entry.header, Buffer.concat(content));
    }
    return files.all();
  } catch (error) {
    throw unreadable(error);
  } finally {
    tar.destroy();
  }
}

/** The path below the first segment; null for one that is absolute, climbs, or holds what no path of ours does. */
export function safePath(name: string): string | null {
  if (/[\0\\]/.test(name)) return null;
  const segments = name.replace(/^\.\//, '').split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return null;
  return (segments.length > 1 ? segments.slice(1) : segments).join('/');
}

function tooLarge(bound: string): Failure {
  return engineFailure(
    'engine_error',
    `An archive from the engine holds more than the ${bound} that are read at most.`,
    'Look at what fills that folder; nothing of Toolcrib’s own grows so far.',
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}

function unreadable(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new BrokenArchive(error instanceof Error ? error.message : String(error));
}

/** What came is no whole tar. */
class BrokenArchive extends Failure {
  constructor(why: string) {
    const detail = `An archive from the engine cannot be read: ${why}.`;
    super([problem('engine_error', detail, 'Run the command again.')]);
  }
}

/** A path that ends in a slash is a folder. */
export async function writeTar(files: ArchiveFile[]): Promise<Buffer> {
  const tar = pack();
  for (const { path, content, mode, uid = 0, gid = 0 } of files) {
    const folder = path.endsWith('/');
    const header = { name: path, mode: mode ?? (folder ? 0o755 : 0o644), uid, gid, size: content.length };
    if (folder) tar.entry({ ...header, size: 0, type: 'directory' });
    else tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return bytes.length > 0 ? bytes : Buffer.alloc(2 * BLOCK);
}
