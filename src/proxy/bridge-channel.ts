/** A connection to the bridge that is one run of one server: after the bridge's `ok`, the server's stdin and stdout. */
import { connect, type Socket } from 'node:net';
import { badOutput, serverExited } from '../mcp/refusals.js';
import type { Channel } from '../mcp/channel.js';
import { lineSplitter, MAX_LINE_BYTES } from '../mcp/lines.js';
import { Failure, problem } from '../diagnostics/failure.js';
import { codes, type Code } from '../diagnostics/codes.js';

export interface BridgeChannel extends Channel {
  /** What the server broke, where it is to blame for the end. */
  readonly broken: Failure | null;
  /** Whether the tools were announced as changed before anyone listened for that. Reading it ends the watch. */
  changedSoFar(): boolean;
  /** Bytes the server has not taken from its stdin yet. */
  waiting(): number;
}

const NEWLINE = 0x0a;
const END = Buffer.from('\n');

/** The bridge may wait up to 30 s before a start, and a start takes its time. */
const OPEN_MS = 90_000;

/** @throws Failure with the bridge's code, or `server_exited`. */
export function openChannel(
  socketPath: string,
  server: string,
  generation: number,
  signal: AbortSignal,
): Promise<BridgeChannel> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const channel = new SocketChannel(socket);
    const timer = setTimeout(() => channel.end(`The bridge did not start it within ${OPEN_MS / 1000} s.`), OPEN_MS);
    const abort = (): void => channel.end('The proxy closed it.');
    signal.addEventListener('abort', abort, { once: true });
    const settled = (): void => clearTimeout(timer);
    channel.onClose((reason) => {
      settled();
      signal.removeEventListener('abort', abort);
      reject(channel.broken ?? serverExited(reason));
    });
    channel.onLine((line) => {
      settled();
      const refusal = refusalOf(line);
      if (refusal === null) return resolve(channel.opened());
      reject(refusal);
      channel.end('The bridge refused to open it.');
    });
    socket.write(`${JSON.stringify({ op: 'open', server, generation })}\n`);
  });
}

const LIST_CHANGED = ['notifications/tools/list_changed', 'notifications/prompts/list_changed'];

class SocketChannel implements BridgeChannel {
  broken: Failure | null = null;
  #line: ((line: Buffer) => void) | null = null;
  #close: ((reason: string) => void)[] = [];
  #ended: string | null = null;
  /** Lines that came while nobody listened. */
  #early: Buffer[] = [];
  #corked = false;
  /** null: not watched any more. */
  #announced: boolean | null = false;

  constructor(readonly socket: Socket) {
    const splitter = lineSplitter(
      (line) => this.#receive(line),
      () => {
        this.broken = badOutput(`It wrote a line of more than ${MAX_LINE_BYTES} bytes to stdout.`);
        this.end('It wrote an endless line to stdout.');
      },
    );
    socket.on('data', (chunk) => splitter.push(chunk));
    socket.on('error', (cause) => this.end(`The connection to the bridge broke: ${cause.message}`));
    socket.on('close', () => this.end('It ended.'));
  }

  /** From here on lines are the server's. */
  opened(): this {
    this.#line = null;
    return this;
  }

  send(line: Buffer | string): void {
    if (this.#ended !== null) return;
    if (!this.#corked) {
      this.#corked = true;
      this.socket.cork();
      queueMicrotask(() => {
        this.#corked = false;
        this.socket.uncork();
      });
    }
    // One chunk a message: a line and its end apart would be twice the work.
    this.socket.write(
      typeof line === 'string' ? `${line}\n` : line.at(-1) === NEWLINE ? line : Buffer.concat([line, END]),
    );
  }

  onLine(listener: (line: Buffer) => void): void {
    this.#line = listener;
    for (const line of this.#early.splice(0)) listener(line);
  }

  onClose(listener: (reason: string) => void): void {
    if (this.#ended !== null) listener(this.#ended);
    else this.#close.push(listener);
  }

  close(): void {
    this.end('The proxy closed it.');
  }

  waiting(): number {
    return this.socket.writableLength;
  }

  changedSoFar(): boolean {
    const announced = this.#announced === true;
    this.#announced = null;
    return announced;
  }

  end(reason: string): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.socket.destroy();
    for (const listener of this.#close) listener(reason);
  }

  #receive(line: Buffer): void {
    if (this.#ended !== null) return;
    if (this.#announced === false) this.#announced = LIST_CHANGED.some((method) => line.includes(method));
    if (this.#line) this.#line(line);
    else this.#early.push(line);
  }
}

function refusalOf(line: Buffer): Failure | null {
  let answer: unknown;
  try {
    answer = JSON.parse(line.toString('utf8'));
  } catch {
    return serverExited('The bridge answered with something else than JSON.');
  }
  if (typeof answer !== 'object' || answer === null || !('ok' in answer))
    return serverExited('The bridge gave no answer.');
  if (answer.ok === true) return null;
  const error = 'error' in answer ? String(answer.error) : 'The bridge refused to open it.';
  const code = 'code' in answer && isCode(answer.code) ? answer.code : 'server_exited';
  return new Failure([problem(code, error, 'See `toolcrib logs` of the server.')]);
}

function isCode(value: unknown): value is Code {
  return typeof value === 'string' && Object.hasOwn(codes, value);
}
