/** Holds a file's value against the schema: every problem at once, and which parts are sound all the same. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { validate } from './schema-validate.js';
import type { ShapeError } from './schema-validate.js';
import type { Toolbox } from './schema-types.js';
import type { ShapeProblem } from './shape-problems.js';
import { pathKey } from './substitute.js';
import type { Substituted } from './substitute.js';
import type { Path, YamlFile } from './yaml-file.js';

export interface Shape {
  /** As the schema says where it is sound. */
  value: Toolbox;
  diagnostics: Diagnostic[];
  /** Whether the schema holds at the path and below it; `except` names lists below it whose items count for themselves. */
  sound(path: Path, ...except: string[]): boolean;
}

/** A place that nobody could word has still one diagnostic. */
export async function checkShape(file: YamlFile, filled: Substituted): Promise<Shape> {
  const value = filled.value;
  let errors = run(value);
  if (errors.length > 0 && coerce(value, errors, filled)) errors = run(value);
  const problems = errors
    .map((error): ShapeProblem => {
      const { path, found } = follow(value, error.instancePath);
      return { error, path, value: found, from: filled.filled.get(pathKey(path)) ?? [] };
    })
    .filter(({ path }) => !filled.empty.has(pathKey(path)));
  const diagnostics: Diagnostic[] = [];
  if (problems.length > 0) {
    const { shapeDiagnostic, withoutEchoes } = await import('./shape-problems.js');
    for (const each of withoutEchoes(problems)) {
      const diagnostic = shapeDiagnostic(file, each);
      if (diagnostic && !diagnostics.some((other) => same(other, diagnostic))) diagnostics.push(diagnostic);
    }
  }
  const broken = [...problems.map(({ path }) => path), ...[...filled.empty].map((key) => JSON.parse(key) as Path)];
  return {
    value: value as Toolbox,
    diagnostics,
    sound: (path, ...except) => !broken.some((each) => concerns(each, path, except)),
  };
}

function run(value: unknown): ShapeError[] {
  return validate(value) ? [] : (validate.errors ?? []);
}

/** Errors above the path concern it as well only where they are about the path's own presence, which the caller sees. */
function concerns(broken: Path, path: Path, except: readonly string[]): boolean {
  if (!path.every((step, index) => broken[index] === step)) return false;
  return !(except.includes(String(broken[path.length])) && typeof broken[path.length + 1] === 'number');
}

function same(a: Diagnostic, b: Diagnostic): boolean {
  return (
    a.code === b.code && a.range?.start.line === b.range?.start.line && a.range?.start.column === b.range?.start.column
  );
}

/** JSON Pointer → path and value; a list's steps are numbers. */
function follow(value: unknown, pointer: string): { path: Path; found: unknown } {
  const path: (string | number)[] = [];
  let found = value;
  for (const raw of pointer.split('/').slice(1)) {
    const step = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(found) ? Number(step) : step);
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[step] : undefined;
  }
  return { path, found };
}

/** A value from a variable takes the type that its place asks for: options and the environment only have text. */
function coerce(value: unknown, errors: ShapeError[], { filled }: Substituted): boolean {
  let changed = false;
  for (const { keyword, instancePath, params } of errors) {
    const { path, found } = follow(value, instancePath);
    if (keyword !== 'type' || !filled.has(pathKey(path))) continue;
    const wanted = converted(found, [params['type']].flat());
    if (wanted === undefined) continue;
    const parent = follow(value, instancePath.slice(0, instancePath.lastIndexOf('/'))).found as Record<string, unknown>;
    parent[path.at(-1) ?? ''] = wanted;
    changed = true;
  }
  return changed;
}

function converted(value: unknown, types: unknown[]): unknown {
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  if (typeof value !== 'string') return undefined;
  if (types.some((each) => each === 'number' || each === 'integer') && /^-?\d{1,15}(\.\d{1,15})?$/.test(value))
    return Number(value);
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  return undefined;
}
