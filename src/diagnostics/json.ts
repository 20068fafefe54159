/** JSON for a terminal or a file: pretty-printed, and lossless with every unseen character written as `\uXXXX`. */
import type { Diagnostic } from './diagnostic.js';
import { UNSEEN } from './visible.js';

const PLAIN = /^[\n\x20-\x7e]*$/;

/** `undefined` members are left out, as JSON.stringify does. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  if (PLAIN.test(text)) return text;
  // Outside strings, JSON holds line ends and nothing else that the pattern meets.
  return text.replace(UNSEEN, (character) => (character === '\n' ? character : escaped(character)));
}

/** As JSON and ECMAScript escape: astral characters as two halves. */
export function escaped(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; at++) out += `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return out;
}

/** `validate --json` (DESIGN.md, JSON). Warnings leave a project valid. */
export function validation(diagnostics: readonly Diagnostic[]): { valid: boolean; diagnostics: readonly Diagnostic[] } {
  return { valid: diagnostics.every((each) => each.severity !== 'error'), diagnostics };
}
