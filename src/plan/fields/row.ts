/** One row of the table of fields (plan/fields/table.ts), and the few sorts of rows that there are. */
import type { ResolvedContainer } from '../../model/container.js';
import type { Json } from '../../model/definitions.js';
import type { ContainerInspect } from '../../model/inspect.js';
import { sorted } from './normal.js';
import type { ContainerUpdate } from '../plan.js';
import type { Expected, Live } from './sides.js';

export interface Row {
  /** With `each`, a prefix: the row's value is a map, compared key by key (`env.LOG_LEVEL`). */
  field: string;
  each: boolean;
  expected(expected: Expected): Json;
  live(live: Live): Json;
  /** What `POST /containers/{id}/update` calls it; `joins`: by joining and leaving networks; null: only a new container can change it. */
  inPlace: keyof ContainerUpdate | 'joins' | null;
  /** No declaration changes it, so a difference is always drift. */
  constant: boolean;
  /** Live values that are as good as the expected one. */
  accepts?(live: Live): boolean;
}

interface Sides {
  should: (container: ResolvedContainer) => Json;
  is: (live: Live) => Json;
}

type Config = ContainerInspect['Config'];
export type HostConfig = ContainerInspect['HostConfig'];

export function declared(field: string, { should, is }: Sides): Row {
  return {
    field,
    each: false,
    expected: ({ container }) => should(container),
    live: is,
    inPlace: null,
    constant: false,
  };
}

/** A map, compared key by key. */
export function each(field: string, sides: Sides): Row {
  return { ...declared(field, sides), each: true };
}

export function mutable(inPlace: keyof ContainerUpdate, row: Row): Row {
  return { ...row, inPlace };
}

/** Networks joined later than at the making. */
export function joinable(row: Row): Row {
  return { ...row, inPlace: 'joins' };
}

/** Cannot be declared: must be so in every container of ours. */
export function constant(field: string, value: Json, is: (live: Live) => Json): Row {
  return { ...declared(field, { should: () => value, is }), constant: true };
}

/** The same, of what the host gives. */
export function always(field: string, value: Json, read: (host: HostConfig) => Json): Row {
  return constant(field, value, host(read));
}

/** Cannot be declared: must not be there. */
export function never(field: string, read: (host: HostConfig) => Values): Row {
  return always(field, [], (from) => listed(read(from)));
}

export const config =
  (read: (config: Config) => Json) =>
  (live: Live): Json =>
    read(live.inspect.Config);
export const host =
  (read: (host: HostConfig) => Json) =>
  (live: Live): Json =>
    read(live.inspect.HostConfig);

type Values = readonly unknown[] | Record<string, unknown> | null | undefined;

function listed(values: Values): Json[] {
  if (!values) return [];
  const all = Array.isArray(values)
    ? values
    : Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
  return sorted(all.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))));
}
