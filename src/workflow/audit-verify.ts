/** `toolcrib audit verify` and `audit export`: what the log proves, and a part of it that proves itself. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { asObject } from '../audit/chain.js';
import { rotatedFiles } from '../audit/rotate.js';
import { verifyAudit, type AuditFile, type Verdict } from '../audit/verify.js';
import { fail } from '../diagnostics/failure.js';
import { LABEL } from '../model/labels.js';
import type { Context } from './context.js';
import { load } from './context.js';
import { auditPlace, type AuditPlace } from './audit.js';

export interface VerifyQuery {
  /** Files, or folders of an audit; empty: the project's own, on its engine. */
  paths: readonly string[];
  /** null: the one that lies beside the log, or that the log itself names. */
  key: string | null;
  /** File with checkpoints that were kept elsewhere. */
  checkpoints: string | null;
}

export async function verifyLog(context: Context, query: VerifyQuery): Promise<Verdict> {
  const kept = query.checkpoints === null ? [] : notesIn(await read(resolve(context.dir, query.checkpoints)));
  if (query.paths.length > 0) {
    const files = (await Promise.all(query.paths.map((path) => filesAt(resolve(context.dir, path))))).flat();
    const beside = query.key === null ? await keyBeside(query.paths.map((path) => resolve(context.dir, path))) : null;
    return verifyAudit(files, { key: query.key ?? beside, checkpoints: kept });
  }
  const place = await auditPlace(context);
  const { readAudit, readAuditKey } = await import('../docker/control.js');
  // The checkpoints first: the log may grow meanwhile, and never shrinks.
  const logged = await loggedCheckpoints(context, place);
  const files: AuditFile[] = [];
  for await (const file of readAudit(place.engine, place.controlId)) files.push(file);
  const key = query.key ?? (await readAuditKey(place.engine, place.controlId));
  return verifyAudit(files, { key, checkpoints: [...kept, ...logged] });
}

/**
 * Lines of a span of time, from the checkpoint before it to the one after it, so that `audit verify` holds them to their
 * signatures wherever they are taken.
 */
export async function exportLog(context: Context, span: { since: Date | null; until: Date | null }): Promise<string[]> {
  const { engine, controlId } = await auditPlace(context);
  const { readAudit } = await import('../docker/control.js');
  const lines: string[] = [];
  for await (const { text } of readAudit(engine, controlId))
    lines.push(...text.split('\n').filter((line) => line.startsWith('{"n":')));
  return spanOf(lines, span);
}

export function spanOf(
  lines: readonly string[],
  { since, until }: { since: Date | null; until: Date | null },
): string[] {
  const from = since?.getTime() ?? -Infinity;
  const to = until?.getTime() ?? Infinity;
  const facts = lines.map((line) => {
    const { type, time } = asObject(line);
    return { checkpoint: type === 'checkpoint', time: Date.parse(String(time)) };
  });
  const first = facts.findIndex(({ time }) => time >= from);
  if (first < 0) return [];
  const behind = facts.findIndex(({ time }, index) => index >= first && time > to);
  const start = facts.slice(0, first + 1).findLastIndex(({ checkpoint }) => checkpoint);
  const end = behind < 0 ? -1 : facts.findIndex(({ checkpoint }, index) => index >= behind && checkpoint);
  return lines.slice(Math.max(0, start), end < 0 ? lines.length : end + 1);
}

/** From the proxy's own output, which the engine keeps where the proxy cannot reach it. */
async function loggedCheckpoints(context: Context, { engine }: AuditPlace): Promise<string[]> {
  const { config } = await load(context);
  const proxies = await engine.listContainers([
    `${LABEL.projectId}=${config.project.id}`,
    `${LABEL.address}=proxy`,
    LABEL.generation,
  ]);
  const notes: string[] = [];
  for (const { id } of proxies) {
    for await (const { line } of engine.readLogs(id, {})) {
      if (line.includes('"audit_checkpoint"')) notes.push(...notesIn(line));
    }
  }
  return notes;
}

/** In lines of the proxy's output or of the log itself, or as bare notes. */
function notesIn(text: string): string[] {
  const found = text.split('\n').flatMap((line) => {
    const { event, detail, note } = asObject(line);
    const told = event === 'audit_checkpoint' ? detail : note;
    return typeof told === 'string' ? [told] : [];
  });
  return found.length > 0 ? found : text.split(/\n(?=\S+\n\d+\n[A-Za-z0-9+/=]+\n\n)/);
}

async function filesAt(path: string): Promise<AuditFile[]> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  if (!isFolder) return [{ name: basename(path), text: await read(path) }];
  const names = await readdir(path);
  const files = [...rotatedFiles(names), ...names.filter((name) => name === 'audit.jsonl')];
  return Promise.all(files.map(async (name) => ({ name, text: await read(join(path, name)) })));
}

async function keyBeside(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const text = await readFile(join(path, 'audit.pub'), 'utf8').catch(() => null);
    if (text !== null) return text.trim();
  }
  return null;
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) =>
    fail(
      'file_unreadable',
      `${path}: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Name a file of an audit log, or the folder that holds them.',
    ),
  );
}
