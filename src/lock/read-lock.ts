/**
 * toolbox.lock.yaml and toolbox.lock.d/ → Lock. The YAML pins and names hashes; the folder holds what they are hashes of.
 * Each file must be as `toolcrib lock` writes it, so that what a reviewer saw is what counts.
 */
import { join } from 'node:path';
import { shown } from '../config/project-files.js';
import { readTextFile } from '../config/text-file.js';
import { parseYaml } from '../config/yaml-file.js';
import type { Diagnostic, Position, Range } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { ServerDefinitions } from '../model/definitions.js';
import type { Lock, LockedServer } from '../model/lock.js';
import { disagreement } from './agreement.js';
import { definitionsProblem, isObject, lockProblem } from './lock-form.js';
import type { LockYaml } from './lock-yaml.js';
import { definitionsFile, LOCK_FILE, treeFile } from './names.js';
import { reviewable, reviewableName } from './reviewable.js';

const FIX = 'Restore it from git, or run `toolcrib lock` and review what it writes.';
/** Bytes. A server's definitions may be long; no lock of a sane project comes near. */
const MAX_YAML = 8 * 1024 * 1024;
const MAX_JSON = 64 * 1024 * 1024;

export interface LockRead {
  /** null: there is none, or (with diagnostics) none that can be trusted. */
  lock: Lock | null;
  diagnostics: Diagnostic[];
}

/** @param dir that diagnostics name files relative to. */
export function readLock(root: string, dir = root): LockRead {
  const name = shown(dir, join(root, LOCK_FILE));
  const read = readTextFile(join(root, LOCK_FILE), name, MAX_YAML);
  if ('missing' in read) return { lock: null, diagnostics: [] };
  if ('diagnostic' in read)
    return { lock: null, diagnostics: [corrupt(read.diagnostic.detail, read.diagnostic.range)] };
  const conflict = mergeConflict(read.file.text, name);
  if (conflict) return { lock: null, diagnostics: [conflict] };
  const yaml = parseYaml(read.file);
  const broken = yaml.diagnostics.map(({ detail, range }) => corrupt(detail, range));
  if (broken.length > 0) return { lock: null, diagnostics: broken };
  const wrong = lockProblem(yaml.value);
  if (wrong) return { lock: null, diagnostics: [corrupt(wrong.detail, yaml.locate(wrong.path, 'key'))] };
  return readServers(yaml.value as LockYaml, root, dir);
}

function readServers({ toolcrib, envelope, runtimes, servers }: LockYaml, root: string, dir: string): LockRead {
  const diagnostics: Diagnostic[] = [];
  const locked: Record<string, LockedServer> = {};
  for (const [name, entry] of Object.entries(servers)) {
    const read = readServer(name, entry, root, dir);
    if ('server' in read) locked[name] = read.server;
    else diagnostics.push(read.diagnostic);
  }
  return diagnostics.length > 0
    ? { lock: null, diagnostics }
    : { lock: { version: 1, toolcrib, envelope, runtimes, servers: locked }, diagnostics };
}

type ServerRead = { server: LockedServer } | { diagnostic: Diagnostic };

function readServer(name: string, entry: LockYaml['servers'][string], root: string, dir: string): ServerRead {
  const definitions = readJson(definitionsFile(name), root, dir);
  if ('diagnostic' in definitions) return definitions;
  const whole = isObject(definitions.value) ? definitions.value : {};
  const form =
    whole.server === name ? definitionsProblem(whole.definitions) : `It is not about the server \`${name}\`.`;
  if (form !== null) return { diagnostic: corrupt(form, top(definitions.name)) };
  const pinned = treeFile(name, entry.source.type);
  const tree = pinned === null ? { value: null, name: '', text: '' } : readJson(pinned, root, dir);
  if ('diagnostic' in tree) return tree;
  const server: LockedServer = {
    source: entry.source,
    definitions: whole.definitions as ServerDefinitions,
    hashes: { tools: entry.tools, all: entry.definitions },
    tree: tree.value,
  };
  const wrong = disagreement(server);
  if (wrong === null) return { server };
  const { name: file, text } = wrong.about === 'tree' ? tree : definitions;
  const range = (wrong.tool === null ? null : lineOfTool(text, wrong.tool, file)) ?? top(file);
  return { diagnostic: corrupt(`${wrong.detail} Its hash in ${LOCK_FILE} says otherwise.`, range) };
}

type JsonRead = { value: unknown; text: string; name: string } | { diagnostic: Diagnostic };

function readJson(file: string, root: string, dir: string): JsonRead {
  const name = shown(dir, join(root, file));
  const read = readTextFile(join(root, file), name, MAX_JSON);
  if ('missing' in read)
    return { diagnostic: corrupt(`${name} is not there, but ${LOCK_FILE} names its hash.`, top(name)) };
  if ('diagnostic' in read) return { diagnostic: corrupt(read.diagnostic.detail, read.diagnostic.range) };
  // Git on Windows writes other line ends.
  const text = read.file.text.replaceAll('\r\n', '\n');
  const conflict = mergeConflict(text, name);
  if (conflict) return { diagnostic: conflict };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return {
      diagnostic: corrupt(
        `It is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
        at(name, faultOf(text, cause)),
      ),
    };
  }
  const differing = firstDifference(text, reviewable(value));
  if (differing === null) return { value, text, name };
  const detail =
    'It is not in the form that `toolcrib lock` writes: a key may stand twice, or characters may hide in it.';
  return { diagnostic: corrupt(detail, at(name, { line: differing, column: 1 })) };
}

function mergeConflict(text: string, name: string): Diagnostic | null {
  const found = /^(?:<{7}|={7}|>{7})(?: |$)/m.exec(text);
  if (!found) return null;
  const range = at(name, { line: lineOf(text, found.index), column: 1 });
  return problem(
    'lock_corrupt',
    'A merge left its conflict here.',
    'Take either side, then run `toolcrib lock` and review what it writes.',
    { range },
  );
}

function faultOf(text: string, cause: unknown): Position {
  const [, offset] = /position (\d+)/.exec(cause instanceof Error ? cause.message : '') ?? [];
  return { line: offset === undefined ? 1 : lineOf(text, Number(offset)), column: 1 };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Number of the first line that differs; null: none does. */
function firstDifference(text: string, wanted: string): number | null {
  if (text === wanted) return null;
  const lines = wanted.split('\n');
  const found = text.split('\n').findIndex((line, index) => line !== lines[index]);
  return found < 0 ? lines.length : found + 1;
}

function lineOfTool(text: string, tool: string, name: string): Range | null {
  const wanted = new Set([`"name": "${reviewableName(tool)}"`, reviewable({ name: tool }).split('\n')[1]?.trim()]);
  const line = text.split('\n').findIndex((each) => wanted.has(each.trim().replace(/,$/, '')));
  return line < 0 ? null : at(name, { line: line + 1, column: 1 });
}

function top(file: string): Range {
  return at(file, { line: 1, column: 1 });
}

function at(file: string, start: Position): Range {
  return { file, start, end: start };
}

function corrupt(detail: string, range: Range | undefined): Diagnostic {
  return problem('lock_corrupt', detail, FIX, { range });
}
