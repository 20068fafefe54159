/**
 * The audit log's one writer. Lines of one tick are gathered into one write(2); a decision's promise resolves only
 * when that write is complete, so nothing goes upstream unsigned. Durable against the death of the process; with
 * `power`, of the machine, by one fdatasync for all that came while the last one took its time.
 *
 * Every line is part of one chain, across files and starts (chain.ts). A checkpoint line opens each file and each
 * start, and follows what was written within ten seconds.
 */
import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, writeSync } from 'node:fs';
import type { Chain } from './chain.js';
import type { CheckpointLine, DecisionLine, OutcomeLine } from './line.js';
import { resume, type Resumed } from './resume.js';
import { rotate } from './rotate.js';
import type { Signer } from './signer.js';

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
  signer: Signer;
  /** Told each checkpoint that is in the file, to be kept elsewhere as well. */
  onCheckpoint?: (note: string) => void;
  durability?: Durability;
  observer?: AuditObserver;
  /** Stands in for write(2) in tests. */
  write?: (fd: number, bytes: Uint8Array) => number;
  /** Stands in for fdatasync(2) in tests. */
  sync?: (fd: number, done: (problem: Error | null) => void) => void;
}

/** Told what is given to the log, before it is written. */
export interface AuditObserver {
  decided: (entry: DecisionEntry) => void;
  ended: (entry: OutcomeEntry) => void;
}

export type Durability = 'process' | 'power';

/** What differs from call to call; the rest is filled in here. */
export type DecisionEntry = Omit<DecisionLine, 'n' | 'prev' | 'type' | 'time' | 'seq' | 'boot' | 'project'>;
/** What it was is in the line of its decision; here it is for whoever observes. */
export type OutcomeEntry = Pick<OutcomeLine, 'seq' | 'outcome' | 'milliseconds' | 'bytes' | 'error'> & {
  method: string;
  server: string;
  /** A task that it made or was about; null or left out: none. */
  record?: { task: number; status: string } | null;
};

/** What is written by one write(2), for all who wait for a line in it. */
interface Batch {
  written: Promise<void>;
  resolve: () => void;
  reject: (cause: Error) => void;
}

const FILE = 'audit.jsonl';
const CHECKPOINT_MS = 10_000;
/** Number and hash, which a line gets when it is written. */
const LINK = 90;
/** Longest text that an agent or a server can put into one field. */
const LONGEST = 256;

export class AuditUnwritable extends Error {
  override readonly name = 'AuditUnwritable';
}

export class AuditLog {
  durability: Durability;
  readonly #options: Required<Omit<AuditOptions, 'onTrouble' | 'onCheckpoint' | 'durability' | 'observer'>> &
    Pick<AuditOptions, 'onTrouble' | 'onCheckpoint' | 'observer'>;
  readonly #head: string;
  readonly #outcomeHead: string;
  #millisecond = NaN;
  #text = '';
  #open: Resumed | null = null;
  /** As of the last whole write. */
  #chain: Chain | null = null;
  #seq = 0;
  /** Why the next write begins with a checkpoint. */
  #due: CheckpointLine['why'] | null = null;
  /** Lines since the last one. */
  #unsigned = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Outcomes outlive a failed write and go first into the next, so a lost outcome stops later calls. */
  #outcomes: string[] = [];
  #decisions: string[] = [];
  /** The one to be written next; null: nobody waits for it yet. */
  #batch: Batch | null = null;
  #scheduled = false;
  #syncing = false;
  #troubled = false;

  constructor(options: AuditOptions) {
    this.#options = { maxBytes: 8 * 1024 * 1024, keep: 64, write: writeSync, sync: fdatasync, ...options };
    this.durability = options.durability ?? 'process';
    this.#outcomeHead = `,"boot":${JSON.stringify(options.boot)}`;
    this.#head = `${this.#outcomeHead},"project":${JSON.stringify(options.project)}`;
    this.#reopen();
    this.#flush();
  }

  /** Resolves with the line's number within this start when it is written. @throws AuditUnwritable */
  async decide(entry: DecisionEntry): Promise<number> {
    const seq = this.note(entry);
    await this.written();
    return seq;
  }

  /** A decision, on which nobody may act before it is `written`. @returns the line's number within this start. */
  note(entry: DecisionEntry): number {
    const seq = ++this.#seq;
    this.#options.observer?.decided(entry);
    const head = `"type":"decision","time":"${this.#time()}","seq":${seq}${this.#head},`;
    this.#decisions.push(`${head}${JSON.stringify(safe(entry)).slice(1, -1)}`);
    this.#schedule();
    return seq;
  }

  /** Resolves when all that was noted so far is written. @throws AuditUnwritable */
  written(): Promise<void> {
    return (this.#batch ??= newBatch()).written;
  }

  outcome(entry: OutcomeEntry): void {
    const { seq, outcome, milliseconds, bytes, error } = entry;
    this.#options.observer?.ended(entry);
    const head = `"type":"outcome","time":"${this.#time()}","seq":${seq}${this.#outcomeHead},"outcome":"${outcome}"`;
    const told = error === null ? 'null' : JSON.stringify(printable(error));
    const { record } = entry;
    const task = record ? `,"task":${record.task},"status":"${record.status}"` : '';
    this.#outcomes.push(`${head},"milliseconds":${milliseconds},"bytes":${bytes},"error":${told}${task}`);
    this.#schedule();
  }

  /** Writes and signs what is gathered, and closes the file. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const power = this.durability === 'power';
    // Nothing waits for the disk any more but the one wait below.
    this.durability = 'process';
    this.#syncing = false;
    if (this.#unsigned + this.#outcomes.length + this.#decisions.length > 0) {
      this.#flush();
      if (this.#unsigned > 0) this.#due = 'end';
      this.#flush();
    }
    if (!this.#open) return;
    if (power) fdatasyncSync(this.#open.fd);
    closeSync(this.#open.fd);
    this.#open = null;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#syncing) return; // goes on when that is done
    const batch = this.#batch;
    const bodies = this.#outcomes.length === 0 ? this.#decisions : this.#outcomes.concat(this.#decisions);
    this.#batch = null;
    this.#decisions = [];
    if (bodies.length === 0 && this.#due === null) return batch?.resolve();
    try {
      const note = this.#write(bodies);
      this.#outcomes = [];
      this.#signedUpTo(note);
    } catch (cause) {
      return this.#fail(cause, batch);
    }
    if (this.durability === 'process' || !this.#open) return this.#done(batch);
    this.#syncing = true;
    this.#options.sync(this.#open.fd, (problem) => {
      this.#syncing = false;
      if (problem) this.#fail(problem, batch);
      else this.#done(batch);
      if (this.#outcomes.length + this.#decisions.length > 0 || this.#due !== null) this.#schedule();
    });
  }

  #done(batch: Batch | null): void {
    this.#report(null);
    batch?.resolve();
  }

  #fail(cause: unknown, batch: Batch | null): void {
    const problem = cause instanceof Error ? cause.message : String(cause);
    this.#report(problem);
    batch?.reject(new AuditUnwritable(problem));
  }

  /** @returns the checkpoint among what was written, if there was one. */
  #write(bodies: string[]): string | null {
    if (!this.#open) this.#reopen();
    const size = bodies.reduce((sum, body) => sum + body.length + LINK, 0);
    if (this.#open && this.#open.size > 0 && this.#open.size + size > this.#options.maxBytes) this.#rotate();
    const chain = this.#chain?.copy();
    if (!this.#open || !chain) throw new Error('the audit file is not open');
    const note = this.#due === null ? null : this.#options.signer.checkpoint(chain.tree);
    const first = note === null ? '' : chain.add(this.#checkpoint(note, chain));
    const lines = bodies.map((body) => chain.add(body));
    this.#append(Buffer.from(first + lines.join('')));
    this.#chain = chain;
    this.#unsigned = note === null ? this.#unsigned + bodies.length : bodies.length;
    if (note !== null) this.#open.torn = null;
    this.#due = null;
    return note;
  }

  #checkpoint(note: string, { tree }: Chain): string {
    const { boot } = this.#options;
    const line: Omit<CheckpointLine, 'n' | 'prev'> = {
      type: 'checkpoint',
      time: this.#time(),
      boot,
      why: this.#due ?? 'time',
      key: this.#options.signer.verifierKey,
      note,
      range: [...tree.range],
      torn: this.#open?.torn ?? null,
    };
    return JSON.stringify(line).slice(1, -1);
  }

  #signedUpTo(note: string | null): void {
    if (note !== null) this.#options.onCheckpoint?.(note);
    if (this.#unsigned === 0 || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#due ??= 'time';
      this.#schedule();
    }, CHECKPOINT_MS).unref();
  }

  #append(bytes: Buffer): void {
    const file = this.#open;
    if (!file) throw new Error('the audit file is not open');
    let written = 0;
    try {
      while (written < bytes.length) written += this.#options.write(file.fd, bytes.subarray(written));
    } catch (cause) {
      // Half a batch is no record of anything: nobody was told that it is written.
      this.#cut(written);
      throw cause;
    }
    file.size += bytes.length;
  }

  #cut(written: number): void {
    if (written === 0 || !this.#open) return;
    try {
      ftruncateSync(this.#open.fd, this.#open.size);
    } catch {
      closeSync(this.#open.fd);
      this.#open = null; // opening again cuts it
    }
  }

  #reopen(): void {
    this.#open = resume(this.#options.dir, FILE);
    this.#chain = this.#open.chain;
    this.#due = 'start';
  }

  #rotate(): void {
    if (!this.#open) return;
    closeSync(this.#open.fd);
    this.#open = null;
    rotate(this.#options.dir, FILE, this.#options.keep);
    // Reading the full file again would hold every call for a tenth of a second.
    this.#open = resume(this.#options.dir, FILE, this.#chain);
    this.#chain = this.#open.chain;
    this.#due = 'rotated';
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

function newBatch(): Batch {
  let resolve = (): void => undefined;
  let reject: Batch['reject'] = () => undefined;
  const written = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { written, resolve, reject };
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
