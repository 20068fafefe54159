/**
 * Whether an audit log is what was written: every line in its place and as it was, every checkpoint signed and true.
 * Needs nothing but the files and the public key. Pure.
 */
import type { Chain } from './chain.js';
import { asObject, chainBefore } from './chain.js';
import { isSignedBy, parseVerifierKey, readNote, type PublicKey, type ReadNote } from './checkpoint.js';

export interface AuditFile {
  name: string;
  text: string;
}

export interface VerifyOptions {
  /** `NAME+KEYID+BASE64`; null: the key that the log itself names is believed. */
  key: string | null;
  /** Checkpoints that were kept elsewhere. */
  checkpoints?: readonly string[];
}

export interface Verdict {
  /** null: nothing. */
  broken: { file: string; line: number; n: number | null; what: string } | null;
  lines: number;
  /** Numbers of the first and last line; null: there is none. */
  first: number | null;
  last: number | null;
  checkpoints: number;
  /** Lines behind the last checkpoint: chained, but not signed yet. */
  unsigned: number;
  /** Torn lines that were cut off when the proxy came back. */
  mended: number;
  /** The last line has no end: the proxy is writing it, or died doing so. */
  torn: boolean;
  /** The key that the checkpoints hold by. */
  key: string | null;
  /** Checkpoints kept elsewhere that the log agrees with. */
  kept: number;
}

export function verifyAudit(files: readonly AuditFile[], options: VerifyOptions): Verdict {
  return new Walk(options).over(files);
}

class Broken extends Error {
  constructor(
    what: string,
    /** The line before is the one that is wrong. */
    readonly before = false,
  ) {
    super(what);
  }
}

interface Place {
  file: string;
  line: number;
  n: number | null;
}

class Walk {
  readonly #verdict: Verdict = {
    broken: null,
    lines: 0,
    first: null,
    last: null,
    checkpoints: 0,
    unsigned: 0,
    mended: 0,
    torn: false,
    key: null,
    kept: 0,
  };
  readonly #kept = new Map<number, ReadNote[]>();
  readonly #pinned: boolean;
  #key: PublicKey | null;
  #chain: Chain | null = null;
  #before: Place | null = null;

  constructor(readonly options: VerifyOptions) {
    this.#pinned = options.key !== null;
    this.#key = options.key === null ? null : parseVerifierKey(options.key);
    this.#verdict.key = options.key;
    for (const text of options.checkpoints ?? []) {
      const note = readNote(text);
      if (note) this.#kept.set(note.size, [...(this.#kept.get(note.size) ?? []), note]);
    }
  }

  over(files: readonly AuditFile[]): Verdict {
    let place: Place = { file: files[0]?.name ?? '', line: 0, n: null };
    try {
      for (const [index, { name, text }] of files.entries()) {
        const lines = text.split('\n');
        const rest = lines.pop();
        for (const [at, line] of lines.entries()) {
          place = { file: name, line: at + 1, n: numberOf(line) };
          this.#take(line, place, at === 0);
        }
        place = { file: name, line: lines.length + 1, n: null };
        if (rest === '' || rest === undefined) continue;
        if (index < files.length - 1) throw new Broken('the line has no end');
        this.#verdict.torn = true;
      }
      this.#end();
    } catch (cause) {
      if (!(cause instanceof Broken)) throw cause;
      this.#verdict.broken = { ...(cause.before && this.#before ? this.#before : place), what: cause.message };
    }
    return this.#verdict;
  }

  #take(line: string, place: Place, opens: boolean): void {
    const { n, prev, type } = asObject(line);
    if (typeof n !== 'number' || !(prev === null || typeof prev === 'string')) throw new Broken('is no audit line');
    const chain = this.#chain ?? chainBefore(line);
    if (opens && type !== 'checkpoint') throw new Broken('a file begins with a checkpoint, and this one does not');
    if (!chain) throw new Broken('does not say where the chain stood before it');
    const { size } = chain.tree;
    if (this.#chain) {
      if (n > size) throw new Broken(`${missing(size, n - 1)} before it`);
      if (n < size) throw new Broken(`has number ${n}, where ${size} is due: lines were put in, or stand twice`);
      if (prev !== chain.previous)
        throw new Broken('is not the line that was written: the one after it holds the hash of another', true);
    }
    this.#agree(chain);
    if (type === 'checkpoint') this.#checkpoint(line, chain);
    else this.#verdict.unsigned++;
    chain.take(line);
    this.#chain = chain;
    this.#before = place;
    this.#verdict.first ??= n;
    this.#verdict.last = n;
    this.#verdict.lines++;
  }

  #checkpoint(line: string, chain: Chain): void {
    const { note: text, key, torn } = asObject(line);
    const note = readNote(String(text));
    if (!note) throw new Broken('its checkpoint cannot be read');
    this.#key ??= parseVerifierKey(String(key));
    if (!this.#key) throw new Broken('names no key that can be read');
    this.#verdict.key ??= String(key);
    this.#hold(note, chain);
    if (torn !== null && torn !== undefined) this.#verdict.mended++;
    this.#verdict.checkpoints++;
    this.#verdict.unsigned = 0;
  }

  #hold(note: ReadNote, { tree }: Chain): void {
    const key = this.#key;
    if (!key || !isSignedBy(note, key)) {
      const whose = this.#pinned ? 'the key that was given' : 'the key that the log began with';
      throw new Broken(`its checkpoint is not signed by ${whose}`);
    }
    if (note.size !== tree.size)
      throw new Broken(`its checkpoint is of ${note.size} lines, and ${tree.size} are before it`);
    if (note.root !== tree.root()) throw new Broken('its checkpoint is of other lines than those before it');
  }

  /** Checkpoints kept elsewhere, at the size they speak of. */
  #agree(chain: Chain): void {
    for (const note of this.#kept.get(chain.tree.size) ?? []) {
      if (this.#key && !isSignedBy(note, this.#key)) continue;
      if (note.root !== chain.tree.root())
        throw new Broken(
          `the lines before it are not those of the checkpoint of ${note.size} lines that was kept elsewhere`,
        );
      this.#verdict.kept++;
    }
    this.#kept.delete(chain.tree.size);
  }

  #end(): void {
    const chain = this.#chain;
    if (chain) this.#agree(chain);
    const size = chain?.tree.size ?? 0;
    const later = [...this.#kept].flatMap(([at, notes]) =>
      at > size && notes.some((note) => !this.#key || isSignedBy(note, this.#key)) ? [at] : [],
    );
    if (later.length > 0)
      throw new Broken(
        `the log ends here, but a checkpoint of ${Math.max(...later)} lines was kept elsewhere: ${missing(size, Math.max(...later) - 1)}`,
      );
  }
}

function missing(from: number, to: number): string {
  return from === to ? `line number ${from} is missing` : `lines number ${from} to ${to} are missing`;
}

function numberOf(line: string): number | null {
  const { n } = asObject(line);
  return typeof n === 'number' ? n : null;
}
