/**
 * Names in the arguments that a reader who ignores case takes for one that a rule speaks of, at any depth: beside that
 * one or in its place, the tool would read another value than the rule has judged. So it would where an object says what
 * it inherits from: copied in JavaScript, it has whatever stands in its `__proto__`.
 */
import { isObject, type Json, type JsonObject } from '../model/definitions.js';
import { fold } from './fold.js';

/** null: there is none; otherwise what is wrong, in words. */
type NameCheck = (value: Json) => string | null;

/** null: the rule names nothing. */
export function lookAlikes(rule: Json | undefined): NameCheck | null {
  if (!isObject(rule)) return null;
  const { items, not } = rule;
  const same = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => {
    const parts = rule[keyword];
    return Array.isArray(parts) ? parts : [];
  });
  return allOf([inObject(rule), inList(lookAlikes(items)), ...[...same, not].map(lookAlikes)]);
}

function inObject({ properties, required, additionalProperties }: JsonObject): NameCheck | null {
  const demanded = (Array.isArray(required) ? required : []).filter((name) => typeof name === 'string');
  const named = [
    ...demanded.map((name): [string, Json | undefined] => [name, undefined]),
    ...(isObject(properties) ? Object.entries(properties) : []),
  ];
  const [one] = named[0] ?? [];
  const others = lookAlikes(additionalProperties);
  if (named.length === 0 && others === null) return null;
  const below = new Map(named.map(([name, rule]) => [name, lookAlikes(rule)]));
  const folded = new Map(named.map(([name]) => [fold(name), name]));
  return (value) => {
    if (!isObject(value)) return null;
    if (one !== undefined && Object.hasOwn(value, '__proto__')) return `argument __proto__ can be taken for ${one}`;
    for (const [name, each] of Object.entries(value)) {
      const meant = below.has(name) ? undefined : folded.get(fold(name));
      if (meant !== undefined) return `argument ${name.slice(0, 64)} can be taken for ${meant}`;
      const found = (below.has(name) ? below.get(name) : others)?.(each);
      if (found) return found;
    }
    return null;
  };
}

function inList(check: NameCheck | null): NameCheck | null {
  return (
    check &&
    ((value) => {
      if (!Array.isArray(value)) return null;
      return first(value, check);
    })
  );
}

function allOf(checks: (NameCheck | null)[]): NameCheck | null {
  const some = checks.filter((check) => check !== null);
  if (some.length <= 1) return some[0] ?? null;
  return (value) => first(some, (check) => check(value));
}

function first<T>(of: readonly T[], ask: (each: T) => string | null): string | null {
  for (const each of of) {
    const found = ask(each);
    if (found !== null) return found;
  }
  return null;
}
