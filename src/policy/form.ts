/**
 * Whether a value has the form that a small JSON Schema describes. The artifact's schema is our own and never changes
 * while we run, so that it needs no compiler: making ajv's validator of it took 50 ms of every plan.
 */
import type { Json } from '../model/definitions.js';

/** What format.ts may say. An unknown keyword is a mistake in the program, and thrown as one. */
type Schema = Readonly<Record<string, unknown>>;
type Check = (argument: never, value: unknown, at: string, schema: Schema) => string | null;

/** null: it fits; otherwise where it does not, and how. */
export function misfit(schema: Schema, value: unknown, at = ''): string | null {
  for (const [keyword, argument] of Object.entries(schema)) {
    const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (!check) throw new Error(`${keyword} is no keyword that the artifact's form knows`);
    const wrong = check(argument as never, value, at, schema);
    if (wrong !== null) return wrong;
  }
  return null;
}

const KEYWORDS: Record<string, Check> = {
  type(wanted: string | string[], value, at) {
    const types = typeof wanted === 'string' ? [wanted] : wanted;
    return types.some((type) => isOf(type, value)) ? null : say(at, `must be ${types.join(',')}`);
  },
  const: (wanted: Json, value, at) =>
    value === wanted ? null : say(at, `must be equal to constant ${JSON.stringify(wanted)}`),
  enum: (wanted: Json[], value, at) =>
    wanted.includes(value as Json) ? null : say(at, `must be one of ${JSON.stringify(wanted)}`),
  properties(wanted: Record<string, Schema>, value, at) {
    if (!isObject(value)) return null;
    return first(Object.entries(wanted), ([name, schema]) =>
      Object.hasOwn(value, name) ? misfit(schema, value[name], `${at}/${name}`) : null,
    );
  },
  required(wanted: string[], value, at) {
    if (!isObject(value)) return null;
    return first(wanted, (name) =>
      Object.hasOwn(value, name) ? null : say(at, `must have required property '${name}'`),
    );
  },
  additionalProperties(wanted: false | Schema, value, at, { properties = {} }) {
    if (!isObject(value)) return null;
    const known = properties as object;
    return first(Object.keys(value), (name) => {
      if (Object.hasOwn(known, name)) return null;
      return wanted === false
        ? say(at, `must NOT have additional properties (${name})`)
        : misfit(wanted, value[name], `${at}/${name}`);
    });
  },
  propertyNames(wanted: Schema, value, at) {
    return isObject(value) ? first(Object.keys(value), (name) => misfit(wanted, name, `${at}/${name}`)) : null;
  },
  items(wanted: Schema, value, at) {
    if (!Array.isArray(value)) return null;
    return first(value as unknown[], (each, index) => misfit(wanted, each, `${at}/${index}`));
  },
  pattern: (wanted: string, value, at) =>
    typeof value !== 'string' || regExp(wanted).test(value) ? null : say(at, `must match pattern "${wanted}"`),
  minLength: (wanted: number, value, at) =>
    typeof value !== 'string' || value.length >= wanted
      ? null
      : say(at, `must NOT have fewer than ${wanted} characters`),
  maxLength: (wanted: number, value, at) =>
    typeof value !== 'string' || value.length <= wanted
      ? null
      : say(at, `must NOT have more than ${wanted} characters`),
  minItems: (wanted: number, value, at) =>
    !Array.isArray(value) || value.length >= wanted ? null : say(at, `must NOT have fewer than ${wanted} items`),
  minimum: (wanted: number, value, at) =>
    typeof value !== 'number' || value >= wanted ? null : say(at, `must be >= ${wanted}`),
  maximum: (wanted: number, value, at) =>
    typeof value !== 'number' || value <= wanted ? null : say(at, `must be <= ${wanted}`),
  exclusiveMinimum: (wanted: number, value, at) =>
    typeof value !== 'number' || value > wanted ? null : say(at, `must be > ${wanted}`),
  anyOf: alternatives,
  oneOf: alternatives,
};

/** Ours exclude each other, so that one of them and any of them are the same. */
function alternatives(wanted: Schema[], value: unknown, at: string): string | null {
  const found = wanted.map((schema) => misfit(schema, value, at));
  return found.includes(null) ? null : (found.at(-1) ?? null);
}

function first<T>(list: readonly T[], check: (each: T, index: number) => string | null): string | null {
  for (const [index, each] of list.entries()) {
    const wrong = check(each, index);
    if (wrong !== null) return wrong;
  }
  return null;
}

function say(at: string, what: string): string {
  return `${at || 'it'} ${what}`;
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const made = new Map<string, RegExp>();

function regExp(pattern: string): RegExp {
  const known = made.get(pattern) ?? new RegExp(pattern, 'u');
  made.set(pattern, known);
  return known;
}
