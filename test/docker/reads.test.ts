/** Plain reads over the engine's socket, against a server that answers in every way that HTTP/1.1 allows it. */
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { AnswerReader, TooLong } from '../../src/docker/answer-reader.js';
import { createReads } from '../../src/docker/reads.js';

const LIMIT = 10_000;
const ok = (body: string, ...headers: string[]): string =>
  ['HTTP/1.1 200 OK', ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');

interface Scripted {
  path: string;
  connections: number;
  targets: string[];
  close(): Promise<void>;
}

const servers: Scripted[] = [];
afterEach(async () => {
  for (const each of servers.splice(0)) await each.close();
});

/** Answers the n-th request of all with `reply(n)`, byte for byte; null closes the connection instead. */
async function scripted(reply: (request: number, socket: net.Socket) => string | null): Promise<Scripted> {
  const path = join(tmpdir(), `reads-${randomUUID().slice(0, 8)}.sock`);
  const open = new Set<net.Socket>();
  let asked = 0;
  const server = net.createServer((socket) => {
    open.add(socket);
    made.connections += 1;
    let text = '';
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        text += chunk.toString();
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          made.targets.push(text.split(' ')[1] ?? '');
          text = text.slice(end + 4);
          const answer = reply((asked += 1), socket);
          if (answer === null) socket.destroy();
          else socket.write(answer);
        }
      });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const made: Scripted = {
    path,
    connections: 0,
    targets: [],
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  servers.push(made);
  return made;
}

const words = async (answer: Promise<{ status: number; body: Buffer }>): Promise<[number, string]> => {
  const { status, body } = await answer;
  return [status, body.toString()];
};

describe('reads', () => {
  test('a length, chunks, an empty body, and an error status, over one kept connection', async () => {
    const answers = [
      ok('{"a":1}'),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"b"\r\n3;x=y\r\n:2}\r\n0\r\n\r\n',
      ok(''),
      'HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}',
    ];
    const server = await scripted((n) => answers[n - 1] ?? null);
    const reads = createReads(server.path, 1);
    expect(await words(reads.get('/a?b=c', LIMIT))).toEqual([200, '{"a":1}']);
    expect(await words(reads.get('/b', LIMIT))).toEqual([200, '{"b":2}']);
    expect(await words(reads.get('/c', LIMIT))).toEqual([200, '']);
    expect(await words(reads.get('/d', LIMIT))).toEqual([404, '{}']);
    expect(server.targets).toEqual(['/a?b=c', '/b', '/c', '/d']);
    expect(server.connections).toBe(1);
  });

  test('an answer that comes byte by byte', async () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello wörl\r\n1\r\nd\r\n0\r\n\r\n';
    const server = await scripted((_n, socket) => {
      const bytes = Buffer.from(text);
      const send = (at: number): void => {
        if (at >= bytes.length) return;
        socket.write(bytes.subarray(at, at + 1));
        setImmediate(send, at + 1);
      };
      send(0);
      return '';
    });
    expect(await words(createReads(server.path, 1).get('/', LIMIT))).toEqual([200, 'hello wörld']);
  });

  test('no more connections than allowed; the others wait, and each gets its own answer', async () => {
    const server = await scripted((n) => ok(String(n)));
    const reads = createReads(server.path, 3);
    const got = await Promise.all(Array.from({ length: 40 }, () => words(reads.get('/', LIMIT))));
    expect(new Set(got.map(([, body]) => body)).size).toBe(40);
    expect(server.connections).toBe(3);
  });

  test('a kept connection that is closed as it is used: the question is asked again', async () => {
    const server = await scripted((n) => (n === 2 ? null : ok(String(n))));
    const reads = createReads(server.path, 1);
    expect(await words(reads.get('/', LIMIT))).toEqual([200, '1']);
    expect(await words(reads.get('/', LIMIT))).toEqual([200, '3']);
    expect(server.connections).toBe(2);
  });

  test('a fresh connection that is closed, in the middle too, is an error, and the next one works', async () => {
    const server = await scripted((n, socket) => {
      if (n === 1) return null;
      if (n > 2) return ok('fine');
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      return '';
    });
    const reads = createReads(server.path, 1);
    await expect(reads.get('/', LIMIT)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(reads.get('/', LIMIT)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await words(reads.get('/', LIMIT))).toEqual([200, 'fine']);
  });

  test('`Connection: close` is kept to', async () => {
    const server = await scripted((n) => ok(String(n), 'Connection: close'));
    const reads = createReads(server.path, 1);
    expect(await words(reads.get('/', LIMIT))).toEqual([200, '1']);
    expect(await words(reads.get('/', LIMIT))).toEqual([200, '2']);
    expect(server.connections).toBe(2);
  });

  test('silence ends at the deadline', async () => {
    const server = await scripted(() => '');
    await expect(createReads(server.path, 1).get('/', 50)).rejects.toThrow('no answer within 0.05 s');
  });

  test.each([
    'SSH-2.0-OpenSSH\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  ])('what is no answer is said to be none: %j', async (text) => {
    const server = await scripted(() => text);
    await expect(createReads(server.path, 1).get('/', LIMIT)).rejects.toThrow(/it/);
  });

  test('nobody there', async () => {
    await expect(createReads('/nowhere/engine.sock', 1).get('/', LIMIT)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('an answer of more than is wanted is not read to its end', async () => {
    const server = await scripted(() => ok('x'.repeat(1001)));
    const reads = createReads(server.path, 1);
    await expect(reads.get('/', LIMIT, 1000)).rejects.toThrow(TooLong);
    expect((await reads.get('/', LIMIT, 1001)).body).toHaveLength(1001);
    expect(server.connections).toBe(2);
  });

  test('bytes that nobody asked for end the connection', async () => {
    const server = await scripted((n) => `${ok(String(n))}${n === 1 ? ok('forged') : ''}`);
    const reads = createReads(server.path, 1);
    expect(await words(reads.get('/', LIMIT))).toEqual([200, '1']);
    expect(await words(reads.get('/', LIMIT))).toEqual([200, '2']);
    expect(server.connections).toBe(2);
  });

  test('an answer says the same in whatever pieces it comes', () => {
    const text = Buffer.from(
      'HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello wörl\r\n1;a=b\r\nd\r\n0\r\n\r\n',
    );
    for (let cut = 1; cut < text.length; cut += 1) {
      const reader = new AnswerReader(100);
      expect(reader.take(text.subarray(0, cut))).toBeNull();
      expect(reader.take(text.subarray(cut))).toMatchObject({
        status: 200,
        body: Buffer.from('hello wörld'),
        keep: true,
      });
    }
  });

  test.each(['5\r\nhello!\r\n', '-1\r\n', '0'.repeat(2000)])('chunks that lie are no answer: %j', (body) => {
    const reader = new AnswerReader(100);
    expect(() => reader.take(Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`))).toThrow(
      /chunks/,
    );
  });
});
