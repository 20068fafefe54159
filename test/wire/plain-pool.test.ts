/** Plain HTTP of our own: read as undici reads it, however it is cut; one request a connection at a time, none sent twice. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type Dispatcher } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { PlainPool } from '../../src/wire/plain-pool.js';
import { ResponseProblem, ResponseReader } from '../../src/wire/response-reader.js';

interface Got {
  status: number | null;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  error: string | null;
}

const servers: Server[] = [];
const pools: { destroy(): unknown }[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) void pool.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function serve(connection: (socket: Socket) => void): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    connection(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function plain(url: URL, connections = 4): PlainPool {
  const pool = new PlainPool({ url, connections, connectMilliseconds: 2000, lookup: null });
  pools.push(pool);
  return pool;
}

function ask(
  sender: Pick<PlainPool, 'dispatch'> | Pool,
  body = '{}',
  headers: Record<string, string> = {},
): Promise<Got> {
  return new Promise((resolve) => {
    const got: Got = { status: null, headers: {}, body: '', error: null };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_, status, fields) => {
        if (status < 200) return;
        got.status = status;
        got.headers = { ...fields };
      },
      onResponseData: (_, chunk) => (got.body += chunk.toString('latin1')),
      onResponseEnd: () => resolve(got),
      onResponseError: (_, cause) => resolve({ ...got, error: cause.message }),
    };
    sender.dispatch({ method: 'POST', path: '/mcp', headers, body: Buffer.from(body) }, handler);
  });
}

const ANSWERS: [string, string][] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: 2\r\n\r\nhello'],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\nA\r\nlo, there\n\r\n0\r\nX-T: 1\r\n\r\n',
  ],
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ['an empty one', 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'],
  ['an early hint first', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nno'],
  ['the end of the connection', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it'],
];

describe('an answer with', () => {
  it.each(ANSWERS)('%s is read as undici reads it, cut anywhere', async (_, answer) => {
    let at = 0;
    const url = await serve((socket) => {
      socket.setNoDelay(true);
      socket.on('data', () => {
        socket.write(answer.slice(0, at), 'latin1', () =>
          setImmediate(() => {
            socket.write(answer.slice(at), 'latin1');
            if (answer.includes('close')) socket.end();
          }),
        );
      });
    });
    const library = new Pool(url.origin, { connections: 1 });
    pools.push(library);
    const pool = plain(url);
    const expected = await ask(library);
    expect(expected.error).toBeNull();
    for (at = 0; at < answer.length; at++) {
      const got = await ask(pool);
      expect({ at, ...got }).toEqual({ at, ...expected });
    }
  });

  it.each([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    ],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n'],
    ['a chunk of no size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['a chunk longer than its size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(40_000)}`],
  ])('%s is an error that says so', (_, answer) => {
    const reader = new ResponseReader({ head: () => undefined, data: () => undefined, end: () => undefined });
    reader.expect();
    expect(() => reader.push(Buffer.from(answer, 'latin1'))).toThrow(ResponseProblem);
  });
});

describe('a pool', () => {
  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

  it('keeps its connections, and makes no more than it may', async () => {
    let opened = 0;
    const url = await serve((socket) => {
      opened++;
      socket.on('data', () => setTimeout(() => socket.write(OK), 5));
    });
    const pool = plain(url, 3);
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(pool)));
    expect(all.every(({ body }) => body === 'ok')).toBe(true);
    expect(opened).toBe(3);
  });

  it('sends nothing twice where a connection ends before its answer', async () => {
    let heard = 0;
    const url = await serve((socket) => {
      socket.on('data', () => {
        heard++;
        socket.destroy();
      });
    });
    const pool = plain(url);
    const got = await ask(pool);
    expect(got.error).not.toBeNull();
    await sleep(50);
    expect(heard).toBe(1);
  });

  it('does not use a connection again when its server will have closed it', async () => {
    let opened = 0;
    const url = await serve((socket) => {
      opened++;
      socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok`));
    });
    const pool = plain(url);
    await ask(pool);
    await ask(pool);
    expect(opened).toBe(2);
  });

  it('gives no answer to who has gone, nor anybody else the rest of it', async () => {
    const sockets: Socket[] = [];
    const url = await serve((socket) => {
      sockets.push(socket);
      socket.on('data', (bytes: Buffer) => {
        if (bytes.includes('"slow"')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhal');
        else socket.write(OK);
      });
    });
    const pool = plain(url, 1);
    const heard: string[] = [];
    const begun = new Promise<Dispatcher.DispatchController>((resolve) => {
      pool.dispatch(
        { method: 'POST', path: '/', headers: {}, body: Buffer.from('"slow"') },
        {
          onResponseData: (controller) => resolve(controller),
          onResponseEnd: () => heard.push('end'),
          onResponseError: () => heard.push('error'),
        },
      );
    });
    const queued = ask(pool);
    (await begun).abort(new Error('gone'));
    expect((await queued).body).toBe('ok');
    expect(sockets).toHaveLength(2);
    expect(heard).toEqual([]);
  });

  it('an abort that comes too late ends nobody else', async () => {
    const url = await serve((socket) => socket.on('data', () => setTimeout(() => socket.write(OK), 20)));
    const pool = plain(url, 1);
    const late = await new Promise<Dispatcher.DispatchController>((resolve, reject) => {
      pool.dispatch(
        { method: 'POST', path: '/', headers: {}, body: null },
        { onResponseEnd: (controller) => resolve(controller), onResponseError: (_, cause) => reject(cause) },
      );
    });
    const next = ask(pool);
    late.abort(new Error('gone'));
    expect(await next).toMatchObject({ body: 'ok', error: null });
  });

  it('what stands behind an answer is not the answer to the next', async () => {
    const url = await serve((socket) => {
      socket.once('data', () =>
        setTimeout(() => socket.write(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`), 10),
      );
      socket.on('data', (bytes: Buffer) => bytes.includes('"b"') && socket.write(OK));
    });
    const pool = plain(url, 1);
    const [a, b] = await Promise.all([ask(pool, '"a"'), ask(pool, '"b"')]);
    expect([a.body, b.body]).toEqual(['ok', 'ok']);
  });

  it('a connection is not used again while the last body is on its way', async () => {
    let opened = 0;
    const url = await serve((socket) => {
      opened++;
      socket.once('data', (bytes: Buffer) => {
        if (!bytes.includes('content-length: 2\r\n')) socket.pause();
        socket.write(OK);
      });
    });
    const pool = plain(url, 2);
    expect((await ask(pool, 'x'.repeat(16 << 20))).body).toBe('ok');
    expect((await ask(pool)).body).toBe('ok');
    expect(opened).toBe(2);
  });

  it('tells everybody that it is closed, also who waits', async () => {
    const url = await serve(() => undefined);
    const pool = plain(url, 2);
    const all = Array.from({ length: 5 }, () => ask(pool));
    await sleep(50);
    pool.destroy();
    expect((await Promise.all(all)).map(({ error }) => error)).toEqual(
      Array<string>(5).fill('its connections are closed'),
    );
  });

  it('a handler that throws costs its own call alone', async () => {
    const url = await serve((socket) => socket.on('data', () => socket.write(OK)));
    const pool = plain(url, 1);
    const told = await new Promise<Error>((resolve) => {
      pool.dispatch(
        { method: 'POST', path: '/', headers: {}, body: null },
        {
          onResponseEnd: () => {
            throw new Error('a flaw');
          },
          onResponseError: (_, cause) => resolve(cause),
        },
      );
    });
    expect(told.message).toBe('a flaw');
    expect((await ask(pool)).body).toBe('ok');
  });

  it('ends a connection on which something comes unasked', async () => {
    let opened = 0;
    const url = await serve((socket) => {
      opened++;
      socket.on('data', () => socket.write(OK + OK));
    });
    const pool = plain(url, 1);
    expect((await ask(pool)).body).toBe('ok');
    await sleep(20);
    expect((await ask(pool)).body).toBe('ok');
    expect(opened).toBe(2);
  });

  it('says that nothing was sent where nobody listens', async () => {
    const url = await serve(() => undefined);
    for (const server of servers.splice(0)) server.close();
    await sleep(10);
    expect((await ask(plain(url))).error).toMatch(/ECONNREFUSED/);
  });

  it('refuses a header that could end its field, and goes on', async () => {
    const url = await serve((socket) => socket.on('data', () => socket.write(OK)));
    const pool = plain(url);
    expect((await ask(pool, '{}', { 'x-a': 'b\r\nc: d' })).error).toMatch(/x-a/);
    expect((await ask(pool)).body).toBe('ok');
  });
});
