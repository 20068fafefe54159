/** What is read without node:http is read as node:http reads it, and answered as it would be. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHeaders, type Headers } from '../../src/proxy/http/headers.js';
import { listen, type Listener } from '../../src/proxy/http/listener.js';
import { headOf, readPlainHead } from '../../src/proxy/http/plain-http.js';
import { json } from '../../src/proxy/message/reply.js';

interface Read {
  path: string;
  headers: Headers;
  body: string;
}

const PLAIN = [
  'POST /agent/mcp HTTP/1.1',
  'Host: 127.0.0.1:8080',
  'Authorization: Bearer tcb_abc',
  'Content-Type: application/json',
  'Accept: application/json, text/event-stream',
  'Mcp-Session-Id: 0f-1',
  'Content-Length: 2',
];
const request = (lines: string[], body = '{}'): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');

describe('reading', () => {
  const reads: ((read: Read | null) => void)[] = [];
  const library = createServer((asked, response) => {
    const parts: Buffer[] = [];
    asked.on('data', (part: Buffer) => parts.push(part));
    asked.on('end', () => {
      const body = Buffer.concat(parts).toString('latin1');
      reads.shift()?.({ path: asked.url ?? '', headers: readHeaders(asked.rawHeaders), body });
      response.end();
    });
  });
  library.on('clientError', (cause: NodeJS.ErrnoException, socket: Socket) => {
    // Not of a connection that ended after it was read.
    if (cause.code?.startsWith('HPE_')) reads.shift()?.(null);
    socket.destroy();
  });
  beforeAll(async () => {
    library.listen(0, '127.0.0.1');
    await once(library, 'listening');
  });
  afterAll(() => library.close());

  async function byLibrary(bytes: Buffer): Promise<Read | null> {
    const read = new Promise<Read | null>((resolve) => reads.push(resolve));
    const socket = connect((library.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    socket.write(bytes);
    return read.finally(() => socket.destroy());
  }

  function byUs(bytes: Buffer): Read | null {
    const head = readPlainHead(bytes, null);
    if (!head || bytes.length !== head.headBytes + head.bodyBytes) return null;
    return { path: head.path, headers: head.headers, body: bytes.toString('latin1', head.headBytes) };
  }

  it('takes the usual request', () => {
    const read = byUs(request(PLAIN));
    expect(read).toMatchObject({ path: '/agent/mcp', body: '{}' });
    expect(read?.headers).toMatchObject({ host: '127.0.0.1:8080', session: '0f-1' });
  });

  it.each([
    ['a method of another kind', ['GET /mcp HTTP/1.1', 'Host: a', 'Content-Length: 2']],
    ['another version', ['POST /mcp HTTP/1.0', 'Host: a', 'Content-Length: 2']],
    ['a whole URL', ['POST http://a/mcp HTTP/1.1', 'Host: a', 'Content-Length: 2']],
    ['a query', ['POST /mcp?x HTTP/1.1', 'Host: a', 'Content-Length: 2']],
    ['an escape', ['POST /%6dcp HTTP/1.1', 'Host: a', 'Content-Length: 2']],
    ['no host', ['POST /mcp HTTP/1.1', 'Content-Length: 2']],
    ['two hosts', ['POST /mcp HTTP/1.1', 'Host: a', 'Host: b', 'Content-Length: 2']],
    ['no length', ['POST /mcp HTTP/1.1', 'Host: a']],
    ['two lengths', ['POST /mcp HTTP/1.1', 'Host: a', 'Content-Length: 2', 'Content-Length: 2']],
    ['a signed length', ['POST /mcp HTTP/1.1', 'Host: a', 'Content-Length: +2']],
    ['a padded length', ['POST /mcp HTTP/1.1', 'Host: a', 'Content-Length: 02']],
    ['chunks', ['POST /mcp HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['POST /mcp HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', 'Content-Length: 2']],
    ['an expectation', ['POST /mcp HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 2']],
    ['an upgrade', ['POST /mcp HTTP/1.1', 'Host: a', 'Connection: upgrade', 'Upgrade: h2c', 'Content-Length: 2']],
    ['an end', ['POST /mcp HTTP/1.1', 'Host: a', 'Connection: close', 'Content-Length: 2']],
    ['a folded line', ['POST /mcp HTTP/1.1', 'Host: a', 'X: a', ' b', 'Content-Length: 2']],
    ['a space before the colon', ['POST /mcp HTTP/1.1', 'Host: a', 'Content-Length : 2']],
    ['a bare line feed', ['POST /mcp HTTP/1.1', 'Host: a\nX: b', 'Content-Length: 2']],
    ['a NUL', ['POST /mcp HTTP/1.1', 'Host: a', 'X: a\0b', 'Content-Length: 2']],
  ])('leaves %s to node:http', (_, lines) => {
    expect(byUs(request(lines))).toBeNull();
  });

  it('reads what it takes as node:http does, however it was changed', async () => {
    const text = request(PLAIN).toString('latin1');
    const change = fc.record({
      at: fc.nat({ max: text.length - 1 }),
      drop: fc.integer({ min: 0, max: 3 }),
      add: fc.oneof(
        fc.constantFrom('', '\r\n', '\n', '\r', '\0', ' ', '\t', ':', ',', '\x80', '\xff', ';', '%2f', '..', '{', '1'),
        fc.constantFrom(
          'X: y\r\n',
          'Content-Length: 3\r\n',
          'Transfer-Encoding: chunked\r\n',
          'Accept: a\r\n',
          'Host: b\r\n',
        ),
        fc.string({ unit: 'binary-ascii', maxLength: 4 }),
      ),
    });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 3 }), async (changes) => {
        const changed = changes.reduce((now, { at, drop, add }) => now.slice(0, at) + add + now.slice(at + drop), text);
        const bytes = Buffer.from(changed, 'latin1');
        const ours = byUs(bytes);
        if (!ours) return;
        taken++;
        expect(ours).toEqual(await byLibrary(bytes));
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('knows a head again by all of its bytes', () => {
    const first = readPlainHead(request(PLAIN), null);
    expect(readPlainHead(request(PLAIN), first)).toEqual(first);
    expect(readPlainHead(request(PLAIN), first)?.headers).toBe(first?.headers);
    const other = readPlainHead(request(PLAIN.map((line) => line.replace('tcb_abc', 'tcb_abd'))), first);
    expect(other?.headers.authorization).toBe('Bearer tcb_abd');
  });

  it('writes no header that could end its field', () => {
    expect(() => headOf(200, { 'mcp-session-id': 'a\r\nset-cookie: b' }, 0, false)).toThrow(TypeError);
  });
});

describe('a connection', () => {
  let listener: Listener;
  let release = (): void => undefined;
  const gone: string[] = [];
  const seen: string[] = [];

  beforeAll(async () => {
    listener = await listen(
      { host: '127.0.0.1', port: 0 },
      async (exchange) => {
        exchange.onGone(() => gone.push(exchange.path));
        const body = await exchange.body(() => true);
        seen.push(`${exchange.method} ${exchange.path} ${String(body)}`);
        if (exchange.path === '/held') await new Promise<void>((resolve) => (release = resolve));
        if (exchange.path === '/stream') {
          const sink = exchange.stream({ 'x-a': 'b' }, false);
          sink.write('data: é\n\n');
          sink.end();
        }
        return json(200, JSON.stringify({ path: exchange.path, body: String(body) }));
      },
      { onError: () => undefined, onBadHttp: () => undefined },
    );
  });
  afterAll(() => listener.close());

  /** Sends each piece by itself. @returns all that came back */
  async function talk(pieces: (string | Buffer)[], until: RegExp): Promise<string> {
    const socket = connect(listener.address.port, '127.0.0.1')
      .on('error', () => undefined)
      .setNoDelay(true);
    let heard = '';
    socket.on('data', (part: Buffer) => (heard += part.toString()));
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(20);
    }
    await expect.poll(() => heard, { timeout: 10_000 }).toMatch(until);
    socket.destroy();
    return heard;
  }
  const post = (path: string, body: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  it('serves one after the other, however the bytes are cut', async () => {
    const both = post('/a', '{"n":1}') + post('/b', '{"n":2}');
    for (let at = 1; at < both.length; at += 7) {
      const heard = await talk([both.slice(0, at), both.slice(at)], /"path":"\/a"[^]*"path":"\/b".*\}$/);
      expect(heard.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    }
  });

  it('goes on with node:http where something else comes, and loses nothing', async () => {
    const chunked = 'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
    const heard = await talk([post('/a', '1'), chunked, post('/d', '4')], /"path":"\/d"/);
    expect(heard).toMatch(/"path":"\/a","body":"1"[^]*"path":"\/c","body":"abc"[^]*"path":"\/d","body":"4"/);
  });

  it('answers what is malformed as node:http does', async () => {
    expect(await talk(['POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n1'], /\r\n\r\n/)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  it('streams events in chunks, and takes the next request after them', async () => {
    const heard = await talk([post('/stream', '{}'), post('/e', '5')], /"path":"\/e"/);
    expect(heard).toContain('transfer-encoding: chunked');
    expect(heard).toContain('\r\n\r\na\r\ndata: é\n\n\r\n0\r\n\r\nHTTP/1.1 200 OK');
  });

  it('tells when its agent goes, and serves what was sent too early after the answer', async () => {
    const leaving = connect(listener.address.port, '127.0.0.1', () => leaving.write(post('/held', 'x')));
    await expect.poll(() => seen).toContain('POST /held x');
    leaving.destroy();
    await expect.poll(() => gone).toContain('/held');
    release();

    const early = talk([post('/held', 'y'), post('/f', '6')], /"path":"\/held"[^]*"path":"\/f"/);
    await expect.poll(() => seen).toContain('POST /held y');
    await sleep(50);
    expect(seen).not.toContain('POST /f 6');
    release();
    await early;
  });

  it('is let go when its answers are not read, also by who has closed their half', async () => {
    const large = Buffer.alloc(8 << 20, 0x20);
    const slow = await listen(
      { host: '127.0.0.1', port: 0 },
      () => Promise.resolve(json(200, large)),
      { onError: () => undefined, onBadHttp: () => undefined },
      { sendMilliseconds: 200 },
    );
    const socket = connect(slow.address.port, '127.0.0.1', () => socket.end(post('/a', '1')));
    socket.on('error', () => undefined).pause();
    await sleep(1500);
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(large.length);
    await slow.close();
  });
});
