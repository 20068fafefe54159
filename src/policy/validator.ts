/**
 * Argument rules made executable: compiled by ajv on first use and kept by hash, so that the artifact never holds
 * code and a policy change compiles only what is new.
 */
import { createHash } from 'node:crypto';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isObject, type Json, type JsonObject } from '../model/definitions.js';
import { forbidding, isAlike, reaches } from './forbidding.js';
import { lookAlikes } from './look-alikes.js';
import { PatternBudget } from './pattern.js';
import { isWithin } from './within.js';

/** null: the arguments satisfy the rule; otherwise what is wrong, in words. */
export type ArgumentCheck = (values: JsonObject) => string | null;

export class Validators {
  readonly #compiled = new Map<string, ArgumentCheck>();
  readonly #patterns = new PatternBudget();
  readonly #ajv = makeAjv(this.#patterns);

  /** `rule` must be free of ruleProblems. */
  check(rule: JsonObject): ArgumentCheck {
    return this.#kept(`demands ${JSON.stringify(rule)}`, () => this.#make(rule));
  }

  /** The rule of a denial: null where the arguments do not match it, nor could be read so that they do. */
  forbids(rule: JsonObject): ArgumentCheck {
    return this.#kept(`forbids ${JSON.stringify(rule)}`, () => this.#makeForbidding(rule));
  }

  #kept(key: string, make: () => ArgumentCheck): ArgumentCheck {
    const hash = createHash('sha256').update(key).digest('base64url');
    const known = this.#compiled.get(hash);
    if (known) return known;
    const made = make();
    this.#compiled.set(hash, made);
    return made;
  }

  #makeForbidding(rule: JsonObject): ArgumentCheck {
    let validate: ValidateFunction | null = null;
    const named = lookAlikes(rule);
    return (values) => {
      const alike = named?.(values) ?? null;
      if (alike !== null) return alike;
      validate ??= this.#ajv.compile(forbidding(rule, demanding) as JsonObject);
      this.#patterns.begin();
      return validate(values) ? 'such arguments are denied' : null;
    };
  }

  #make(rule: JsonObject): ArgumentCheck {
    let validate: ValidateFunction | null = null;
    const named = lookAlikes(rule);
    return (values) => {
      const alike = named?.(values) ?? null;
      if (alike !== null) return alike;
      validate ??= this.#ajv.compile({ allOf: [{ type: 'object' }, demanding(rule)] });
      this.#patterns.begin();
      return validate(values) ? null : inWords(validate.errors?.[0]);
    };
  }
}

/** What each keyword speaks of; of anything else JSON Schema lets it say nothing. */
const SPEAKS_OF: Readonly<Record<string, string>> = {
  ...all('object', ['properties', 'required', 'additionalProperties']),
  ...all('array', ['items', 'minItems', 'maxItems', 'uniqueItems']),
  ...all('string', ['pattern', 'minLength', 'maxLength']),
  ...all('number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']),
};

function all(type: string, keywords: string[]): Record<string, string> {
  return Object.fromEntries(keywords.map((keyword) => [keyword, type]));
}

/**
 * A property that a rule names becomes required, so that leaving it out is no way around the rule. Nor is another
 * type: many servers read "7" as 7, and '["/etc"]' as a list.
 * @param typed the rule around it says which types there may be.
 */
export function demanding(rule: Json, typed = false): Json {
  if (!isObject(rule)) return rule;
  const strict: JsonObject = { ...rule };
  const said = typed || ['type', 'enum', 'const'].some((keyword) => Object.hasOwn(rule, keyword));
  const types = new Set(Object.keys(rule).flatMap((keyword) => SPEAKS_OF[keyword] ?? []));
  if (!said && types.size > 0) strict.type = [...types];
  const { properties, items, additionalProperties } = rule;
  if (isObject(properties)) {
    strict.properties = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, demanding(each)]));
    const required = Array.isArray(rule.required) ? rule.required : [];
    strict.required = [...new Set([...required, ...Object.keys(properties)])];
  }
  if (items !== undefined) strict.items = demanding(items);
  if (additionalProperties !== undefined) strict.additionalProperties = demanding(additionalProperties);
  // Not below `not` and `oneOf`, where a stricter part would allow more; what one of `oneOf` demands is asked besides.
  const { allOf, anyOf, oneOf } = rule;
  const stricter = (parts: Json[]): Json[] => parts.map((part) => demanding(part, said));
  if (Array.isArray(anyOf)) strict.anyOf = stricter(anyOf);
  const besides = Array.isArray(oneOf) ? [{ anyOf: stricter(oneOf) }] : [];
  if (Array.isArray(allOf) || besides.length > 0)
    strict.allOf = [...(Array.isArray(allOf) ? stricter(allOf) : []), ...besides];
  return strict;
}

function makeAjv({ compile }: PatternBudget): Ajv {
  // `code` would only be printed into standalone modules, which nobody makes here.
  const regExp = Object.assign(compile, { code: 'compilePattern' });
  const ajv = new Ajv({ strict: false, ownProperties: true, addUsedSchema: false, code: { regExp } });
  ajv.addKeyword({
    keyword: 'within',
    schemaType: 'string',
    validate: (root: string, value: unknown) => isWithin(root, value),
    error: { message: (context) => `must be a path within ${String(context.schema)}` },
  });
  ajv.addKeyword({
    keyword: 'reaches',
    schemaType: 'string',
    validate: (folder: string, value: Json) => reaches(folder, value),
  });
  ajv.addKeyword({
    keyword: 'alike',
    schemaType: 'array',
    validate: (listed: Json[], value: Json) => isAlike(listed, value),
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
