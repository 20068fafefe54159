/** What a person at a terminal sees, and what a pipe gets. */
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { Exit } from '../../src/diagnostics/diagnostic.js';
import { listenForInterrupt } from '../../src/cli/interrupt.js';
import { Terminal } from '../../src/cli/terminal.js';
import { fakeIo } from './fake-io.js';

const ESC = '\u001b';
const open = { colour: true, input: true };

describe('progress', () => {
  it('is plain lines on a pipe, one when something starts, when its wait changes, and when it ends', () => {
    const io = fakeIo();
    const terminal = new Terminal(io, open);
    terminal.notify({ id: 'a', state: 'started', text: 'server.files: creating' });
    terminal.notify({ id: 'a', state: 'waiting', text: 'server.files: handshake', deadline: 30 });
    terminal.notify({ id: 'a', state: 'waiting', text: 'server.files: handshake', deadline: 30 });
    terminal.notify({ id: 'a', state: 'done', text: 'server.files: creating', seconds: 1.234 });
    terminal.notify({ id: 'b', state: 'started', text: 'proxy: starting' });
    terminal.notify({ id: 'b', state: 'failed', text: 'proxy: starting', seconds: 200 });
    expect(io.stderr.text.split('\n')).toEqual([
      'server.files: creating ...',
      'server.files: handshake (up to 30 s) ...',
      'server.files: creating: done (1.2 s)',
      'proxy: starting ...',
      'proxy: starting: failed (3 min 20 s)',
      '',
    ]);
    expect(io.stdout.text).toBe('');
  });

  it('is one living line on a terminal, no wider than it, with what is finished above', () => {
    const io = fakeIo({ terminal: true });
    const terminal = new Terminal(io, open);
    terminal.notify({ id: 'a', state: 'started', text: `image.files: ${'x'.repeat(200)}`, deadline: 30 });
    terminal.notify({ id: 'b', state: 'started', text: 'server.files: starting', deadline: 30 });
    expect(visible(io.stderr.text).at(-1)).toMatch(/^. server\.files: starting \(0 s of 30 s, 1 more running\)$/);
    for (const line of visible(io.stderr.text)) expect(line.length).toBeLessThanOrEqual(60);
    terminal.notify({ id: 'b', state: 'done', text: 'server.files: starting', seconds: 2 });
    terminal.finish();
    expect(io.stderr.text).toContain(`server.files: starting ${ESC}[2m(2.0 s)`);
    expect(io.stderr.text.endsWith(`\r${ESC}[2K`)).toBe(true);
  });

  it('shows what a program at work prints only while somebody watches, and only while it works', () => {
    const detail = { id: 'a', state: 'detail' as const, text: 'image.a: Step 1/2' };
    const pipe = fakeIo();
    new Terminal(pipe, open).notify(detail);
    expect(pipe.stderr.text).toBe('');
    const io = fakeIo({ terminal: true });
    const terminal = new Terminal(io, open);
    terminal.notify({ id: 'a', state: 'waiting', text: 'image.a: building', deadline: 60 });
    terminal.notify(detail);
    expect(visible(io.stderr.text).at(-1)).toMatch(/^. image\.a: Step 1\/2 \(0 s of 60 s\)$/);
    terminal.notify({ id: 'a', state: 'done', text: 'image.a: building', seconds: 1 });
    const ended = io.stderr.text;
    terminal.notify(detail);
    expect(io.stderr.text).toBe(ended);
  });

  it('never passes on what would move the cursor', () => {
    const io = fakeIo();
    new Terminal(io, open).notify({ id: 'a', state: 'started', text: `image.x: ${ESC}[2J\u202eevil\r` });
    expect(io.stderr.text).toBe('image.x: \\u{1b}[2J\\u{202e}evil\\u{d} ...\n');
  });
});

/** The lines that stood on the terminal at some time. */
function visible(text: string): string[] {
  return text
    .replace(new RegExp(`${ESC}\\[\\d*[mK]`, 'g'), '')
    .split(/[\r\n]/)
    .filter((line) => line !== '');
}

describe('colour', () => {
  it.each([
    ['a terminal', { terminal: true }, open, true],
    ['a pipe', {}, open, false],
    ['NO_COLOR', { terminal: true, env: { NO_COLOR: '1' } }, open, false],
    ['an empty NO_COLOR', { terminal: true, env: { NO_COLOR: '' } }, open, true],
    ['--no-color', { terminal: true }, { colour: false, input: true }, false],
    ['a dumb terminal', { terminal: true, env: { TERM: 'dumb' } }, open, false],
  ])('%s', (_name, io, options, coloured) => {
    expect(new Terminal(fakeIo(io), options).palette.error('x') !== 'x').toBe(coloured);
  });
});

describe('ask', () => {
  it.each([
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['\n', false],
    ['yep\n', false],
  ])('%j', async (typed, answer) => {
    const io = fakeIo({ terminal: true });
    const asked = new Terminal(io, open).ask('Apply these changes?');
    io.stdin.write(typed);
    expect(await asked).toBe(answer);
    expect(io.stderr.text).toContain('Apply these changes?');
    expect(io.stdout.text).toBe('');
  });

  it('takes the end of input as a no', async () => {
    const io = fakeIo({ terminal: true });
    const asked = new Terminal(io, open).ask('Sure?');
    io.stdin.end();
    expect(await asked).toBe(false);
  });

  it('has nobody to ask without a terminal, or with --no-input', async () => {
    expect(await new Terminal(fakeIo(), open).ask('Sure?')).toBeNull();
    expect(await new Terminal(fakeIo({ terminal: true }), { colour: true, input: false }).ask('Sure?')).toBeNull();
  });
});

describe('Ctrl-C', () => {
  it('first lets the step finish, then leaves', () => {
    const io = fakeIo();
    const { signal } = listenForInterrupt(io, new Terminal(io, open), true);
    io.signals.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    expect(io.exits).toEqual([]);
    expect(io.stderr.text).toContain('Press Ctrl-C again');
    io.signals.emit('SIGINT');
    expect(io.exits).toEqual([130]);
  });

  it('at a question leaves at once', () => {
    const io = fakeIo({ terminal: true });
    const terminal = new Terminal(io, open);
    const { signal } = listenForInterrupt(io, terminal, true);
    void terminal.ask('Sure?');
    io.signals.emit('SIGINT');
    expect(io.exits).toEqual([130]);
    expect(signal.aborted).toBe(false);
  });

  it('is left to the system where no step has to finish, and after the command', () => {
    const io = fakeIo();
    const terminal = new Terminal(io, open);
    listenForInterrupt(io, terminal, false);
    expect(io.signals.listenerCount('SIGINT')).toBe(0);
    listenForInterrupt(io, terminal, true).release();
    expect(io.signals.listenerCount('SIGINT')).toBe(0);
    expect(io.signals.listenerCount('SIGTERM')).toBe(0);
  });
});

describe('stdout', () => {
  it('takes a reader that left quietly', () => {
    const io = fakeIo();
    const terminal = new Terminal(io, open);
    terminal.data('one');
    io.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    terminal.data('two');
    expect(io.stdout.text).toBe('one\n');
    expect(terminal.closed.aborted).toBe(true);
  });

  it('that is full is an error, whatever the command said', async () => {
    const full = fakeIo();
    full.stdout.write = (): boolean => {
      const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      process.nextTick(() => full.stdout.emit('error', error));
      return false;
    };
    expect(await run(['--help'], full)).toBe(Exit.error);
    expect(full.stderr.text).toContain('error[output_lost]');
    expect(full.stderr.text).toContain('ENOSPC');
  });
});
