/** A process of the tests' own: what was written, and signals at will. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Io, Output } from '../../src/cli/io.js';

class Recorder extends EventEmitter implements Output {
  text = '';
  columns = 60;
  isTTY: boolean;
  constructor(terminal: boolean) {
    super();
    this.isTTY = terminal;
  }
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

export interface FakeIo extends Io {
  stdin: PassThrough & { isTTY?: boolean };
  stdout: Recorder;
  stderr: Recorder;
  signals: EventEmitter;
  exits: number[];
}

export function fakeIo(options: { terminal?: boolean; env?: Record<string, string>; cwd?: string } = {}): FakeIo {
  const exits: number[] = [];
  const terminal = options.terminal ?? false;
  return {
    stdin: Object.assign(new PassThrough(), { isTTY: terminal }),
    stdout: new Recorder(terminal),
    stderr: new Recorder(terminal),
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
    runtime: process,
    distribution: '/nowhere',
    signals: new EventEmitter(),
    exits,
    exit: (status) => void exits.push(status),
  };
}
