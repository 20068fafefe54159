/**
 * Argument rules made executable: compiled by ajv on first use and kept by hash, so that the artifact never holds
 * code and a policy change compiles only what is new.
 */
import { createHash } from 'node:crypto';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Json, JsonObject } from '../model/definitions.js';
import { compilePattern } from './pattern.js';
import { isWithin } from './within.js';

/** null: the arguments satisfy the rule; otherwise what is wrong, in words. */
export type ArgumentCheck = (values: JsonObject) => string | null;

export class Validators {
  readonly #compiled = new Map<string, ArgumentCheck>();
  readonly #ajv = makeAjv();

  /** `rule` must be free of ruleProblems. */
  check(rule: JsonObject): ArgumentCheck {
    const hash = createHash('sha256').update(JSON.stringify(rule)).digest('base64url');
    const known = this.#compiled.get(hash);
    if (known) return known;
    const made = this.#make(rule);
    this.#compiled.set(hash, made);
    return made;
  }

  #make(rule: JsonObject): ArgumentCheck {
    let validate: ValidateFunction | null = null;
    return (values) => {
      validate ??= this.#ajv.compile({ allOf: [{ type: 'object' }, demanding(rule)] });
      return validate(values) ? null : inWords(validate.errors?.[0]);
    };
  }
}

/** A property that a rule names becomes required, so that leaving it out is no way around the rule. */
export function demanding(rule: Json): Json {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) return rule;
  const strict: JsonObject = { ...rule };
  const { properties, items, additionalProperties } = rule;
  if (isObject(properties)) {
    strict.properties = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, demanding(each)]));
    const required = Array.isArray(rule.required) ? rule.required : [];
    strict.required = [...new Set([...required, ...Object.keys(properties)])];
  }
  if (items !== undefined) strict.items = demanding(items);
  if (additionalProperties !== undefined) strict.additionalProperties = demanding(additionalProperties);
  // Not below `not` and `oneOf`: there a stricter part would allow more.
  for (const keyword of ['allOf', 'anyOf'] as const) {
    const parts = rule[keyword];
    if (Array.isArray(parts)) strict[keyword] = parts.map(demanding);
  }
  return strict;
}

function makeAjv(): Ajv {
  // `code` would only be printed into standalone modules, which nobody makes here.
  const regExp = Object.assign(compilePattern, { code: 'compilePattern' });
  const ajv = new Ajv({ strict: false, ownProperties: true, addUsedSchema: false, code: { regExp } });
  ajv.addKeyword({
    keyword: 'within',
    schemaType: 'string',
    validate: (root: string, value: unknown) => isWithin(root, value),
    error: { message: (context) => `must be a path within ${String(context.schema)}` },
  });
  // ajv compares items pairwise; an agent could make that take minutes.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: Json[]) => !wanted || new Set(items.map(fingerprint)).size === items.length,
    error: { message: 'must not hold the same item twice' },
  });
  return ajv;
}

function fingerprint(value: Json): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}

function inWords(error: ErrorObject | undefined): string {
  if (!error) return 'arguments do not satisfy the rule';
  const where = error.instancePath === '' ? 'arguments' : error.instancePath.slice(1);
  const values: unknown = error.params['allowedValues'] ?? error.params['allowedValue'];
  const named: unknown = error.params['additionalProperty'];
  const extra = values !== undefined ? `: ${JSON.stringify(values)}` : typeof named === 'string' ? `: ${named}` : '';
  return bounded(`${where} ${error.message ?? 'do not satisfy the rule'}${extra}`);
}

function bounded(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
