/** Canonical JSON (RFC 8785, JCS): one text for one value, whatever the order of keys or the spelling of numbers. */
import type { Json } from '../model/definitions.js';

/**
 * @throws RangeError for what JSON cannot say: NaN, infinities, lone surrogates (RFC 8785, sections 3.2.2.2 and 3.2.2.3).
 */
export function canonicalize(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return string(value);
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`;
  // Keys are ordered by UTF-16 code units, as the language compares strings (section 3.2.3).
  const members = Object.keys(value)
    .sort()
    .map((key) => `${string(key)}:${canonicalize(value[key] as Json)}`);
  return `{${members.join(',')}}`;
}

/** The language's own number formatting is the one the RFC prescribes (section 3.2.2.3). */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a JSON number`);
  return JSON.stringify(value);
}

function string(value: string): string {
  if (!value.isWellFormed()) throw new RangeError('a string holds half of a surrogate pair');
  return JSON.stringify(value);
}
