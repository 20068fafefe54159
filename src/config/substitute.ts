/** A file's value with its variables filled in, and which places they went to. */
import { interpolate, refersToVariables } from './interpolate.js';
import type { Variables } from './variables.js';
import type { Path } from './yaml-file.js';

export interface Substituted {
  value: unknown;
  /** Places whose value came from variables → their names. Keys by pathKey. */
  filled: Map<string, string[]>;
  /** Places that a variable left without a value. */
  empty: Set<string>;
}

/** `variables` itself is read by Variables; these two say what the file is before anything is filled in. */
const LITERAL = new Set<string | number>(['version', 'toolbox', 'variables']);

export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

export function substitute(value: unknown, variables: Variables): Substituted {
  const result: Substituted = { value, filled: new Map(), empty: new Set() };
  // Most files do without, and a large one would be copied whole.
  if (refers(value)) result.value = fill(value, [], variables, result);
  return result;
}

function refers(value: unknown): boolean {
  if (typeof value === 'string') return refersToVariables(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(refers);
}

function fill(value: unknown, path: Path, variables: Variables, result: Substituted): unknown {
  if (path.length === 1 && LITERAL.has(path[0] ?? '')) return value;
  if (isEnvironmentVariables(path)) return value;
  if (typeof value === 'string') return fillText(value, path, variables, result);
  if (Array.isArray(value)) return value.map((each: unknown, index) => fill(each, [...path, index], variables, result));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, fill(each, [...path, key], variables, result)]),
  );
}

/** `project.environments.NAME.variables`: where values come from, not where they go. */
function isEnvironmentVariables(path: Path): boolean {
  return path.length === 4 && path[0] === 'project' && path[1] === 'environments' && path[3] === 'variables';
}

function fillText(text: string, path: Path, variables: Variables, result: Substituted): unknown {
  if (!refersToVariables(text)) return text;
  const done = interpolate(text, variables.at(path), variables.malformed(path));
  if (!done) {
    result.empty.add(pathKey(path));
    return text;
  }
  if (done.used.length > 0) result.filled.set(pathKey(path), done.used);
  return done.value;
}
