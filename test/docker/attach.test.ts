import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Attachment } from '../../src/engine/engine.js';
import { createLines } from '../../src/docker/lines.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';

const LINES = 100_000;

let b: Bench;
beforeAll(async () => {
  b = await bench('attach');
});
afterAll(() => b.cleanUp());

async function attached(script: string): Promise<{ id: string; attachment: Attachment; closed: Promise<void> }> {
  const spec = b.spec(script, { stdin: true, log: { type: 'none', config: {} } });
  const id = await b.engine.createContainer(`toolcrib.${b.project.name}.attach${process.hrtime.bigint()}`, spec);
  const attachment = await b.engine.attach(id);
  const closed = new Promise<void>((resolve) => attachment.onClose(resolve));
  return { id, attachment, closed };
}

test('a hundred thousand tiny lines go in and come out, in order, none lost', async () => {
  // Each line is written by itself: the engine makes a frame of whatever one read of the pipe gave.
  const { id, attachment, closed } = await attached(`
    const lines = require('readline').createInterface({ input: process.stdin });
    let n = 0;
    lines.on('line', (line) => {
      process.stdout.write(line + '\\n');
      if (++n === ${LINES}) process.stdout.write('', () => process.exit(0));
    });`);
  const lines = createLines();
  const got: string[] = [];
  attachment.onStdout((chunk) => got.push(...lines.push(chunk)));
  await b.engine.startContainer(id);
  for (let from = 0; from < LINES; from += 1000) {
    const some = Array.from({ length: 1000 }, (_, i) => `${from + i}\n`);
    await attachment.write(Buffer.from(some.join('')));
  }
  await closed;
  expect(got.length).toBe(LINES);
  expect(got.findIndex((line, i) => line !== String(i))).toBe(-1);
  expect(await b.engine.waitContainer(id)).toBe(0);
});

test('characters that are split between writes arrive whole, and stderr stays apart', async () => {
  const { id, attachment, closed } = await attached(`
    process.stderr.write('ready\\n');
    const chunks = [];
    process.stdin.on('data', (chunk) => {
      chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      if (!text.endsWith('\\n')) return;
      for (const byte of Buffer.from(text)) require('fs').writeSync(1, Buffer.from([byte]));
      process.exit(0);
    });`);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  attachment.onStdout((chunk) => out.push(chunk));
  attachment.onStderr((chunk) => err.push(chunk));
  await b.engine.startContainer(id);
  for (const byte of Buffer.from('grüß 💥\n')) await attachment.write(Buffer.from([byte]));
  await closed;
  expect(Buffer.concat(out).toString()).toBe('grüß 💥\n');
  expect(Buffer.concat(err).toString()).toBe('ready\n');
  await expect(attachment.write(Buffer.from('x'))).rejects.toMatchObject({ diagnostics: [{ code: 'engine_error' }] });
});

test('a reader that pauses holds the container up instead of filling the memory', async () => {
  const { id, attachment, closed } = await attached(`
    const line = 'x'.repeat(1023) + '\\n';
    let written = 0;
    const more = () => {
      while (written < 64 * 1024) {
        written += 1;
        if (!process.stdout.write(line)) return process.stdout.once('drain', more);
      }
      process.stdout.write('', () => process.exit(0));
    };
    more();
    setInterval(() => process.stderr.write(written + '\\n'), 50).unref();`);
  let received = 0;
  let pausedAt = 0;
  attachment.onStdout((chunk) => {
    received += chunk.length;
    if (pausedAt > 0 || received < 1024 * 1024) return;
    attachment.pause();
    pausedAt = received;
  });
  await b.engine.startContainer(id);
  await new Promise((resolve) => setTimeout(resolve, 800));
  const whilePaused = received;
  expect(pausedAt).toBeGreaterThan(0);
  // What one chunk still held may come after the pause, and no more.
  expect(whilePaused - pausedAt).toBeLessThan(256 * 1024);
  expect((await b.engine.inspectContainer(id))?.State.Running).toBe(true);
  attachment.resume();
  await closed;
  expect(received).toBe(64 * 1024 * 1024);
});

test('a process that reads nothing holds the writer up', async () => {
  const { id, attachment } = await attached('setInterval(() => {}, 1000)');
  await b.engine.startContainer(id);
  const block = Buffer.alloc(1024 * 1024, 'y');
  let taken = 0;
  const writing = (async () => {
    for (let i = 0; i < 64; i += 1) {
      await attachment.write(block);
      taken += 1;
    }
  })();
  const refused = writing.catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(taken).toBeLessThan(64);
  attachment.destroy();
  expect(await refused).toMatchObject({ diagnostics: [{ code: 'engine_error' }] });
});

test('the end of stdin is not the end of a server: it goes on, and the next client is heard', async () => {
  const { id, attachment } = await attached(
    `process.stdin.on('data', (data) => process.stdout.write(data)).on('end', () => process.exit(9));`,
  );
  const first: Buffer[] = [];
  attachment.onStdout((chunk) => first.push(chunk));
  await b.engine.startContainer(id);
  await attachment.write(Buffer.from('one\n'));
  await expect.poll(() => Buffer.concat(first).toString()).toBe('one\n');
  attachment.end();
  attachment.destroy();
  const next = await b.engine.attach(id);
  const second: Buffer[] = [];
  next.onStdout((chunk) => second.push(chunk));
  await next.write(Buffer.from('two\n'));
  await expect.poll(() => Buffer.concat(second).toString()).toBe('two\n');
  const closed = new Promise<void>((resolve) => next.onClose(resolve));
  await b.engine.stopContainer(id, 0);
  await closed;
  // Asked after the fact, the answer is the same.
  await new Promise<void>((resolve) => next.onClose(resolve));
});
