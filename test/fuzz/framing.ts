/** Requests over a bare socket, framed in every way that two readers of HTTP could take differently. */
import { mutated } from './messages.js';
import type { Random } from './random.js';

/** Only ever said without a token: whatever brings it to a server is a hole. */
export const SMUGGLED = '/data/smuggled';

const call = (path: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'files__read', arguments: { path } } });

/** @param head headers of an agent that may call, with its session, each ending with CRLF. */
export function anyFraming(random: Random, host: string, head: string): Buffer[] {
  const many = random.pick([1, 1, 1, 2, 3]);
  const bytes = Buffer.concat(Array.from({ length: many }, () => Buffer.from(request(random, host, head), 'latin1')));
  return pieces(random, random.chance(0.35) ? mutated(bytes, random) : bytes);
}

function request(random: Random, host: string, head: string): string {
  const stranger = `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${call(SMUGGLED).length}\r\n\r\n${call(SMUGGLED)}`;
  const body = random.pick([
    call('/data/a'),
    call('/data/a'),
    stranger,
    `${call('/data/a')}${stranger}`,
    '',
    'x'.repeat(70_000),
  ]);
  const line = random.pick([
    ...(['POST /mcp HTTP/1.1', 'POST /mcp HTTP/1.1', 'POST /mcp HTTP/1.1', 'GET /mcp HTTP/1.1'] as [
      string,
      ...string[],
    ]),
    ...[
      'POST /mcp HTTP/1.0',
      'POST  /mcp HTTP/1.1',
      `POST http://${host}/mcp HTTP/1.1`,
      'POST /mcp HTTP/2.0',
      'POST /mcp',
    ],
    ...[
      'POST //mcp HTTP/1.1',
      'POST /mcp#a HTTP/1.1',
      'POST /%6dcp HTTP/1.1',
      'DELETE /healthz HTTP/1.1',
      'TRACE /mcp HTTP/1.1',
    ],
    ...[
      'CONNECT files:80 HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'PRI * HTTP/2.0',
      'post /mcp HTTP/1.1',
      'POST /mcp HTTP/1.1\r\n Folded: 1',
    ],
  ]);
  const { length } = body;
  const hex = length.toString(16);
  const chunked = `${hex}\r\n${body}\r\n0\r\n\r\n`;
  const [framing, sent] = random.pick<[string, string]>([
    [`Content-Length: ${length}\r\n`, body],
    [`Content-Length: ${length}\r\n`, body],
    ['Transfer-Encoding: chunked\r\n', chunked],
    ['Transfer-Encoding: chunked\r\n', `${hex};a="b\r\n"\r\n${body}\r\n0\r\n\r\n`],
    ['Transfer-Encoding: chunked\r\n', `0${hex}\r\n${body}\r\n0\r\nAuthorization: Bearer x\r\n\r\n`],
    ['Transfer-Encoding: chunked\r\n', `+${hex}\r\n${body}\r\n0\r\n\r\n`],
    ['Transfer-Encoding: chunked\r\n', `${'f'.repeat(17)}\r\n${body}\r\n0\r\n\r\n`],
    ['Transfer-Encoding: chunked\r\n', `${hex}\n${body}\n0\n\n`],
    ['Transfer-Encoding: xchunked\r\n', chunked],
    ['Transfer-Encoding: chunked, identity\r\n', chunked],
    ['Transfer-Encoding : chunked\r\n', chunked],
    ['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', chunked],
    [`Content-Length: ${length}\r\nTransfer-Encoding: chunked\r\n`, chunked],
    [`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, chunked],
    [`Content-Length: ${length}\r\nContent-Length: ${length}\r\n`, body],
    [`Content-Length: ${length}\r\nContent-Length: 0\r\n`, body],
    [`Content-Length: ${length}, ${length}\r\n`, body],
    [`Content-Length: -1\r\n`, body],
    [`Content-Length: 0x${hex}\r\n`, body],
    ['Content-Length: 99999999999999999999\r\n', body],
    ['Content-Length: 4194305\r\n', body],
    [`Content-Length: ${length + 10}\r\n`, body],
    [`Content-Length: ${Math.max(0, length - 10)}\r\n`, body],
    ['', body],
    [`Expect: 100-continue\r\nContent-Length: ${length}\r\n`, body],
    [`Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: ${length}\r\n`, body],
  ]);
  const odd = random.pick([
    ...Array<string>(8).fill(''),
    ...[
      'X: a\r\n b\r\n',
      'X\u0000: a\r\n',
      ': a\r\n',
      `X: ${'x'.repeat(20_000)}\r\n`,
      'X: \u00ff\r\n',
      'Mcp-Name: files__list\r\n',
    ],
    ...[
      'Connection: close\r\n',
      'Mcp-Method: tools/list\r\n',
      'X: 1\r\n'.repeat(200),
      'X: a\rY: b\r\n',
      'Content-Encoding: gzip\r\n',
    ],
    ...['Host: evil.test\r\n', 'Authorization: Bearer x\r\n', 'X-HTTP-Method-Override: DELETE\r\n'],
  ] as [string, ...string[]]);
  return `${line}\r\nHost: ${host}\r\n${random.chance(0.8) ? head : ''}${odd}${framing}\r\n${sent}`;
}

/** Whole, in halves, or byte by byte. */
export function pieces(random: Random, bytes: Buffer): Buffer[] {
  if (random.chance(0.6)) return [bytes];
  if (bytes.length < 600 && random.chance(0.15)) return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const cuts = Array.from({ length: 1 + random.below(6) }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length)).filter((each) => each.length > 0);
}
