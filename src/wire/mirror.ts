/** Values of the body that streamable HTTP repeats in headers (MCP 2026-07-28, Streamable HTTP, Request Metadata). */
import { isObject, type Definition, type Json, type JsonObject } from '../model/definitions.js';

/** Visible ASCII, spaces and tabs within. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;
const LOOKS_ENCODED = /^=\?base64\?.*\?=$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const MAX_DEPTH = 32;

export function headerValue(value: string): string {
  if (PLAIN.test(value) && !LOOKS_ENCODED.test(value)) return value;
  return `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}

/** A parameter that goes into a header: `Mcp-Param-NAME`, and where it stands in the arguments. */
export interface Mirrored {
  header: string;
  path: readonly string[];
}

/** @returns what a tool wants mirrored; a text is what is wrong with how it says so, and it must not be offered. */
export function mirroredParameters(tool: Definition): Mirrored[] | string {
  const found: Mirrored[] = [];
  const flaw = collect(tool['inputSchema'] ?? null, [], true, found);
  if (flaw !== null) return flaw;
  const names = new Set(found.map(({ header }) => header.toLowerCase()));
  return names.size === found.length ? found : 'two parameters name the same header';
}

/** Headers of one call. */
export function mirrorHeaders(mirrored: readonly Mirrored[], args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { header, path } of mirrored) {
    let value: Json | undefined = args;
    for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof value === 'string' && value !== '') headers[header] = headerValue(value);
    else if (typeof value === 'string') headers[header] = '=?base64??=';
    else if (typeof value === 'boolean') headers[header] = String(value);
    else if (typeof value === 'number' && Number.isSafeInteger(value)) headers[header] = String(value);
  }
  return headers;
}

/** @param reachable by `properties` alone from the root. */
function collect(schema: Json, path: string[], reachable: boolean, found: Mirrored[], depth = 0): string | null {
  if (depth > MAX_DEPTH) return 'its inputSchema is nested too deeply';
  if (Array.isArray(schema)) return firstFlaw(schema.map((each) => () => collect(each, path, false, found, depth + 1)));
  if (!isObject(schema)) return null;
  if (Object.hasOwn(schema, 'x-mcp-header')) {
    const flaw = annotationFlaw(schema, reachable && path.length > 0);
    if (flaw !== null) return flaw;
    found.push({ header: `Mcp-Param-${schema['x-mcp-header'] as string}`, path: [...path] });
  }
  return firstFlaw(
    Object.entries(schema).map(([key, value]) => () => {
      if (key !== 'properties' || !isObject(value)) {
        // What a schema quotes as data is no schema.
        if (key === 'default' || key === 'const' || key === 'enum' || key === 'examples') return null;
        return collect(value, path, false, found, depth + 1);
      }
      return firstFlaw(
        Object.entries(value).map(
          ([name, each]) =>
            () =>
              collect(each, [...path, name], reachable, found, depth + 1),
        ),
      );
    }),
  );
}

function annotationFlaw(schema: JsonObject, reachable: boolean): string | null {
  const name = schema['x-mcp-header'];
  if (typeof name !== 'string' || !TOKEN.test(name)) return 'x-mcp-header is not a header name';
  if (!reachable) return `x-mcp-header ${name} stands where no argument is certain to be`;
  const type = schema['type'];
  const primitive = type === 'string' || type === 'integer' || type === 'boolean';
  return primitive ? null : `x-mcp-header ${name} is on a parameter that is no string, integer or boolean`;
}

function firstFlaw(checks: (() => string | null)[]): string | null {
  for (const check of checks) {
    const flaw = check();
    if (flaw !== null) return flaw;
  }
  return null;
}
