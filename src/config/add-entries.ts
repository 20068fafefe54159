/**
 * Adds to a toolbox file what was not in it, as text: every line that is there stays as somebody wrote it. Whether
 * the result says what it should is checked on the result.
 */
import type { Document, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import type { Json, JsonObject } from '../model/definitions.js';
import { isMap, isPair, isScalar, isSeq, yaml } from './yaml-library.js';

/** Entries by section (`servers`, `volumes`, `variables`), and folders for `project.mount_roots`. */
export interface Additions {
  sections: Readonly<Record<string, JsonObject>>;
  mountRoots: readonly string[];
}

/** null: the file is written in a way that leaves no place for it. */
export function addEntries(text: string, { sections, mountRoots }: Additions): string | null {
  let now = text;
  for (const [section, entries] of Object.entries(sections)) {
    for (const [name, value] of Object.entries(entries)) {
      const next = addEntry(now, section, name, value);
      if (next === null) return null;
      now = next;
    }
  }
  if (mountRoots.length > 0) {
    const next = addRoots(now, mountRoots);
    if (next === null) return null;
    now = next;
  }
  return isAdded(text, now, { sections, mountRoots }) ? now : null;
}

/** As it stands in a block, without indentation. */
export function entryText(name: string, value: Json): string {
  const { Document, visit } = yaml();
  const document = new Document({ [name]: value });
  visit(document, {
    Collection(_key, node, path) {
      // What fits on a line stands on one; an entry of some size and its list of mounts do not.
      const isEntry = path.length === 3 && node.items.length > 1;
      const isMounts = path.length === 5 && isPairOf(path.at(-1), 'mounts');
      if (path.length > 2 && !isEntry && !isMounts) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, blockQuote: false, indentSeq: true });
}

function isPairOf(node: unknown, name: string): boolean {
  return isPair(node) && isScalar(node.key) && node.key.value === name;
}

function parsed(text: string): YAMLMap | null {
  const document: Document = yaml().parseDocument(text, { uniqueKeys: false, prettyErrors: false });
  return isMap(document.contents) ? document.contents : null;
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find((each) => isPairOf(each, name));
}

function addEntry(text: string, section: string, name: string, value: Json): string | null {
  const root = parsed(text);
  if (!root || root.flow) return null;
  const pair = pairOf(root, section);
  if (!pair) return `${text.trimEnd()}\n\n${section}:\n${indented(entryText(name, value), 2)}`;
  const map = pair.value as Node | null;
  if (isMap(map) && map.items.length > 0) {
    return map.flow
      ? intoFlow(text, map, `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      : afterLast(text, map, entryText(name, value));
  }
  if (isMap(map) || (isScalar(map) && map.value === null)) return asFirst(text, pair, map, entryText(name, value));
  return null;
}

function addRoots(text: string, roots: readonly string[]): string | null {
  const root = parsed(text);
  const project = root && pairOf(root, 'project')?.value;
  if (!isMap(project)) return null;
  const known = pairOf(project, 'mount_roots')?.value;
  const list = JSON.stringify(roots).replaceAll(',', ', ');
  if (known === undefined) {
    return project.flow
      ? intoFlow(text, project, `mount_roots: ${list}`)
      : afterLast(text, project, `mount_roots: ${list}\n`);
  }
  if (!isSeq(known)) return null;
  if (known.flow) return intoFlow(text, known, list.slice(1, -1));
  const items = roots.map((each) => `- ${JSON.stringify(each)}\n`).join('');
  return afterLast(text, known, items);
}

/** Before the bracket that ends it. */
function intoFlow(text: string, node: YAMLMap | YAMLSeq, addition: string): string | null {
  const end = (node.range?.[1] ?? 0) - 1;
  const before = text.slice(0, end).trimEnd();
  const separator = node.items.length === 0 || before.endsWith(',') ? '' : ', ';
  return `${before}${separator}${addition}${text.slice(end)}`;
}

/** Behind the line on which its last item ends, in the column of the first. */
function afterLast(text: string, node: YAMLMap | YAMLSeq, addition: string): string | null {
  const [first] = node.items;
  const start = isPair(first) ? (first.key as Node).range?.[0] : node.range?.[0];
  const last: unknown = node.items.at(-1);
  const value = (isPair(last) ? (last.value ?? last.key) : last) as Node | null;
  const end = endOf(value);
  if (start === undefined || end === null) return null;
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  const newline = text.indexOf('\n', Math.max(end - 1, 0));
  const [head, tail] = newline < 0 ? [`${text}\n`, ''] : [text.slice(0, newline + 1), text.slice(newline + 1)];
  return `${head}${indented(addition, column)}${tail}`;
}

/** Where the innermost last value ends: a block's own end takes in the comments and empty lines behind it. */
function endOf(node: Node | null): number | null {
  if ((isMap(node) || isSeq(node)) && !node.flow && node.items.length > 0) {
    const last: unknown = node.items.at(-1);
    return endOf((isPair(last) ? (last.value ?? last.key) : last) as Node | null);
  }
  return node?.range?.[1] ?? null;
}

/** In place of `{}` or of nothing. */
function asFirst(text: string, pair: Pair, value: Node | null, addition: string): string | null {
  const key = (pair.key as Node).range;
  if (!key) return null;
  const colon = text.indexOf(':', key[1]);
  const without =
    isMap(value) && value.range ? text.slice(0, value.range[0]).trimEnd() + text.slice(value.range[1]) : text;
  const newline = without.indexOf('\n', colon);
  const [head, tail] = newline < 0 ? [`${without}\n`, ''] : [without.slice(0, newline + 1), without.slice(newline + 1)];
  return `${head}${indented(addition, 2)}${tail}`;
}

function indented(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}

/** The old value with the additions, and nothing else. */
function isAdded(before: string, after: string, { sections, mountRoots }: Additions): boolean {
  const value = (text: string): JsonObject => (yaml().parse(text) ?? {}) as JsonObject;
  const wanted = value(before);
  for (const [section, entries] of Object.entries(sections)) {
    if (Object.keys(entries).length > 0) wanted[section] = { ...(wanted[section] as JsonObject | null), ...entries };
  }
  if (mountRoots.length > 0) {
    const project = wanted.project as JsonObject;
    project.mount_roots = [...((project.mount_roots as Json[] | null | undefined) ?? []), ...mountRoots];
  }
  const sorted = (json: Json): string =>
    JSON.stringify(json, (_key, each: Json) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    );
  return sorted(value(after)) === sorted(wanted);
}
