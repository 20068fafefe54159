/** Questions of which several go out together, against a server that answers in every way, or does not. */
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { createPipeline } from '../../src/docker/pipeline.js';
import type { Pipeline } from '../../src/docker/pipeline.js';
import { createReads } from '../../src/docker/reads.js';

const LIMIT = 10_000;
const ok = (body: string, ...headers: string[]): string =>
  ['HTTP/1.1 200 OK', ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');

interface Served {
  pipeline: Pipeline;
  connections: number;
  targets: string[];
  /** Most questions that one connection had open. */
  deepest: number;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** @returns where it listens. */
async function listen(serve: (socket: net.Socket) => void): Promise<string> {
  const path = join(tmpdir(), `pipeline-${randomUUID().slice(0, 8)}.sock`);
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closing.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return path;
}

/**
 * @param reply to the n-th question of a connection; null: it is closed instead; empty: this and what follows hangs.
 * Answers are sent a turn later, in order.
 */
async function serve(reply: (target: string, nth: number, connection: number) => string | null): Promise<Served> {
  const path = await listen((socket) => {
    const connection = (made.connections += 1);
    const asked: string[] = [];
    let text = '';
    let nth = 0;
    let hangs = false;
    const answer = (): void => {
      const target = asked.shift();
      if (target === undefined || hangs || socket.destroyed) return;
      const answered = reply(target, (nth += 1), connection);
      if (answered === '') hangs = true;
      else if (answered === null) socket.destroy();
      else socket.write(answered);
      setImmediate(answer);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const before = asked.length;
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        asked.push(text.split(' ')[1] ?? '');
        text = text.slice(end + 4);
      }
      made.targets.push(...asked.slice(before));
      made.deepest = Math.max(made.deepest, asked.length);
      if (before === 0) setImmediate(answer);
    });
  });
  const made: Served = {
    pipeline: createPipeline(path, createReads(path, 2)),
    connections: 0,
    targets: [],
    deepest: 0,
  };
  return made;
}

const names = Array.from({ length: 100 }, (_, index) => `/${index}`);
const askAll = ({ pipeline }: Served): Promise<string[]> =>
  Promise.all(names.map(async (name) => (await pipeline.get(name, LIMIT)).body.toString()));

describe('a pipeline', () => {
  test('each question gets its own answer, over a few connections', async () => {
    const server = await serve((target) => ok(target));
    expect(await askAll(server)).toEqual(names);
    expect(server.connections).toBe(4);
    expect(server.deepest).toBeGreaterThan(1);
    expect(server.deepest).toBeLessThanOrEqual(8);
    expect(server.targets.toSorted()).toEqual(names.toSorted());
  });

  test('answers in chunks, and of an error status, are answers like others', async () => {
    const server = await serve((target) =>
      target === '/7'
        ? 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}'
        : `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${target.length.toString(16)}\r\n${target}\r\n0\r\n\r\n`,
    );
    expect(await askAll(server)).toEqual(names.map((name) => (name === '/7' ? '{}' : name)));
    expect((await server.pipeline.get('/7', LIMIT)).status).toBe(404);
  });

  test('what a closed connection left open is asked again', async () => {
    const server = await serve((target, nth, connection) => (connection <= 4 && nth === 3 ? null : ok(target)));
    expect(await askAll(server)).toEqual(names);
  });

  test('`Connection: close` is kept to', async () => {
    const server = await serve((target) => ok(target, 'Connection: close'));
    expect(await askAll(server)).toEqual(names);
  });

  test('after what is no answer, nothing more of that connection is believed', async () => {
    const server = await serve((target, nth, connection) =>
      connection === 1 && nth === 2 ? 'SSH-2.0-OpenSSH\r\n\r\n' : ok(target),
    );
    expect(await askAll(server)).toEqual(names);
  });

  test('bytes that nobody asked for end the connection', async () => {
    const server = await serve((target, nth, connection) => `${ok(target)}${connection === 1 ? ok('forged') : ''}`);
    expect((await server.pipeline.get('/1', LIMIT)).body.toString()).toBe('/1');
    expect((await server.pipeline.get('/2', LIMIT)).body.toString()).toBe('/2');
    expect(server.connections).toBe(2);
  });

  test('silence ends at the deadline', async () => {
    const server = await serve(() => '');
    await expect(server.pipeline.get('/', 50)).rejects.toThrow('no answer within 0.05 s');
  });

  test('what is behind a question that hangs is asked again, and answered', async () => {
    const server = await serve((target) => (target === '/hangs' ? '' : ok(target)));
    const hanging = server.pipeline.get('/hangs', 50);
    const answers = askAll(server);
    await expect(hanging).rejects.toThrow('no answer within 0.05 s');
    expect(await answers).toEqual(names);
  });

  test('neither questions that come later nor pieces of its answer put a deadline off', async () => {
    const path = await listen((socket) => {
      const piecemeal = setInterval(
        () => socket.write('HTTP/1.1 200 OK\r\nX: '.charAt(socket.bytesWritten) || 'x'),
        20,
      );
      socket.on('data', () => undefined).on('close', () => clearInterval(piecemeal));
    });
    const pipeline = createPipeline(path, createReads(path, 2));
    let ended = '';
    const asked = [pipeline.get('/0', 300).catch((error: unknown) => void (ended = String(error)))];
    for (let nth = 1; nth <= 30 && ended === ''; nth += 1) {
      asked.push(pipeline.get(`/${nth}`, 300).catch(() => undefined));
      await setTimeout(50);
    }
    expect(ended).toMatch('no answer within 0.3 s');
    await Promise.all(asked);
  });

  test('nobody there', async () => {
    const path = '/nowhere/engine.sock';
    const pipeline = createPipeline(path, createReads(path, 1));
    await expect(pipeline.get('/', LIMIT)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
