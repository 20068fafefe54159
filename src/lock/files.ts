/**
 * toolbox.lock.yaml and toolbox.lock.d/ on disk. The YAML pins and names hashes; the folder holds what they are hashes
 * of, pretty-printed for review. One that disagrees with the other is not believed.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { JsonObject, ServerDefinitions } from '../model/definitions.js';
import type { Lock, LockedServer } from '../model/lock.js';
import { parseLockYaml, writeLockYaml } from './lock-yaml.js';
import type { LockYaml } from './lock-yaml.js';
import { disagreement } from './agreement.js';

const LOCK = 'toolbox.lock.yaml';
const FOLDER = 'toolbox.lock.d';
const FIX = 'Restore it from git, or run `toolcrib lock` and review what it writes.';

const definitionsFile = (server: string): string => `${FOLDER}/${server}.json`;
const treeFile = (server: string): string => `${FOLDER}/${server}.package-lock.json`;

/** `lock` null: there is none, or (with diagnostics) none that can be trusted. */
export async function readLock(root: string): Promise<{ lock: Lock | null; diagnostics: Diagnostic[] }> {
  const text = await readIfThere(join(root, LOCK));
  if (text === null) return { lock: null, diagnostics: [] };
  const parsed = parseLockYaml(text);
  if ('problem' in parsed) return { lock: null, diagnostics: [corrupt(LOCK, parsed.problem)] };
  const { yaml } = parsed;
  const diagnostics: Diagnostic[] = [];
  const servers: Record<string, LockedServer> = {};
  await Promise.all(
    Object.keys(yaml.servers).map(async (name) => {
      const read = await readServer(root, name, yaml);
      if ('server' in read) servers[name] = read.server;
      else diagnostics.push(read.diagnostic);
    }),
  );
  if (diagnostics.length > 0) return { lock: null, diagnostics };
  const { toolcrib, envelope, runtimes } = yaml;
  return { lock: { version: 1, toolcrib, envelope, runtimes, servers }, diagnostics };
}

async function readServer(
  root: string,
  name: string,
  yaml: LockYaml,
): Promise<{ server: LockedServer } | { diagnostic: Diagnostic }> {
  const entry = yaml.servers[name] as LockYaml['servers'][string];
  const definitions = await readJson<{ definitions: ServerDefinitions }>(root, definitionsFile(name));
  if ('diagnostic' in definitions) return definitions;
  const tree = entry.source.type === 'npm' ? await readJson<JsonObject>(root, treeFile(name)) : { value: null };
  if ('diagnostic' in tree) return tree;
  const server: LockedServer = {
    source: entry.source,
    definitions: definitions.value.definitions,
    hashes: { tools: entry.tools, all: entry.definitions },
    tree: tree.value,
  };
  const wrong = disagreement(server);
  if (wrong === null) return { server };
  const file = wrong.about === 'tree' ? treeFile(name) : definitionsFile(name);
  return { diagnostic: corrupt(file, `${wrong.detail} It says other than ${LOCK}.`) };
}

async function readJson<T>(root: string, file: string): Promise<{ value: T } | { diagnostic: Diagnostic }> {
  const text = await readIfThere(join(root, file));
  if (text === null) return { diagnostic: corrupt(file, `${LOCK} names it, and it is not there.`) };
  try {
    return { value: JSON.parse(text) as T };
  } catch (error) {
    return { diagnostic: corrupt(file, error instanceof Error ? error.message : String(error)) };
  }
}

function corrupt(file: string, detail: string): Diagnostic {
  const start = { line: 1, column: 1 };
  return problem('lock_corrupt', detail, FIX, { range: { file, start, end: start } });
}

/**
 * Writes what differs, and removes the files of servers that are gone. Each file is replaced whole; the YAML comes
 * last, so that a lock half written is seen as one.
 * @returns the files written or removed, relative to `root`.
 */
export async function writeLock(root: string, lock: Lock): Promise<string[]> {
  const files = new Map<string, string>();
  for (const [name, server] of Object.entries(lock.servers)) {
    files.set(definitionsFile(name), reviewable({ server: name, definitions: server.definitions }));
    if (server.source.type === 'npm') files.set(treeFile(name), reviewable(server.tree));
  }
  const stale = (await readdir(join(root, FOLDER)).catch(() => []))
    .map((name) => `${FOLDER}/${name}`)
    .filter((file) => file.endsWith('.json') && !files.has(file));
  files.set(LOCK, writeLockYaml(lock));
  const written: string[] = [];
  for (const [file, text] of files) if (await replace(join(root, file), text)) written.push(file);
  for (const file of stale) await rm(join(root, file), { force: true });
  return [...written, ...stale].sort();
}

/** Everything but plain ASCII is escaped: look-alikes, bidi marks and invisible characters show in a review. */
export function reviewable(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(/[^\n\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

async function replace(path: string, text: string): Promise<boolean> {
  if ((await readIfThere(path)) === text) return false;
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  await writeFile(beside, text);
  await rename(beside, path);
  return true;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
