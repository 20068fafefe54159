/** What a server may send as a value, and how a piece of it is shown. */
import type { JsonObject } from '../model/definitions.js';

const MAX_DEPTH = 64;
const SHOWN = 200;

/**
 * Why a value cannot be hashed and kept, or null. Without recursion: the depth is the server's to choose. JSON text
 * may hold half surrogate pairs and numbers beyond the largest; RFC 8785 has no form for either.
 */
export function unfit(root: JsonObject): string | null {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string' && !value.isWellFormed()) return 'holds half of a surrogate pair';
      if (typeof value === 'number' && !Number.isFinite(value)) return 'holds a number too large for JSON';
      if (typeof value !== 'object' || value === null) continue;
      if (!Array.isArray(value) && !Object.keys(value).every((key) => key.isWellFormed()))
        return 'holds half of a surrogate pair';
      for (const each of Object.values(value)) next.push(each);
    }
    level = next;
  }
  return null;
}

/** The beginning of what a server said, harmless to a terminal. */
export function quote(text: Buffer | string): string {
  const beginning = (typeof text === 'string' ? text : text.toString('utf8', 0, SHOWN * 4)).slice(0, SHOWN);
  const rest = text.length > SHOWN ? '…' : '';
  return `${JSON.stringify(beginning).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, escaped)}${rest}`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
