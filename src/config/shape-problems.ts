/** One good diagnostic for each thing that the schema objects to: what was found, what was expected, where. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Code } from '../diagnostics/codes.js';
import { counted } from '../diagnostics/counted.js';
import { problem } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { ShapeError } from './schema-validate.js';
import { resolve, schemaAt } from './schema-lookup.js';
import type { Found } from './schema-lookup.js';
import type { Path, YamlFile } from './yaml-file.js';

export interface ShapeProblem {
  error: ShapeError;
  path: Path;
  /** What stands there now. */
  value: unknown;
  /** Variables that it came from. */
  from: string[];
}

interface Words {
  code: Code;
  detail: string;
  fix: string;
  /** Where the caret goes, when not under the value at the path. */
  path?: Path;
  part?: 'key';
}

/** Without those that another says better: a slip in a key's name also makes that key missing. */
export function withoutEchoes(problems: readonly ShapeProblem[]): ShapeProblem[] {
  const slips = new Set<string>();
  for (const { error, path } of problems) {
    if (error.keyword !== 'additionalProperties') continue;
    const meant = didYouMean(
      text(error.params['additionalProperty']),
      Object.keys(schemaAt(path).schema.properties ?? {}),
    );
    if (meant) slips.add(JSON.stringify([...path, meant]));
  }
  return problems.filter(({ error, path }) => {
    if (error.keyword === 'required') return !slips.has(JSON.stringify([...path, error.params['missingProperty']]));
    return error.keyword !== 'oneOf' || !choices(path).some((name) => slips.has(JSON.stringify([...path, name])));
  });
}

/** null: said better by another error of the same place. */
export function shapeDiagnostic(file: YamlFile, shape: ShapeProblem): Diagnostic | null {
  const words = inWords(shape);
  if (!words) return null;
  const origin = shape.from.length > 0 ? ` It comes from the variable ${shape.from.map(quote).join(', ')}.` : '';
  const range = file.locate(words.path ?? shape.path, words.part);
  return problem(words.code, words.detail + origin, words.fix, { range });
}

function inWords({ error, path, value }: ShapeProblem): Words | null {
  // Alternatives are said once, by `oneOf` itself; names once, by `propertyNames`.
  if (/\/oneOf\/\d+\//.test(error.schemaPath) || 'propertyName' in error) return null;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(path, text(error.params['additionalProperty']));
    case 'required':
      return missingKey(path, text(error.params['missingProperty']));
    case 'dependentRequired':
      return strayKey(path, text(error.params['property']), text(error.params['missingProperty']));
    case 'oneOf':
      return alternatives(path, value);
    case 'propertyNames':
      return wrongName(path, text(error.params['propertyName']));
    case 'minItems':
      return emptyList(path);
    default:
      return wrongValue(error, path, value);
  }
}

function unknownKey(path: Path, key: string): Words {
  const known = Object.keys(schemaAt(path).schema.properties ?? {});
  const near = didYouMean(key, known);
  const merge = key === '<<' ? ' (merge keys are not YAML 1.2)' : '';
  return {
    code: 'unknown_key',
    detail: `${quote(key)} is not known in ${place(path)}${merge}.`,
    fix: near
      ? `Did you mean ${quote(near)}?`
      : known.length > 0
        ? `Known here: ${known.join(', ')}.`
        : 'Remove it: nothing is known here.',
    path: [...path, key],
    part: 'key',
  };
}

function missingKey(path: Path, key: string): Words {
  const { schema } = schemaAt([...path, key]);
  const base = { code: 'missing_key', path, part: 'key' } as const;
  if (key === 'authenticate') return { ...base, ...unauthenticated(path) };
  if (key === 'id' && path.length === 1) {
    return {
      ...base,
      detail: '`project` has no `id`; it tells this project from another of the same name.',
      fix: 'Add `id:` with a UUID of its own, as `toolcrib init` writes it.',
    };
  }
  const example = key === 'version' ? ' 1' : schema.examples?.[0] !== undefined ? ` ${text(schema.examples[0])}` : '';
  return {
    ...base,
    detail: `${place(path)} lacks ${quote(key)}. ${schema.description ?? ''}`.trim(),
    fix: `Add \`${key}:${example}\`.`,
  };
}

function unauthenticated(path: Path): { detail: string; fix: string } {
  return {
    detail: `${place(path)} does not say how it proves who it is, so nobody could be it.`,
    fix: 'Add `authenticate: [{token: {}}]`, and make a token with `toolcrib token issue`.',
  };
}

function strayKey(path: Path, key: string, needed: string): Words {
  return {
    code: 'unknown_key',
    detail: `${quote(key)} belongs to ${quote(needed)} servers, and ${place(path)} is none.`,
    fix: `Remove ${quote(key)}.`,
    path: [...path, key],
    part: 'key',
  };
}

function choices(path: Path): string[] {
  return (schemaAt(path).schema.oneOf ?? []).flatMap((each) => resolve(each).schema.required ?? []);
}

function alternatives(path: Path, value: unknown): Words {
  const names = choices(path);
  const given = names.filter((name) => typeof value === 'object' && value !== null && Object.hasOwn(value, name));
  const choice = names.map(quote).join(' or ');
  if (given.length === 0)
    return { code: 'missing_key', detail: `${place(path)} needs ${choice}.`, fix: `Add ${choice}.`, path, part: 'key' };
  return {
    code: 'wrong_type',
    detail: `${place(path)} has ${given.map(quote).join(' and ')}; it takes one of them.`,
    fix: `Keep one of ${given.map(quote).join(', ')}.`,
    path: [...path, given[1] ?? ''],
    part: 'key',
  };
}

function wrongName(path: Path, name: string): Words {
  const { schema } = schemaAt(path);
  const rule = schema.propertyNames ? resolve(schema.propertyNames).schema.description : '';
  return { code: 'invalid_name', ...badName(name, rule ?? ''), path: [...path, name], part: 'key' };
}

function badName(name: string, rule: string): { detail: string; fix: string } {
  const near = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40);
  const usable = rule.startsWith('Lower case') && near !== '' && near !== name;
  const reserved = name === 'constructor' ? ' This one is reserved.' : '';
  return {
    detail: `${quote(name)} is not a name. ${rule}${reserved}`,
    fix: usable ? `Use for example \`${near}\`.` : 'Choose another name.',
  };
}

function emptyList(path: Path): Words {
  if (path.at(-1) === 'authenticate') return { code: 'missing_key', ...unauthenticated(path.slice(0, -1)) };
  return { code: 'wrong_type', detail: `${place(path)} is an empty list.`, fix: 'Add an entry, or remove the key.' };
}

function wrongValue(error: ShapeError, path: Path, value: unknown): Words {
  const { schema, definition } = schemaAt(path);
  if (definition === 'name' && typeof value === 'string')
    return { code: 'invalid_name', ...badName(value, schema.description ?? '') };
  if (path.length === 1 && path[0] === 'version') {
    return {
      code: 'wrong_type',
      detail: `This is version ${show(value)} of the format; this toolcrib reads version 1.`,
      fix: 'Write `version: 1`, or use a newer toolcrib.',
    };
  }
  const expected =
    error.keyword === 'pattern' && schema.description !== undefined
      ? `which does not fit. ${schema.description}`
      : `but must be ${expectation(error, { schema, definition })}.`;
  return {
    code: 'wrong_type',
    detail: `${place(path)} is ${show(value)}, ${expected}`,
    fix: advice(error, path, { schema, definition }, value),
  };
}

function expectation(error: ShapeError, { schema }: Found): string {
  const { params } = error;
  switch (error.keyword) {
    case 'type':
      return [params['type']]
        .flat()
        .map((each) => TYPE_WORDS[text(each)] ?? text(each))
        .filter((each) => each !== 'empty')
        .join(' or ');
    case 'enum':
      return (schema.enum ?? []).map(show).join(' or ');
    case 'const':
      return show(params['allowedValue']);
    case 'minimum':
      return `at least ${text(params['limit'])}`;
    case 'maximum':
      return `at most ${text(params['limit'])}`;
    case 'minProperties':
    case 'minItems':
      return params['limit'] === 1
        ? 'of something, not empty'
        : `of at least ${counted(Number(params['limit']), 'item')}`;
    case 'maxItems':
      return `of at most ${counted(Number(params['limit']), 'item')}`;
    default:
      return 'otherwise';
  }
}

function advice(error: ShapeError, path: Path, { schema }: Found, value: unknown): string {
  const near =
    error.keyword === 'enum' && typeof value === 'string' ? didYouMean(value, (schema.enum ?? []).map(text)) : null;
  if (near) return `Did you mean ${quote(near)}?`;
  const wanted = [error.params['type']].flat();
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  const fits = schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(String(value));
  if (scalar && fits && wanted.includes('string')) return `Put it in quotes: \`"${String(value)}"\`.`;
  if (wanted.includes('array') && typeof value === 'string')
    return `Write a list: \`[${value.length < 40 ? value : '…'}]\`.`;
  if (schema.examples?.[0] !== undefined) return `Write for example \`${text(schema.examples[0])}\`.`;
  return `Correct ${quote(text(path.at(-1) ?? 'the file'))}.`;
}

const TYPE_WORDS: Record<string, string> = {
  object: 'a mapping (`key: value`)',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
};

/** `servers.files`, `agents.reader.grants[0]`. */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (so, step) => (typeof step === 'number' ? `${so}[${step}]` : so === '' ? step : `${so}.${step}`),
    '',
  );
}

function place(path: Path): string {
  return path.length === 0 ? 'the file' : quote(dotted(path));
}

function quote(name: string): string {
  return `\`${name.length > 120 ? `${name.slice(0, 120)}…` : name}\``;
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? quote(value === '' ? '""' : value) : text(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
