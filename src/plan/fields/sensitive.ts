/**
 * Values on their way into a plan. What looks like a secret by its name never gets there, so no view can show it.
 * Credentials proper are never values of a declaration; this is for those who put one into `env` all the same.
 */
import type { Json } from '../../model/definitions.js';

const SENSITIVE = '(sensitive)';
const SENSITIVE_CHANGED = '(sensitive, changed)';

const SECRET_NAME =
  /secret|token|passw|passphrase|credential|private|api_?key|access_?key|auth|^env\.(.*_)?(key|pwd|pat|dsn)$/i;

export function isSensitive(field: string): boolean {
  return field.startsWith('env.') && SECRET_NAME.test(field);
}

/** null: the side has no such field. */
export function shownValue(field: string, value: Json | undefined): Json {
  if (value === undefined) return null;
  return isSensitive(field) ? SENSITIVE : value;
}

/** Both sides of a difference: that two hidden values differ must be seen. */
export function shownPair(
  field: string,
  before: Json | undefined,
  after: Json | undefined,
): { before: Json; after: Json } {
  const hidden = isSensitive(field) && before !== undefined && after !== undefined;
  return { before: shownValue(field, before), after: hidden ? SENSITIVE_CHANGED : shownValue(field, after) };
}

export function isHidden(shown: unknown): boolean {
  return shown === SENSITIVE || shown === SENSITIVE_CHANGED;
}

/** A reference; with its id where the reference alone would not tell two images apart. */
export function shownImage(reference: string, id: string | null): string {
  if (id === null) return reference;
  return `${reference} (${id.replace(/^sha256:/, '').slice(0, 12)})`;
}
