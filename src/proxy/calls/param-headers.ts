/**
 * Arguments that an agent repeats in headers (MCP 2026-07-28, Custom Headers from Tool Parameters): what the headers say
 * must be what the body says. What goes upstream is made anew, from the body alone (wire/mirror.ts).
 */
import type { Definition, Json, JsonObject } from '../../model/definitions.js';
import { mirroredParameters, type Mirrored } from '../../wire/mirror.js';
import { decodeHeader } from '../http/headers.js';

const PREFIX = 'mcp-param-';
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const known = new WeakMap<Definition, readonly Mirrored[]>();
const NONE: readonly Mirrored[] = [];

export function mirrors(definition: Definition): boolean {
  return annotated(definition).length > 0;
}

/** @param sent by the name behind `Mcp-Param-`, in lower case. @returns what does not agree; null: they agree. */
export function paramProblem(
  definition: Definition,
  values: JsonObject,
  sent: ReadonlyMap<string, string> | null,
): string | null {
  for (const { path, header } of annotated(definition)) {
    const value = valueAt(values, path);
    const said = sent?.get(header.toLowerCase().slice(PREFIX.length));
    if (value === undefined || value === null) {
      if (said !== undefined) return `${header} was sent for an argument that was not`;
      continue;
    }
    if (said === undefined) return `${header} is missing`;
    const text = decodeHeader(said);
    if (text === null || !same(value, text)) return `${header} disagrees with the body`;
  }
  return null;
}

function same(value: Json, text: string): boolean {
  // As JSON writes numbers: whoever else reads the header must come to the same.
  if (typeof value === 'number') return NUMBER.test(text) && Number(text) === value;
  return (typeof value === 'string' || typeof value === 'boolean') && String(value) === text;
}

/** A tool that says so wrongly is offered to nobody over HTTP; one over stdio has no headers to agree with. */
function annotated(definition: Definition): readonly Mirrored[] {
  let found = known.get(definition);
  if (!found) {
    const read = mirroredParameters(definition);
    found = typeof read === 'string' || read.length === 0 ? NONE : read;
    known.set(definition, found);
  }
  return found;
}

function valueAt(values: JsonObject, path: readonly string[]): Json | undefined {
  let at: Json | undefined = values;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, step)) return undefined;
    at = at[step];
  }
  return at;
}
