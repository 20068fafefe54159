/**
 * The label that remembers what was last applied. It holds no value, only a short hash a field, and it tells only the
 * *cause* of a difference that the live container shows: was it the declaration that moved, or the container?
 * An update in place cannot rewrite it; a field so changed counts as changed by the declaration until the next replacement.
 */
import { createHash } from 'node:crypto';
import type { ResolvedContainer } from '../../model/container.js';
import type { Json } from '../../model/definitions.js';
import type { ContainerInspect } from '../../model/inspect.js';
import { LABEL } from '../../model/labels.js';
import { expectedFields } from './projection.js';

export interface Applied {
  /** The reference it was created from: the engine itself only remembers the id. */
  image: string;
  /** Field → hash of its value. */
  fields: Record<string, string>;
}

export function appliedLabel(container: ResolvedContainer): string {
  const fields = [...expectedFields({ container, name: '' })].filter(
    ([field, { row }]) => !row.constant && field !== 'image',
  );
  const applied: Applied = {
    image: container.image,
    fields: Object.fromEntries(fields.map(([field, { value }]) => [field, hash(value)])),
  };
  return JSON.stringify(applied);
}

/** null: there is none, or another toolcrib wrote it. */
export function readApplied(inspect: ContainerInspect): Applied | null {
  try {
    const value: unknown = JSON.parse(inspect.Config.Labels?.[LABEL.applied] ?? '');
    return isApplied(value) ? value : null;
  } catch {
    return null;
  }
}

/** `value` undefined: the declaration has no such field. */
export function wasApplied(applied: Applied, field: string, value: Json | undefined): boolean {
  const known = Object.hasOwn(applied.fields, field) ? applied.fields[field] : undefined;
  return known === (value === undefined ? undefined : hash(value));
}

function hash(value: Json): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 10);
}

function isApplied(value: unknown): value is Applied {
  if (typeof value !== 'object' || value === null || !('image' in value) || !('fields' in value)) return false;
  return typeof value.image === 'string' && typeof value.fields === 'object' && value.fields !== null;
}
