/**
 * Two constraints of one tool (model/access.ts), compared: does the later one allow less, more, or simply other calls?
 * It errs towards `changed`: `narrowed` is said only where every call allowed now was allowed before.
 */
import { isObject, type Json, type JsonObject } from '../model/definitions.js';

export type Shift = 'narrowed' | 'widened' | 'changed';

interface Condition {
  arguments?: Json[];
  set?: JsonObject;
  expires?: string;
  limits?: JsonObject;
  /** Alone and before the others: what satisfies it is denied. */
  deny?: JsonObject;
}

/** The two must differ. */
export function shiftOf(before: string | null, after: string | null): Shift {
  const [was, is] = [parse(before ?? '[{}]'), parse(after ?? '[{}]')];
  if (within(is, was)) return 'narrowed';
  return within(was, is) ? 'widened' : 'changed';
}

/** Whether any of its grants lets the agent choose its arguments freely. */
export function isUnruled(constraint: string | null): boolean {
  return (
    constraint === null ||
    parse(constraint).some(({ arguments: rules, deny }) => rules === undefined && deny === undefined)
  );
}

function parse(constraint: string): Condition[] {
  return JSON.parse(constraint) as Condition[];
}

/** Every call that `inner` allows, `outer` allows. The order of grants matters only where one fixes arguments. */
function within(inner: Condition[], outer: Condition[]): boolean {
  const denied = outer.every(({ deny }) => deny === undefined || inner.some((each) => same(each.deny, deny)));
  return denied && grantsWithin(inner.filter(isGrant), outer.filter(isGrant));
}

const isGrant = ({ deny }: Condition): boolean => deny === undefined;

function grantsWithin(inner: Condition[], outer: Condition[]): boolean {
  if (outer.length === 1 && Object.keys(outer[0] ?? {}).length === 0) return true;
  const all = [...inner, ...outer];
  const fixing = all.some((condition) => condition.set !== undefined || condition.limits !== undefined);
  const alike = inner.length === 1 && outer.length === 1;
  if (fixing && !alike) return JSON.stringify(inner) === JSON.stringify(outer);
  return inner.every((each) => outer.some((other) => tighter(each, other)));
}

function tighter(a: Condition, b: Condition): boolean {
  return (
    instant(a.expires) <= instant(b.expires) &&
    limited(a.limits, b.limits) &&
    Object.entries(b.set ?? {}).every(([name, value]) => same(a.set?.[name], value)) &&
    (b.arguments ?? []).every((rule) => (a.arguments ?? []).some((own) => implies(own, rule)))
  );
}

/** Every bound of `b` holds where those of `a` do. */
function limited(a: JsonObject = {}, b: JsonObject = {}): boolean {
  return Object.entries(b).every(([name, bound]) => {
    const own = a[name];
    if (bound === null || same(own, bound)) return true;
    if (typeof bound === 'number') return typeof own === 'number' && own <= bound;
    // Fewer calls at once, and none the sooner back.
    if (!isObject(own) || !isObject(bound)) return false;
    const [calls, milliseconds] = [Number(own.calls), Number(own.milliseconds)];
    return calls <= Number(bound.calls) && calls / milliseconds <= Number(bound.calls) / Number(bound.milliseconds);
  });
}

function instant(expires: string | undefined): number {
  return expires === undefined ? Infinity : Date.parse(expires);
}

/** Whether what satisfies `a` satisfies `b`, as far as keyword by keyword can tell. */
function implies(a: Json | undefined, b: Json | undefined): boolean {
  if (same(a, b) || b === true || a === false) return true;
  if (!isObject(a) || !isObject(b)) return false;
  return Object.entries(b).every(([keyword, demanded]) => {
    const own = a[keyword];
    if (same(own, demanded)) return true;
    if (keyword === 'enum' && 'const' in a)
      return Array.isArray(demanded) && demanded.some((each) => same(each, a.const));
    return own !== undefined && (stricter[keyword]?.(own, demanded) ?? false);
  });
}

const atLeast = (own: Json, demanded: Json): boolean => Number(own) >= Number(demanded);
const atMost = (own: Json, demanded: Json): boolean => Number(own) <= Number(demanded);
const holdsAll = (own: Json, demanded: Json): boolean =>
  Array.isArray(own) && Array.isArray(demanded) && demanded.every((each) => own.some((has) => same(has, each)));

const stricter: Record<string, (own: Json, demanded: Json) => boolean> = {
  minimum: atLeast,
  exclusiveMinimum: atLeast,
  minLength: atLeast,
  minItems: atLeast,
  maximum: atMost,
  exclusiveMaximum: atMost,
  maxLength: atMost,
  maxItems: atMost,
  required: holdsAll,
  enum: (own, demanded) => holdsAll(demanded, own),
  within: (own, demanded) =>
    typeof own === 'string' && typeof demanded === 'string' && (demanded === '/' || own.startsWith(`${demanded}/`)),
  items: implies,
  properties: (own, demanded) =>
    isObject(own) && isObject(demanded) && Object.entries(demanded).every(([name, rule]) => implies(own[name], rule)),
};

/** Constraints are canonical, so their parts are as well. */
function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
