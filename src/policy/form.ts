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
  const keywords = Object.entries(schema).filter(([keyword]) => !OF_MEMBERS.has(keyword));
  const checks = keywords.map(([keyword, argument]) => {
    const make = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (!make) throw new Error(`${keyword} is no keyword that the artifact's form knows`);
    return make(argument as never, schema);
  });
  if (keywords.length < Object.keys(schema).length) checks.push(members(schema));
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

interface Members {
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: false | Schema;
  propertyNames?: Schema;
}

const OF_MEMBERS: ReadonlySet<string> = new Set([
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
] satisfies (keyof Members)[]);

/** What a schema says of an object's members, in one walk over them: a large policy has millions. */
function members({ properties = {}, required = [], additionalProperties, propertyNames }: Members): Check {
  const known = new Map(Object.entries(properties).map(([name, schema]) => [name, checkOf(schema)]));
  const others = additionalProperties ? checkOf(additionalProperties) : null;
  const named = propertyNames ? checkOf(propertyNames) : null;
  return (value) => {
    if (!isObject(value)) return null;
    let surplus: string | null = null;
    for (const name of Object.keys(value)) {
      const own = known.get(name);
      if (!own && additionalProperties === false) {
        surplus ??= name;
        continue;
      }
      const check = own ?? others;
      const wrong = named?.(name) ?? check?.(value[name]) ?? null;
      if (wrong !== null) return below(name, wrong);
    }
    const missing = required.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return here(`must have required property '${missing}'`);
    return surplus === null ? null : here(`must NOT have additional properties (${surplus})`);
  };
}

const KEYWORDS: Record<string, (argument: never, schema: Schema) => Check> = {
  type(wanted: string | string[]) {
    const types = typeof wanted === 'string' ? [wanted] : wanted;
    const all = types.map(ofType);
    const [first, ...others] = all;
    const holds = first && others.length === 0 ? first : (value: unknown) => all.some((is) => is(value));
    return must(`must be ${types.join(',')}`, holds);
  },
  const: (wanted: Json) => must(`must be equal to constant ${JSON.stringify(wanted)}`, (value) => value === wanted),
  enum: (wanted: Json[]) => must(`must be one of ${JSON.stringify(wanted)}`, (value) => wanted.includes(value as Json)),
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

function ofType(type: string): (value: unknown) => boolean {
  if (type === 'null') return (value) => value === null;
  if (type === 'array') return Array.isArray;
  if (type === 'integer') return Number.isInteger;
  return type === 'object' ? isObject : (value) => typeof value === type;
}
