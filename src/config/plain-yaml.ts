/**
 * A fast way through YAML that holds nothing unusual: block maps and lists, one-line flow collections, plain and
 * one-line quoted scalars, comments. The YAML library needs more than a millisecond a server of a toolbox and its lock,
 * which at 50 servers is half a plan's time; this needs a fraction of that, and nothing has to be loaded for it.
 *
 * It never decides what is wrong: whatever it does not know for certain (anchors, tags, block scalars, scalars over
 * several lines, a key twice, numbers spelt oddly) it declines, and the library reads, or refuses, the whole text.
 */

/** Fewer than the file's own limits (yaml-file.ts), so that those are the library's to report. */
const MAX_VALUES = 40_000;
const MAX_DEPTH = 32;

/** Tabs, carriage returns, controls, and what some count as line ends. */
const UNUSUAL = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ufefe\uff00-\uffff]/;
const SIMPLE_NUMBER = /^(?:0|-?[1-9]\d{0,14})$|^-?(?:0|[1-9]\d{0,8})\.\d{1,6}$/;
const ODD_NUMBER = /^[-+]?\d+$|^0[ox][\da-f]+$|^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$|^[-+]?\.(?:inf|nan)$/i;
const BLOCK_PLAIN = /[A-Za-z0-9_/.$+(^~;<=\\-][^\n]*/y;
/** In flow, an indicator ends it; a colon beside one is read differently by different parsers. */
const FLOW_PLAIN = /[A-Za-z0-9_/.$+(^~;<=\\-](?:[^,[\]{}:#\n]|:(?![ ,[\]{}\n])|(?<! )#)*/y;
const DOUBLE_QUOTED = /"(?:[^"\\\n]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;
const SINGLE_QUOTED = /'(?:[^'\n]|'')*'/y;
const BLOCK_KEY = /(?:[A-Za-z0-9_/.$][^:#\n]*?|"[^"\\\n]*"|'[^'\n]*'):(?= |\n|$)/y;
const REST_OF_LINE = /(?: +#[^\n]*| *)(?=\n|$)/y;
const BLANK_LINE = / *(?:#[^\n]*)?\n/y;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['null', null],
  ['~', null],
  ['true', true],
  ['false', false],
]);
/** Merges, and what assigning would not make a member of its own. */
const ODD_KEYS: ReadonlySet<string> = new Set(['', '<<', '__proto__']);
const ODD_WORD = /^(?:Null|NULL|True|TRUE|False|FALSE)$/;

class Declined extends Error {}
const declined = new Declined('not plain YAML');

/** null: the library is to be asked. */
export function plainYaml(text: string): { value: unknown } | null {
  if (UNUSUAL.test(text) || /^(?:---|\.\.\.|%)/m.test(text)) return null;
  try {
    return { value: new Reader(text).document() };
  } catch (cause) {
    if (cause instanceof Declined) return null;
    throw cause;
  }
}

function decline(): never {
  throw declined;
}

class Reader {
  private at = 0;
  /** Column of the first character at `at`, once blank lines and comments are behind. */
  private indent = 0;
  private values = 0;

  constructor(private readonly text: string) {}

  document(): unknown {
    this.nextLine();
    if (this.at >= this.text.length || this.indent !== 0) decline();
    const value = this.block(0);
    return this.at >= this.text.length ? value : decline();
  }

  /** To the first character of the next line that holds something. `at` is at a line's beginning. */
  private nextLine(): void {
    while (this.pass(BLANK_LINE));
    this.indent = this.spaces();
    // A last line of spaces or of a comment, without its end.
    if (this.text[this.at] === '#') this.at = this.text.length;
  }

  /** A map or a list whose entries stand in the column of `indent`. */
  private block(depth: number): unknown {
    this.count(depth);
    return this.isItem() ? this.list(this.indent, depth) : this.map(this.indent, depth);
  }

  private isItem(): boolean {
    return this.text[this.at] === '-' && this.text[this.at + 1] === ' ';
  }

  private list(column: number, depth: number): unknown[] {
    const items: unknown[] = [];
    while (this.at < this.text.length && this.indent === column && this.isItem()) {
      this.at += 2;
      if (this.text[this.at] === ' ' || this.isItem()) decline();
      this.indent = column + 2;
      items.push(this.isKey() ? this.block(depth + 1) : this.scalarLine(column, depth));
    }
    if (this.at < this.text.length && this.indent > column) decline();
    return items;
  }

  private isKey(): boolean {
    BLOCK_KEY.lastIndex = this.at;
    return BLOCK_KEY.test(this.text);
  }

  private map(column: number, depth: number): Record<string, unknown> {
    const entries: Record<string, unknown> = {};
    while (this.at < this.text.length && this.indent === column) {
      const key = this.key(this.take(BLOCK_KEY)?.slice(0, -1) ?? decline());
      if (Object.hasOwn(entries, key)) decline();
      entries[key] = this.valueOf(column, depth);
    }
    if (this.at < this.text.length && this.indent > column) decline();
    return entries;
  }

  /** Keys are text as it is written, whatever they look like. */
  private key(written: string): string {
    const text = /^["']/.test(written) ? written.slice(1, -1) : written;
    return ODD_KEYS.has(text) || text.endsWith(' ') ? decline() : text;
  }

  /** What stands behind a key, on its line or below it. */
  private valueOf(column: number, depth: number): unknown {
    if (!this.pass(REST_OF_LINE)) {
      this.spaces();
      return this.scalarLine(column, depth);
    }
    this.at += 1;
    this.nextLine();
    if (this.at >= this.text.length || this.indent < column) return this.nothing(depth);
    // A list may stand in the column of its key.
    if (this.indent === column) return this.isItem() ? this.block(depth + 1) : this.nothing(depth);
    return this.isItem() || this.isKey() ? this.block(depth + 1) : decline();
  }

  private nothing(depth: number): null {
    this.count(depth);
    return null;
  }

  /** The value that fills the rest of a line; the next line must not go on with it. */
  private scalarLine(column: number, depth: number): unknown {
    const value = this.inline(depth + 1) ?? this.plainToEnd();
    if (!this.pass(REST_OF_LINE)) decline();
    this.at += 1;
    this.nextLine();
    if (this.at < this.text.length && this.indent > column) decline();
    return value.value;
  }

  /** A quoted scalar or a flow collection; null: it is a plain scalar. */
  private inline(depth: number): { value: unknown } | null {
    this.count(depth);
    const first = this.text[this.at];
    if (first === '"' || first === "'") return { value: this.quoted() };
    if (first === '[') return { value: this.flowList(depth) };
    return first === '{' ? { value: this.flowMap(depth) } : null;
  }

  private quoted(): string {
    const single = this.take(SINGLE_QUOTED);
    if (single !== null) return single.slice(1, -1).replaceAll("''", "'");
    const double = this.take(DOUBLE_QUOTED) ?? decline();
    return double.includes('\\') ? (JSON.parse(double) as string) : double.slice(1, -1);
  }

  private plainToEnd(): { value: unknown } {
    const line = this.take(BLOCK_PLAIN) ?? decline();
    const comment = line.indexOf(' #');
    const plain = (comment < 0 ? line : line.slice(0, comment)).trimEnd();
    if (/:(?: |$)/.test(plain) || /^-(?: |$)/.test(plain)) decline();
    this.at -= line.length - plain.length;
    return { value: resolve(plain) };
  }

  private flowValue(depth: number): unknown {
    const inline = this.inline(depth);
    if (inline) return inline.value;
    return resolve(this.flowPlain());
  }

  private flowPlain(): string {
    const whole = this.take(FLOW_PLAIN) ?? decline();
    const plain = whole.trimEnd();
    this.at -= whole.length - plain.length;
    return plain === '-' || plain.startsWith('- ') ? decline() : plain;
  }

  private flowList(depth: number): unknown[] {
    const items: unknown[] = [];
    this.at += 1;
    this.spaces();
    if (this.skip(']')) return items;
    for (;;) {
      items.push(this.flowValue(depth + 1));
      if (this.ends(']')) return items;
    }
  }

  private flowMap(depth: number): Record<string, unknown> {
    const entries: Record<string, unknown> = {};
    this.at += 1;
    this.spaces();
    if (this.skip('}')) return {};
    for (;;) {
      const first = this.text[this.at];
      const key = first === '"' || first === "'" ? this.quoted() : this.key(this.flowPlain());
      if (Object.hasOwn(entries, key) || ODD_KEYS.has(key)) decline();
      if (!this.skip(':') || !this.skip(' ')) decline();
      this.spaces();
      entries[key] = this.flowValue(depth + 1);
      if (this.ends('}')) return entries;
    }
  }

  /** Past the comma to the next entry, or past the bracket to the end. */
  private ends(bracket: ']' | '}'): boolean {
    this.spaces();
    if (this.skip(bracket)) return true;
    if (!this.skip(',')) decline();
    this.spaces();
    return false;
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** Over spaces; how many there were. */
  private spaces(): number {
    const from = this.at;
    while (this.text[this.at] === ' ') this.at += 1;
    return this.at - from;
  }

  private take(pattern: RegExp): string | null {
    const from = this.at;
    return this.pass(pattern) ? this.text.slice(from, this.at) : null;
  }

  /** Over what stands here, if it does. */
  private pass(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  private count(depth: number): void {
    this.values += 1;
    if (this.values > MAX_VALUES || depth > MAX_DEPTH) decline();
  }
}

/** The core schema of YAML 1.2; what is no text is taken only when it is spelt as JSON would spell it. */
function resolve(plain: string): unknown {
  if (WORDS.has(plain)) return WORDS.get(plain);
  if (!/^[-+.\d]/.test(plain)) return ODD_WORD.test(plain) ? decline() : plain;
  if (SIMPLE_NUMBER.test(plain) && String(Number(plain)) === plain) return Number(plain);
  return ODD_NUMBER.test(plain) ? decline() : plain;
}
