/**
 * A rule read as what is forbidden: it takes in every value that could come to the same at the server, so that no other
 * spelling is a way around it. `demanding` (validator.ts) is its counterpart for what is allowed.
 */
import { isObject, type Json } from '../model/definitions.js';
import { fold } from './fold.js';
import { isPlainPath, isWithin } from './within.js';

/**
 * What the rule says of one type holds for a value of any other (JSON Schema), so a value that a server would convert
 * is taken in: `type` itself goes. A property that the rule names must be there, as in a grant's rule.
 * @param strictly what stands below a `not`, where taking in more would forbid less.
 */
export function forbidding(rule: Json, strictly: (rule: Json) => Json): Json {
  if (!isObject(rule)) return rule;
  const inside = (each: Json): Json => forbidding(each, strictly);
  const { type: _, enum: listed, const: one, within, ...loose } = rule;
  if (Array.isArray(listed)) loose.alike = listed;
  if (one !== undefined) loose.allOf = [...(Array.isArray(loose.allOf) ? loose.allOf : []), { alike: [one] }];
  if (within !== undefined) loose.reaches = within;
  const { properties, items, additionalProperties, not, oneOf, anyOf } = loose;
  if (isObject(properties)) {
    loose.properties = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, inside(each)]));
    const required = Array.isArray(loose.required) ? loose.required : [];
    loose.required = [...new Set([...required, ...Object.keys(properties)])];
  }
  if (items !== undefined) loose.items = inside(items);
  if (additionalProperties !== undefined) loose.additionalProperties = inside(additionalProperties);
  if (Array.isArray(loose.allOf)) loose.allOf = loose.allOf.map(inside);
  // More than one of `oneOf` can match where each takes in more; that is no reason to let the call pass.
  const alternatives = [anyOf, oneOf].flatMap((each) => (Array.isArray(each) ? [{ anyOf: each.map(inside) }] : []));
  delete loose.anyOf;
  delete loose.oneOf;
  if (alternatives.length > 0) loose.allOf = [...(Array.isArray(loose.allOf) ? loose.allOf : []), ...alternatives];
  if (not !== undefined) loose.not = strictly(not);
  return loose;
}

/** Whether a server could read the value as one of those listed: "true" or 1 for true, "7" for 7. */
export function isAlike(listed: readonly Json[], value: Json): boolean {
  return listed.some((each) => same(each, value));
}

function same(a: Json, b: Json): boolean {
  if (typeof a === 'object' && a !== null) return JSON.stringify(a) === JSON.stringify(b) || typeof b === 'string';
  if (typeof b === 'object' && b !== null) return Array.isArray(b) && b.length === 1 && same(a, b[0] ?? null);
  return asText(a) === asText(b);
}

function asText(value: string | number | boolean | null): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  const text = fold(String(value)).trim();
  const known: Record<string, string> = { true: '1', yes: '1', on: '1', false: '0', no: '0', off: '0', null: '' };
  return Object.hasOwn(known, text)
    ? (known[text] ?? text)
    : text !== '' && !Number.isNaN(Number(text))
      ? String(Number(text))
      : text;
}

/**
 * Whether a path could lead into the folder: it is in it or above it (what reads a folder may read what is below), or
 * it can be read in more than one way.
 */
export function reaches(folder: string, value: Json): boolean {
  if (!isPlainPath(value)) return true;
  return isWithin(folder, value) || isWithin(value, folder);
}
