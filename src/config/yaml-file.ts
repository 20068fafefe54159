/**
 * YAML text → a plain value with positions. Refuses what reads differently to different people or costs without bound:
 * duplicate keys, tags, several documents, nesting and aliases beyond measure.
 */
import type { Alias, Document, LineCounter, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import type { Diagnostic, Range } from '../diagnostics/diagnostic.js';
import type { Code } from '../diagnostics/codes.js';
import { problem } from '../diagnostics/failure.js';
import { plainYaml } from './plain-yaml.js';
import type { TextFile } from './text-file.js';
import { isAlias, isMap, isPair, isScalar, isSeq, yaml } from './yaml-library.js';
import { syntaxProblems } from './yaml-syntax.js';

export type Path = readonly (string | number)[];

export interface YamlFile {
  name: string;
  /** `undefined` where the text is no YAML. */
  value: unknown;
  diagnostics: Diagnostic[];
  /** The nearest parent that exists when the path doesn't. `key`: the key itself rather than its value. */
  locate(path: Path, part?: 'key' | 'value'): Range;
  /** The scalar at the path as it is written: `1.10` rather than 1.1. */
  written(path: Path): string | undefined;
}

/** Values that a file may unfold to; aliases count each time they are used. */
const MAX_VALUES = 50_000;
const MAX_DEPTH = 64;
/** Nobody reads more. */
const MAX_REPORTED = 100;

export function parseYaml(file: TextFile): YamlFile {
  const plain = plainYaml(file.text);
  if (!plain) return parseByLibrary(file);
  // Where something stands is asked only when there is something to say about it.
  let whole: YamlFile | null = null;
  return {
    name: file.name,
    value: plain.value,
    diagnostics: [],
    locate: (path, part) => (whole ??= parseByLibrary(file)).locate(path, part),
    // Plain YAML spells everything that is no text as JSON does.
    written: () => undefined,
  };
}

export function parseByLibrary(file: TextFile): YamlFile {
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const early = syntaxProblems.beforeParsing(file);
  let document: Document.Parsed | null = null;
  if (early.length === 0) {
    // The library compares each key with each other: ours does not take minutes on 100,000 keys.
    document = withoutStacks(() =>
      parseDocument(file.text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false }),
    );
    if (!document)
      early.push(problem('yaml_syntax', 'The file is nested too deeply.', 'Flatten it.', { range: top(file.name) }));
  }
  const source = new Source(file.name, document, lines);
  if (!document) return source.result(undefined, early);
  const syntax = syntaxProblems.ofDocument(file, document, (from, to) => source.range(from, to));
  if (syntax.length > 0) return source.result(undefined, syntax);
  const unfold = new Unfold(source);
  const value = unfold.document(document);
  return source.result(unfold.failed ? undefined : value, unfold.diagnostics);
}

/**
 * The parser makes an Error of every mistake: a hostile file has a million, and stack traces would take the time.
 * @returns null where it recursed beyond the stack.
 */
function withoutStacks<Result>(parse: () => Result): Result | null {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function top(file: string): Range {
  return { file, start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
}

/** Where things stand in one file. */
class Source {
  /** Filled while unfolding: an alias means the last anchor of its name before it. */
  readonly targets = new Map<unknown, unknown>();

  constructor(
    readonly name: string,
    readonly document: Document.Parsed | null,
    readonly lines: LineCounter,
  ) {}

  result(value: unknown, diagnostics: Diagnostic[]): YamlFile {
    return {
      name: this.name,
      value,
      diagnostics,
      locate: (path, part) => this.locate(path, part),
      written: (path) => {
        const node = this.find(path);
        return node && isScalar(node) && typeof node.source === 'string' ? node.source : undefined;
      },
    };
  }

  range(from: number, to: number): Range {
    const start = this.lines.linePos(from);
    const end = this.lines.linePos(Math.max(from, to));
    return {
      file: this.name,
      start: { line: start.line || 1, column: start.col || 1 },
      end: { line: end.line || 1, column: end.col || 1 },
    };
  }

  of(node: unknown): Range {
    const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as Node['range']) : null;
    return range ? this.range(range[0], range[1]) : top(this.name);
  }

  locate(path: Path, part: 'key' | 'value' = 'value'): Range {
    let node: unknown = this.document?.contents;
    let key: unknown = null;
    for (const step of path) {
      const found = this.step(node, step);
      if (!found) return this.of(key ?? node);
      node = found.value ?? found.key;
      key = found.key ?? node;
    }
    return this.of(part === 'key' ? (key ?? node) : node);
  }

  find(path: Path): unknown {
    let node: unknown = this.document?.contents;
    for (const step of path) node = this.step(node, step)?.value;
    return this.resolve(node);
  }

  /** What an alias stands for. */
  resolve(node: unknown): unknown {
    return isAlias(node) ? this.targets.get(node) : node;
  }

  private step(from: unknown, step: string | number): { key: unknown; value: unknown } | null {
    const node = this.resolve(from);
    if (isSeq(node))
      return typeof step === 'number' && step in node.items ? { key: null, value: node.items[step] } : null;
    if (!isMap(node)) return null;
    const pair = node.items.find((each) => keyText(each) === String(step));
    return pair ? { key: pair.key, value: pair.value } : null;
  }
}

/** Keys are text: a number counts as it is written. null: not a scalar. */
function keyText(pair: Pair): string | null {
  if (!isScalar(pair.key)) return null;
  return typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? String(pair.key.value));
}

/** Nodes → plain values, counting what comes out. */
class Unfold {
  readonly diagnostics: Diagnostic[] = [];
  failed = false;
  private values = 0;
  /** Collections reported once, however many aliases lead there. */
  private readonly seen = new Set<unknown>();
  private readonly open = new Set<unknown>();
  /** The alias that is being unfolded, outside all others. */
  private outermost: Alias | null = null;
  private readonly anchors = new Map<string, unknown>();

  constructor(private readonly source: Source) {}

  document(document: Document.Parsed): unknown {
    return this.node(document.contents, 0);
  }

  private report(code: Code, detail: string, fix: string, node: unknown): undefined {
    if (this.diagnostics.length < MAX_REPORTED)
      this.diagnostics.push(problem(code, detail, fix, { range: this.source.of(node) }));
    return undefined;
  }

  private give(code: Code, detail: string, fix: string, node: unknown): undefined {
    if (!this.failed) this.report(code, detail, fix, node);
    this.failed = true;
    return undefined;
  }

  private node(node: unknown, depth: number): unknown {
    if (this.failed) return undefined;
    if (++this.values > MAX_VALUES) return this.tooMuch(node);
    if (depth > MAX_DEPTH)
      return this.give('yaml_syntax', `Nested more than ${MAX_DEPTH} levels deep.`, 'Flatten it.', node);
    if (isAlias(node)) return this.alias(node, depth);
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) this.anchors.set(node.anchor, node);
    if (isMap(node)) return this.inside(node, () => this.map(node, depth));
    if (isSeq(node)) return this.inside(node, () => node.items.map((each) => this.item(each, depth)));
    return isScalar(node) ? this.scalar(node.value, node) : null;
  }

  private tooMuch(node: unknown): undefined {
    const detail = `The file unfolds to more than ${MAX_VALUES} values`;
    if (this.outermost)
      return this.give(
        'yaml_aliases',
        `${detail}: aliases of aliases multiply.`,
        'Write the values out.',
        this.outermost,
      );
    return this.give('file_too_large', `${detail}.`, 'Split it into several `*.toolbox.yaml` files.', node);
  }

  private alias(node: Alias, depth: number): unknown {
    const target = this.source.targets.get(node) ?? this.anchors.get(node.source);
    this.source.targets.set(node, target);
    if (!target)
      return this.give(
        'yaml_syntax',
        `No anchor \`&${node.source}\` stands before this alias.`,
        `Write \`&${node.source}\` where the value is, or the value itself here.`,
        node,
      );
    if (this.open.has(target))
      return this.give(
        'yaml_aliases',
        `\`*${node.source}\` lies inside the value it stands for, so it would never end.`,
        'Write the value out.',
        node,
      );
    const outermost = this.outermost;
    this.outermost ??= node;
    const value = this.node(target, depth + 1);
    this.outermost = outermost;
    return value;
  }

  private inside(node: YAMLMap | YAMLSeq, unfold: () => unknown): unknown {
    this.open.add(node);
    const value = unfold();
    this.open.delete(node);
    this.seen.add(node);
    return value;
  }

  /** `- a: 1` in a flow list is a pair without its braces. */
  private item(each: unknown, depth: number): unknown {
    return isPair(each) ? Object.fromEntries(this.pair(each, new Map(), depth)) : this.node(each, depth + 1);
  }

  private map(node: YAMLMap, depth: number): unknown {
    const entries: (readonly [string, unknown])[] = [];
    const first = new Map<string, unknown>();
    for (const pair of node.items) {
      entries.push(...this.pair(pair, first, depth, this.seen.has(node)));
      if (this.failed) return undefined;
    }
    // Defines own properties only: `__proto__` stays a plain key.
    return Object.fromEntries(entries);
  }

  private pair(pair: Pair, first: Map<string, unknown>, depth: number, silent = false): (readonly [string, unknown])[] {
    const key = keyText(pair);
    if (key === null) {
      if (!silent) this.report('wrong_type', 'A key must be text.', 'Write a plain word before the colon.', pair.key);
      return [];
    }
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, pair.key);
    else if (!silent) {
      const { line } = this.source.of(earlier).start;
      this.report(
        'yaml_duplicate_key',
        `\`${key}\` stands in line ${line} already; one of the two would be lost.`,
        'Remove or rename one of them.',
        pair.key,
      );
    }
    return [[key, this.node(pair.value, depth + 1)]];
  }

  private scalar(value: unknown, node: Node): unknown {
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
      this.report('wrong_type', 'This number cannot be said in JSON.', 'Write it in quotes to make it text.', node);
      return 0;
    }
    return value ?? null;
  }
}
