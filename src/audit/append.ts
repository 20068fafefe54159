/**
 * The audit log's one writer. Lines of one tick are gathered into one write(2); a decision's promise resolves only
 * when that write is complete, so nothing goes upstream unsigned. Durable against the death of the process, not of
 * the machine.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DecisionLine, OutcomeLine } from './line.js';
import { rotate } from './rotate.js';

export interface AuditOptions {
  dir: string;
  project: string;
  /** Random per start of the proxy. */
  boot: string;
  now: () => Date;
  /** Bytes from which on a new file is begun. */
  maxBytes?: number;
  /** Rotated files kept beside the current one. */
  keep?: number;
  /** Told when writing fails and when it works again. */
  onTrouble?: (problem: string | null) => void;
  /** Stands in for write(2) in tests. */
  write?: (fd: number, bytes: Uint8Array) => number;
}

/** What differs from call to call; the rest is filled in here. */
export type DecisionEntry = Omit<DecisionLine, 'type' | 'time' | 'seq' | 'boot' | 'project'>;
export type OutcomeEntry = Pick<OutcomeLine, 'seq' | 'outcome' | 'milliseconds' | 'bytes' | 'error'>;

interface Waiting {
  resolve: () => void;
  reject: (cause: Error) => void;
}

const FILE = 'audit.jsonl';
/** Longest text that an agent or a server can put into one field. */
const LONGEST = 256;

export class AuditUnwritable extends Error {
  override readonly name = 'AuditUnwritable';
}

export class AuditLog {
  readonly #options: Required<Omit<AuditOptions, 'onTrouble'>> & Pick<AuditOptions, 'onTrouble'>;
  readonly #head: string;
  readonly #outcomeHead: string;
  #millisecond = NaN;
  #text = '';
  #fd = -1;
  #size = 0;
  #seq = 0;
  /** Outcomes outlive a failed write and go first into the next, so a lost outcome stops later calls. */
  #outcomes: string[] = [];
  #decisions: string[] = [];
  #waiting: Waiting[] = [];
  #scheduled = false;
  #troubled = false;

  constructor(options: AuditOptions) {
    this.#options = { maxBytes: 64 * 1024 * 1024, keep: 8, write: writeSync, ...options };
    this.#outcomeHead = `,"boot":${JSON.stringify(options.boot)}`;
    this.#head = `${this.#outcomeHead},"project":${JSON.stringify(options.project)}`;
    this.#open();
  }

  /** Resolves with the line's number when it is written. @throws AuditUnwritable */
  decide(entry: DecisionEntry): Promise<number> {
    const seq = ++this.#seq;
    const head = `{"type":"decision","time":"${this.#time()}","seq":${seq}${this.#head},`;
    this.#decisions.push(`${head}${JSON.stringify(safe(entry)).slice(1)}\n`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: () => resolve(seq), reject });
      this.#schedule();
    });
  }

  outcome({ seq, outcome, milliseconds, bytes, error }: OutcomeEntry): void {
    const head = `{"type":"outcome","time":"${this.#time()}","seq":${seq}${this.#outcomeHead},"outcome":"${outcome}"`;
    const told = error === null ? 'null' : JSON.stringify(printable(error));
    this.#outcomes.push(`${head},"milliseconds":${milliseconds},"bytes":${bytes},"error":${told}}\n`);
    this.#schedule();
  }

  /** Writes what is gathered and closes the file. */
  close(): void {
    this.#flush();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const waiting = this.#waiting;
    const text = this.#outcomes.join('') + this.#decisions.join('');
    this.#waiting = [];
    this.#decisions = [];
    if (text === '') return;
    try {
      this.#append(Buffer.from(text));
      this.#outcomes = [];
      this.#report(null);
      for (const each of waiting) each.resolve();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      this.#report(problem);
      for (const each of waiting) each.reject(new AuditUnwritable(problem));
    }
  }

  #append(bytes: Buffer): void {
    if (this.#fd < 0) this.#open();
    if (this.#size > 0 && this.#size + bytes.length > this.#options.maxBytes) this.#rotate();
    let written = 0;
    try {
      while (written < bytes.length) written += this.#options.write(this.#fd, bytes.subarray(written));
    } catch (cause) {
      // Half a batch is no record of anything: nobody was told that it is written.
      this.#cut(written);
      throw cause;
    }
    this.#size += bytes.length;
  }

  #cut(written: number): void {
    if (written === 0) return;
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch {
      closeSync(this.#fd);
      this.#fd = -1; // opening again ends the torn line
    }
  }

  #open(): void {
    this.#fd = openSync(join(this.#options.dir, FILE), 'a+', 0o640);
    this.#size = fstatSync(this.#fd).size;
    const last = Buffer.alloc(1);
    if (this.#size === 0 || (readSync(this.#fd, last, 0, 1, this.#size - 1) === 1 && last[0] === 0x0a)) return;
    // A line torn by a crash stays, ended: readers count it as torn, and it swallows no later line.
    this.#size += writeSync(this.#fd, '\n');
  }

  #rotate(): void {
    closeSync(this.#fd);
    this.#fd = -1;
    rotate(this.#options.dir, FILE, this.#options.keep);
    this.#open();
  }

  #report(problem: string | null): void {
    if ((problem !== null) === this.#troubled) return;
    this.#troubled = problem !== null;
    this.#options.onTrouble?.(problem);
  }

  /** Made once a millisecond: writing it out costs more than many a check. */
  #time(): string {
    const now = this.#options.now();
    const millisecond = now.getTime();
    if (millisecond !== this.#millisecond) {
      this.#millisecond = millisecond;
      this.#text = now.toISOString();
    }
    return this.#text;
  }
}

/** Only these fields can hold what a caller chose; the rest comes from the policy. */
function safe(entry: DecisionEntry): DecisionEntry {
  const { method, tool } = entry;
  if (isPrintable(method) && (tool === null || isPrintable(tool))) return entry;
  return { ...entry, method: printable(method), tool: tool === null ? null : printable(tool) };
}

function isPrintable(text: string): boolean {
  return text.length <= LONGEST && /^[\x20-\x7e]*$/.test(text);
}

/** Text that an agent or a server chose: bounded, and nothing in it can reorder, hide or forge text on a screen. */
export function printable(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return isPrintable(text) ? text : short.replace(/[^\x20-\x7e…]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
