/**
 * Tasks in messages (MCP 2025-11-25, Tasks; 2026-07-28, Tasks extension): read, and told under another id. Pure, and over
 * spans: what is not named here keeps its bytes.
 */
import { textOf, valueOf, withMembers } from './json-members.js';
import type { Era } from '../upstream-port.js';

const STATUSES = ['working', 'input_required', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof STATUSES)[number];

/** Of a server's id. */
const LONGEST_ID = 1024;
/** A task is known no longer than this, whatever its server says. */
export const LONGEST_LIFE_MS = 24 * 60 * 60 * 1000;
const OPEN_OBJECT = 0x7b;
const RELATED = 'io.modelcontextprotocol/related-task';
const RELATED_BYTES = Buffer.from('/related-task"');

/** What a server says of one of its tasks. */
export interface ToldTask {
  /** The server's own id. */
  raw: string;
  status: TaskStatus;
  /** From its creation. */
  lifeMs: number;
}

export function isOver(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** @param task JSON text of a Task; null: it is none. */
export function readTask(task: Buffer, era: Era): ToldTask | null {
  if (task[0] !== OPEN_OBJECT) return null;
  const raw = textOf(task, 'taskId');
  const said = textOf(task, 'status');
  const status = STATUSES.find((each) => each === said);
  if (raw === null || raw === '' || raw.length > LONGEST_ID || status === undefined) return null;
  return { raw, status, lifeMs: lifeOf(task, era) };
}

/** The part of a result that is a Task; null: it has none. */
export function createdTask(result: Buffer, era: Era): Buffer | null {
  if (result[0] !== OPEN_OBJECT) return null;
  return era === 'modern' ? result : valueOf(result, 'task');
}

/** The task as it is told to its agent. */
export function renamedTask(task: Buffer, id: string, era: Era): Buffer {
  const key = era === 'modern' ? 'ttlMs' : 'ttl';
  const said = valueOf(task, key)?.toString('latin1') ?? 'null';
  // It is forgotten here by then: nobody is told that it stays for ever.
  const shortened = Number(said) <= LONGEST_LIFE_MS && said !== 'null' ? {} : { [key]: String(LONGEST_LIFE_MS) };
  return withMembers(task, { taskId: JSON.stringify(id), ...shortened });
}

/** Puts it back where `createdTask` found it. */
export function withCreated(result: Buffer, task: Buffer, era: Era): Buffer {
  return era === 'modern' ? task : withMembers(result, { task });
}

/** @param holder what has a `_meta`: params or a result. */
export function withRelated(holder: Buffer, id: string): Buffer {
  const meta = metaOf(holder);
  const related = withMembers(relatedOf(meta) ?? NOTHING, { taskId: JSON.stringify(id) });
  return withMembers(holder, { _meta: withMembers(meta ?? NOTHING, { [RELATED]: related }) });
}

/** Ids of related tasks in the other's terms; one that has none there is left out. */
export function renamedRelated(holder: Buffer, rename: (id: string) => string | null): Buffer {
  if (!holder.includes(RELATED_BYTES)) return holder;
  const meta = metaOf(holder);
  const related = relatedOf(meta);
  if (!meta || !related) return holder;
  const id = relatedTask(holder);
  const other = id === null ? null : rename(id);
  if (other !== null) return withRelated(holder, other);
  const rest = withMembers(meta, { [RELATED]: null });
  return withMembers(holder, { _meta: rest.length > 2 ? rest : null });
}

/** null: it names none. */
export function relatedTask(holder: Buffer): string | null {
  if (!holder.includes(RELATED_BYTES)) return null;
  const related = relatedOf(metaOf(holder));
  return related && textOf(related, 'taskId');
}

function metaOf(holder: Buffer): Buffer | null {
  const meta = valueOf(holder, '_meta');
  return meta?.[0] === OPEN_OBJECT ? meta : null;
}

function relatedOf(meta: Buffer | null): Buffer | null {
  const related = meta && valueOf(meta, RELATED);
  return related?.[0] === OPEN_OBJECT ? related : null;
}

function lifeOf(task: Buffer, era: Era): number {
  const said = valueOf(task, era === 'modern' ? 'ttlMs' : 'ttl')?.toString('latin1') ?? 'null';
  const ms = Number(said);
  return said === 'null' || !(ms >= 0) ? LONGEST_LIFE_MS : Math.min(ms, LONGEST_LIFE_MS);
}

const NOTHING = Buffer.from('{}');
