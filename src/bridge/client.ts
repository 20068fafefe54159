/**
 * One connection from the proxy. It is read all the time, so that its end is seen even while its server
 * still waits to start; what comes early is kept, and reading stops when too much is on its way.
 */
import type { Socket } from 'node:net';
import type { Answer } from './protocol.js';
import { MAX_REQUEST, REQUEST_DEADLINE_MS } from './protocol.js';
import type { Timers } from './timers.js';

const NEWLINE = 0x0a;
/** Bytes taken from the client and not yet by the engine. */
const MAX_HELD = 256 * 1024;
/** A client that does not read its last bytes is let go after this. */
const LINGER_MS = 30_000;

export type FirstLine = { line: string } | { problem: string };

export class Client {
  #early: Buffer[] = [];
  #held = 0;
  #sink: ((chunk: Buffer) => void) | null = null;
  #deliver: ((chunk: Buffer) => Promise<void>) | null = null;

  constructor(
    readonly socket: Socket,
    readonly timers: Timers,
  ) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** Resolves once, also when nothing comes: with what is wrong. */
  firstLine(): Promise<FirstLine> {
    return new Promise((resolve) => {
      let size = 0;
      const finish = (result: FirstLine): void => {
        cancel();
        this.#sink = null;
        this.socket.off('close', gone);
        resolve(result);
      };
      const gone = (): void => finish({ problem: 'the connection ended before the first line did' });
      const seconds = REQUEST_DEADLINE_MS / 1000;
      const cancel = this.timers.after(REQUEST_DEADLINE_MS, () => finish({ problem: `no line within ${seconds} s` }));
      this.socket.once('close', gone);
      this.#sink = (chunk) => {
        const end = chunk.indexOf(NEWLINE);
        size += end < 0 ? chunk.length : end + 1;
        this.#early.push(end < 0 ? chunk : chunk.subarray(0, end));
        if (size > MAX_REQUEST) return finish({ problem: `the first line is longer than ${MAX_REQUEST} bytes` });
        if (end < 0) return;
        const line = Buffer.concat(this.#early).toString('utf8');
        this.#early = [];
        finish({ line });
        if (end + 1 < chunk.length) this.#take(chunk.subarray(end + 1));
      };
    });
  }

  /** From here on every byte goes to `deliver`, in order; its promise is the back-pressure. */
  carryTo(deliver: (chunk: Buffer) => Promise<void>): void {
    this.#deliver = deliver;
    const early = this.#early;
    this.#early = [];
    this.#held = 0;
    for (const chunk of early) this.#take(chunk);
  }

  /** Raised when the other side has gone. */
  onGone(listener: () => void): void {
    if (this.socket.destroyed || this.socket.readableEnded) listener();
    else this.socket.once('end', listener).once('close', listener);
  }

  /** False: stop sending until `onDrain`. */
  send(chunk: Buffer): boolean {
    return this.socket.writable ? this.socket.write(chunk) : true;
  }

  onDrain(listener: () => void): void {
    this.socket.on('drain', listener);
  }

  answer(answer: Answer): void {
    if (this.socket.writable) this.socket.write(`${JSON.stringify(answer)}\n`);
  }

  /** Says the last word, if any, and closes; bytes on the way still arrive. */
  end(answer?: Answer): void {
    if (answer) this.answer(answer);
    this.#early = [];
    this.#deliver = () => Promise.resolve();
    this.socket.resume();
    this.socket.end();
    const cancel = this.timers.after(LINGER_MS, () => this.socket.destroy());
    if (this.socket.destroyed) cancel();
    else this.socket.once('close', cancel);
  }

  #take(chunk: Buffer): void {
    if (this.#sink) return this.#sink(chunk);
    this.#held += chunk.length;
    if (this.#held > MAX_HELD) this.socket.pause();
    if (!this.#deliver) {
      this.#early.push(chunk);
      return;
    }
    const taken = (): void => {
      this.#held -= chunk.length;
      if (this.#held <= MAX_HELD / 2 && this.socket.isPaused()) this.socket.resume();
    };
    // A write that fails means that the process has ended: its last output still has to reach the client.
    this.#deliver(chunk).then(taken, () => undefined);
  }
}
