/**
 * How long work shows itself: on a terminal one living line under the lines of what is finished, elsewhere
 * plain lines. Every wait names its deadline.
 */
import type { Notify, Progress } from '../model/progress.js';
import { inWords } from './duration.js';
import type { Palette } from './palette.js';
import { visible } from '../diagnostics/visible.js';

/** For pipes and CI logs: a line when something starts, when what it waits for changes, and when it ends. */
export function plainProgress(writeLine: (line: string) => void): Notify {
  const waits = new Map<string, string>();
  return (event) => {
    if (event.state === 'detail') return;
    const text = visible(event.text);
    if (event.state === 'waiting') {
      if (waits.get(event.id) === text) return;
      waits.set(event.id, text);
      return writeLine(`${text}${upTo(event)} ...`);
    }
    waits.delete(event.id);
    if (event.state === 'started') return writeLine(`${text} ...`);
    writeLine(`${text}: ${event.state}${event.seconds === undefined ? '' : ` (${inWords(event.seconds)})`}`);
  };
}

function upTo(event: Progress): string {
  return event.deadline === undefined ? '' : ` (up to ${inWords(event.deadline)})`;
}

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const CLEAR = '\r\u001b[2K';

interface Running {
  text: string;
  since: number;
  deadline: number | null;
}

export class LiveProgress {
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | null = null;
  #drawn = false;
  #frame = 0;

  constructor(
    private readonly write: (text: string) => void,
    private readonly palette: Palette,
    private readonly columns: () => number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  notify(event: Progress): void {
    const text = visible(event.text);
    if (event.state === 'started' || event.state === 'waiting' || event.state === 'detail') {
      const before = this.#running.get(event.id);
      // Something may still print for a moment after it ended; that brings it back to no life.
      if (event.state === 'detail' && !before) return;
      const deadline = event.deadline ?? (event.state === 'detail' ? before?.deadline : null) ?? null;
      this.#running.set(event.id, { text, since: before?.since ?? this.clock(), deadline });
      this.draw();
      return;
    }
    const since = this.#running.get(event.id)?.since;
    this.#running.delete(event.id);
    const seconds = event.seconds ?? (since === undefined ? 0 : (this.clock() - since) / 1000);
    const mark = event.state === 'done' ? this.palette.good('✓') : this.palette.error('✗');
    this.aside(() => this.write(`${mark} ${text} ${this.palette.faint(`(${inWords(seconds)})`)}\n`));
  }

  /** Writes something above the living line. */
  aside(write: () => void): void {
    this.#erase();
    write();
    this.draw();
  }

  stop(): void {
    this.#running.clear();
    this.draw();
  }

  /** Also called by its own timer, while something runs. */
  draw(): void {
    this.#erase();
    const longest = [...this.#running.values()].at(-1);
    if (!longest) {
      if (this.#timer) clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    this.#timer ??= setInterval(() => this.draw(), 120).unref();
    this.write(this.#line(longest));
    this.#drawn = true;
  }

  #line(running: Running): string {
    const elapsed = inWords(Math.floor((this.clock() - running.since) / 1000)).replace('.0', '');
    const of = running.deadline === null ? '' : ` of ${inWords(running.deadline).replace('.0', '')}`;
    const others = this.#running.size > 1 ? `, ${this.#running.size - 1} more running` : '';
    const tail = ` (${elapsed}${of}${others})`;
    const room = Math.max(10, this.columns() - tail.length - 3);
    const text = running.text.length > room ? `${running.text.slice(0, room - 1)}…` : running.text;
    this.#frame = (this.#frame + 1) % FRAMES.length;
    return `${this.palette.strong(FRAMES[this.#frame] ?? '')} ${text}${this.palette.faint(tail)}`;
  }

  #erase(): void {
    if (this.#drawn) this.write(CLEAR);
    this.#drawn = false;
  }
}
