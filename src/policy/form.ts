/**
 * Whether a value has the form that a small JSON Schema describes. The artifact's schema is our own and never changes
 * while we run, so that it needs no compiler of code: making ajv's validator of it took 50 ms of every plan. Each schema
 * becomes a list of checks once; where something is wrong is put together only when something is.
 */
import { isObject, type Json } from '../model/definitions.js';

/** What format.ts may say. An unknown keyword is a mistake in the program, and thrown as one. */
type Schema = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => Wrong | null;

interface Wrong {
  /** Below the value that was checked: `/servers/files`. */
  path: string;
  what: string;
}

/** null: it fits; otherwise where it does not, and how. */
export function misfit(schema: Schema, value: unknown): string | null {
  const wrong = checkOf(schema)(value);
  return wrong && `${wrong.path || 'it'} ${wrong.what}`;
}

const made = new WeakMap<Schema, Check>();

function checkOf(schema: Schema): Check {
  const known = made.get(schema);
  if (known) return known;
  const checks = Object.entries(schema).map(([keyword, argument]) => {
    const make = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (!make) throw new Error(`${keyword} is no keyword that the artifact's form knows`);
    return make(argument as never, schema);
  });
  const check: Check = (value) => {
    for (const each of checks) {
      const wrong = each(value);
      if (wrong !== null) return wrong;
    }
    return null;
  };
  made.set(schema, check);
  return check;
}

const KEYWORDS: Record<string, (argument: never, schema: Schema) => Check> = {
  type(wanted: string | string[]) {
    const types = typeof wanted === 'string' ? [wanted] : wanted;
    return must(`must be ${types.join(',')}`, (value) => types.some((type) => isOf(type, value)));
  },
  const: (wanted: Json) => must(`must be equal to constant ${JSON.stringify(wanted)}`, (value) => value === wanted),
  enum: (wanted: Json[]) => must(`must be one of ${JSON.stringify(wanted)}`, (value) => wanted.includes(value as Json)),
  properties(wanted: Record<string, Schema>) {
    const checks = Object.entries(wanted).map(([name, schema]) => [name, checkOf(schema)] as const);
    return (value) => {
      if (!isObject(value)) return null;
      for (const [name, check] of checks) {
        const wrong = Object.hasOwn(value, name) ? check(value[name]) : null;
        if (wrong !== null) return below(name, wrong);
      }
      return null;
    };
  },
  required: (wanted: string[]) => (value) => {
    if (!isObject(value)) return null;
    const missing = wanted.find((name) => !Object.hasOwn(value, name));
    return missing === undefined ? null : here(`must have required property '${missing}'`);
  },
  additionalProperties(wanted: false | Schema, { properties = {} }) {
    const known = properties as object;
    const check = wanted === false ? null : checkOf(wanted);
    return (value) => {
      if (!isObject(value)) return null;
      for (const name of Object.keys(value)) {
        if (Object.hasOwn(known, name)) continue;
        if (check === null) return here(`must NOT have additional properties (${name})`);
        const wrong = check(value[name]);
        if (wrong !== null) return below(name, wrong);
      }
      return null;
    };
  },
  propertyNames(wanted: Schema) {
    const check = checkOf(wanted);
    return (value) => {
      if (!isObject(value)) return null;
      for (const name of Object.keys(value)) {
        const wrong = check(name);
        if (wrong !== null) return below(name, wrong);
      }
      return null;
    };
  },
  items(wanted: Schema) {
    const check = checkOf(wanted);
    return (value) => {
      if (!Array.isArray(value)) return null;
      for (let index = 0; index < value.length; index++) {
        const wrong = check(value[index]);
        if (wrong !== null) return below(String(index), wrong);
      }
      return null;
    };
  },
  pattern(wanted: string) {
    const pattern = new RegExp(wanted, 'u');
    return must(`must match pattern "${wanted}"`, (value) => typeof value !== 'string' || pattern.test(value));
  },
  minLength: (wanted: number) =>
    must(
      `must NOT have fewer than ${wanted} characters`,
      (value) => typeof value !== 'string' || value.length >= wanted,
    ),
  maxLength: (wanted: number) =>
    must(
      `must NOT have more than ${wanted} characters`,
      (value) => typeof value !== 'string' || value.length <= wanted,
    ),
  minItems: (wanted: number) =>
    must(`must NOT have fewer than ${wanted} items`, (value) => !Array.isArray(value) || value.length >= wanted),
  minimum: (wanted: number) => must(`must be >= ${wanted}`, (value) => typeof value !== 'number' || value >= wanted),
  maximum: (wanted: number) => must(`must be <= ${wanted}`, (value) => typeof value !== 'number' || value <= wanted),
  exclusiveMinimum: (wanted: number) =>
    must(`must be > ${wanted}`, (value) => typeof value !== 'number' || value > wanted),
  anyOf: alternatives,
  oneOf: alternatives,
};

/** Ours exclude each other, so that one of them and any of them are the same. */
function alternatives(wanted: Schema[]): Check {
  const checks = wanted.map(checkOf);
  return (value) => {
    let last: Wrong | null = null;
    for (const check of checks) {
      const wrong = check(value);
      if (wrong === null) return null;
      last = wrong;
    }
    return last;
  };
}

function must(what: string, holds: (value: unknown) => boolean): Check {
  const wrong = here(what);
  return (value) => (holds(value) ? null : wrong);
}

const here = (what: string): Wrong => ({ path: '', what });
const below = (name: string, { path, what }: Wrong): Wrong => ({ path: `/${name}${path}`, what });

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}
