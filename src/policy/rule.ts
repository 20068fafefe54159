/**
 * What an `arguments` rule may be: a JSON Schema of few keywords, bounded in size and depth, without `$ref`.
 * The compiler reports the problems at their line; the proxy refuses an artifact that has any.
 */
import { isObject, type Json } from '../model/definitions.js';
import { compilePattern } from './pattern.js';
import { isPlainPath } from './within.js';

export interface RuleProblem {
  /** Keys and indexes from the rule's top: `['properties', 'path', 'within']`. */
  path: (string | number)[];
  message: string;
}

const MAX_DEPTH = 16;
const MAX_BYTES = 64 * 1024;
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

type Check = (value: Json, at: At) => void;
interface At {
  path: (string | number)[];
  depth: number;
  found: RuleProblem[];
}

/** In the order of their names: part of what a proxy says it can read. */
export const ruleKeywords = (): string[] => Object.keys(keywords).sort();

/**
 * Empty: the rule can be enforced.
 * @param known rules by their text, of which nothing is wrong; a policy says most of its rules many times.
 */
export function ruleProblems(rule: unknown, known = new Set<string>()): RuleProblem[] {
  const at: At = { path: [], depth: 0, found: [] };
  if (depthOf(rule, MAX_DEPTH * 2) > MAX_DEPTH * 2) return [{ path: [], message: 'is nested too deeply' }];
  if (!isObject(rule)) return [{ path: [], message: 'must be an object' }];
  const text = JSON.stringify(rule);
  if (known.has(text)) return [];
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) return [{ path: [], message: `is larger than ${MAX_BYTES} bytes` }];
  schema(rule, at);
  if (at.found.length === 0) known.add(text);
  return at.found;
}

const nonNegative: Check = (value, at) => {
  if (!Number.isInteger(value) || (value as number) < 0) report(at, 'must be a whole number, 0 or more');
};
const number: Check = (value, at) => {
  if (typeof value !== 'number') report(at, 'must be a number');
};
const schemas: Check = (value, at) => {
  if (!Array.isArray(value) || value.length === 0) return report(at, 'must be a list of schemas');
  value.forEach((each, index) => schema(each, below(at, index)));
};

const keywords: Record<string, Check> = {
  type(value, at) {
    const types = Array.isArray(value) ? value : [value];
    const known =
      types.length > 0 && new Set(types).size === types.length && types.every((t) => TYPES.has(t as string));
    if (!known) report(at, `must be one or more of ${[...TYPES].join(', ')}`);
  },
  properties(value, at) {
    if (!isObject(value)) return report(at, 'must map names to schemas');
    for (const [name, each] of Object.entries(value)) {
      if (name === '__proto__') report(below(at, name), 'is a name that cannot be checked');
      schema(each, below(at, name));
    }
  },
  required(value, at) {
    const fine =
      Array.isArray(value) && value.every((v) => typeof v === 'string') && new Set(value).size === value.length;
    if (!fine) report(at, 'must be a list of different names');
  },
  additionalProperties: (value, at) => schema(value, at),
  enum(value, at) {
    if (!Array.isArray(value) || value.length === 0) report(at, 'must be a list of values');
  },
  const: () => undefined,
  minLength: nonNegative,
  maxLength: nonNegative,
  minItems: nonNegative,
  maxItems: nonNegative,
  pattern(value, at) {
    if (typeof value !== 'string') return report(at, 'must be a regular expression');
    try {
      compilePattern(value);
    } catch (cause) {
      report(at, `is not a pattern that RE2 takes: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  },
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf(value, at) {
    if (typeof value !== 'number' || value <= 0) report(at, 'must be a number above 0');
  },
  uniqueItems(value, at) {
    if (typeof value !== 'boolean') report(at, 'must be true or false');
  },
  items: (value, at) => schema(value, at),
  not: (value, at) => schema(value, at),
  anyOf: schemas,
  allOf: schemas,
  oneOf: schemas,
  within(value, at) {
    if (!isPlainPath(value)) report(at, 'must be an absolute path without "." or ".." segments, such as /data');
  },
};

export const RULE_KEYWORDS: readonly string[] = Object.keys(keywords);

function schema(value: Json, at: At): void {
  if (typeof value === 'boolean') return;
  if (!isObject(value)) return report(at, 'must be a schema');
  if (at.depth >= MAX_DEPTH) return report(at, `is nested more than ${MAX_DEPTH} schemas deep`);
  for (const [keyword, argument] of Object.entries(value)) {
    const inside = { ...below(at, keyword), depth: at.depth + 1 };
    const check = Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined;
    if (check) check(argument, inside);
    else report(inside, `unknown keyword; an arguments rule takes ${RULE_KEYWORDS.join(', ')}`);
  }
}

function below(at: At, key: string | number): At {
  return { ...at, path: [...at.path, key] };
}

function report(at: At, message: string): void {
  at.found.push({ path: at.path, message });
}

/** Stops counting beyond `limit`, so that a hostile value costs no stack. */
function depthOf(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (limit < 0) return 1;
  let deepest = 0;
  // By name: a policy has a hundred thousand rules, and a list of values for each of their parts is a million lists.
  for (const name in value) deepest = Math.max(deepest, depthOf((value as Record<string, unknown>)[name], limit - 1));
  return deepest + 1;
}
