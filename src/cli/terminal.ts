/**
 * The Host of the command line. Data goes to stdout; progress, questions, warnings and hints go to stderr,
 * so that a pipe carries data alone.
 */
import { escaped, toJson } from '../diagnostics/json.js';
import { UNSEEN } from '../diagnostics/visible.js';
import type { Progress } from '../model/progress.js';
import type { Host } from '../workflow/host.js';
import type { Io, Output } from './io.js';
import { palette, wantsColour } from './palette.js';
import type { Palette } from './palette.js';
import { LiveProgress, plainProgress } from './progress.js';

export class Terminal implements Host {
  /** For stdout and for stderr: one may be a terminal and the other not. */
  readonly palette: Palette;
  readonly notePalette: Palette;
  /** Raised when whoever read stdout has gone. */
  readonly closed: AbortSignal;
  /** A question stands: Ctrl-C then means no to everything. */
  asking = false;
  #lost: NodeJS.ErrnoException | null = null;
  readonly #live: LiveProgress | null;
  readonly #plain: (event: Progress) => void;
  readonly #io: Io;
  readonly #input: boolean;

  constructor(io: Io, options: { colour: boolean; input: boolean }) {
    this.#io = io;
    this.#input = options.input;
    this.palette = palette(wantsColour(io.stdout, io.env, options.colour));
    this.notePalette = palette(wantsColour(io.stderr, io.env, options.colour));
    const live = io.stderr.isTTY === true && io.env.TERM !== 'dumb' && !io.env.CI;
    this.#live = live
      ? new LiveProgress(
          (text) => this.#write(io.stderr, text),
          this.notePalette,
          () => columnsOf(io.stderr),
        )
      : null;
    this.#plain = plainProgress((line) => this.#write(io.stderr, `${line}\n`));
    const closing = new AbortController();
    this.closed = closing.signal;
    // A reader that has seen enough (`toolcrib audit | head`) is no error of ours.
    io.stdout.on('error', (error) => {
      if (error.code !== 'EPIPE') this.#lost ??= error;
      closing.abort();
    });
    io.stderr.on('error', () => undefined);
  }

  /** Data, to stdout, with a line end. */
  data(text: string): void {
    if (this.closed.aborted) return;
    this.#aside(() => this.#write(this.#io.stdout, text.endsWith('\n') ? text : `${text}\n`));
  }

  json(value: unknown): void {
    this.data(toJson(value));
  }

  /** One line of many. */
  jsonLine(value: unknown): void {
    this.data(JSON.stringify(value).replace(UNSEEN, escaped));
  }

  /** Anything that is not data, to stderr, with a line end. */
  note(text: string): void {
    this.#aside(() => this.#write(this.#io.stderr, text.endsWith('\n') ? text : `${text}\n`));
  }

  /** What to do after this went well. */
  next(command: string): void {
    this.note(`${this.notePalette.strong('Next:')} ${command}`);
  }

  notify(event: Progress): void {
    if (this.#live) this.#live.notify(event);
    else this.#plain(event);
  }

  /** y or yes is a yes; anything else, the end of input too, is a no. */
  async ask(question: string): Promise<boolean | null> {
    if (!this.#input || this.#io.stdin.isTTY !== true) return null;
    this.#live?.stop();
    this.asking = true;
    const { createInterface } = await import('node:readline');
    // `terminal: false` leaves Ctrl-C a signal, handled in one place.
    const lines = createInterface({ input: this.#io.stdin, terminal: false });
    this.#write(this.#io.stderr, `${this.notePalette.strong(question)} [y/N] `);
    const answer = await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
    });
    lines.close();
    this.#io.stdin.pause();
    this.asking = false;
    return /^(y|yes)$/i.test(answer.trim());
  }

  /** No living line any more. */
  finish(): void {
    this.#live?.stop();
  }

  /** Why data did not arrive where it was sent, a full disk for instance; null: it did, or nobody wants it. */
  async lost(): Promise<NodeJS.ErrnoException | null> {
    // A file's error is told with the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    return this.#lost;
  }

  #aside(write: () => void): void {
    if (this.#live) this.#live.aside(write);
    else write();
  }

  #write(output: Output, text: string): void {
    output.write(text);
  }
}

/** A terminal that doesn't know its width says 0. */
function columnsOf({ columns = 0 }: Output): number {
  return columns > 0 ? columns : 80;
}
