/**
 * Values on their way into a plan. What looks like a secret by its name never gets there, so no view can show it.
 * Credentials proper are never values of a declaration; this is for those who put one into `env` all the same.
 */
import type { Json } from '../model/definitions.js';

export const SENSITIVE = '(sensitive)';

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

/** A reference; with its id where the reference alone would not tell two images apart. */
export function shownImage(reference: string, id: string | null): string {
  if (id === null) return reference;
  return `${reference} (${id.replace(/^sha256:/, '').slice(0, 12)})`;
}
