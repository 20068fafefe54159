/** What a hostile server writes around its answers: messages under wrong ids, requests, garbage. */
import { mutated } from './messages.js';
import type { Random } from './random.js';

/** Stands in every result that is not the answer to the call. */
export const WRONG = 'WRONG';

export const answerTo = (id: unknown, text: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });

/** One line, under no id that is asked. */
export function anyNoise(random: Random, id: number): Buffer {
  const text = random.pick<string>([
    answerTo(id + 1 + random.below(1000), WRONG),
    answerTo(-id, WRONG),
    answerTo(String(id), WRONG),
    answerTo(`${id}`.padStart(9, '0'), WRONG),
    answerTo([id], WRONG),
    answerTo({ id }, WRONG),
    answerTo(null, WRONG),
    answerTo(id + 0.5, WRONG),
    `{"jsonrpc":"2.0","id":${id}e400,"result":{"content":"${WRONG}"}}`,
    `{"jsonrpc":"1.0","id":"x","result":{}}`,
    `{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"${WRONG}"}}`,
    '{"jsonrpc":"2.0","id":"p","method":"ping"}',
    '{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{"messages":[]}}',
    '{"jsonrpc":"2.0","id":{"a":1},"method":"roots/list"}',
    `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":"${WRONG}"}}`,
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${id},"progress":1,"message":"${WRONG}"}}`,
    `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"1"}}`,
    '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"docs://x"}}',
    `[${answerTo(`${id}x`, WRONG)}]`,
    '[]',
    'null',
    '{}',
    '"',
    'npm notice',
    `{"a":${'['.repeat(2000)}`,
    '\u0000',
    '\u001b[31mhello',
  ] as [string, ...string[]]);
  const bytes = Buffer.from(text);
  const noise = random.chance(0.4) ? mutated(bytes, random) : bytes;
  // One line stays one line, and what has become an answer is none of the noise.
  const line = Buffer.from(noise.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
  return couldAnswer(line, id) ? Buffer.from('{}') : line;
}

/** Stands before what is written into a stream of events as it is, its line ends as spaces of this kind. */
export const RAW = '\u0002';
const BREAK = '\u0003';

/** A field or a block of a stream (WHATWG HTML, 9.2.6) that brings no message. */
export function anyField(random: Random): Buffer {
  const field = random.pick<string>([
    ': comment\n',
    ':\n',
    'retry: 99999999999999999999\n',
    'retry: -1\n',
    'id: \u0000\n',
    `id: ${'9'.repeat(2000)}\n`,
    'id\n',
    `event: ping\ndata: ${answerTo(1, WRONG)}\n\n`,
    `event: message \ndata: {"jsonrpc":"2.0","method":"ping","id":"${WRONG}"}\n\n`,
    'data\n\n',
    'data:\n\n',
    'Data: x\n',
    ' data: x\n',
    'unknown: field\n',
    '\n\n\n',
    'event\n\n',
  ] as [string, ...string[]]);
  const end = random.pick(['\n', '\r\n', '\r']);
  return Buffer.from(`${RAW}${field.replaceAll('\n', end).replaceAll('\r', '\u0004').replaceAll('\n', BREAK)}`);
}

/** Lines of messages and of fields, as a server writes them. */
export function stream(lines: string): string {
  return lines
    .split('\n')
    .map((line) =>
      line.startsWith(RAW) ? line.slice(1).replaceAll('\u0004', '\r').replaceAll(BREAK, '\n') : `data: ${line}\n\n`,
    )
    .join('');
}

function couldAnswer(line: Buffer, id: number): boolean {
  for (const [, said] of line.toString('latin1').matchAll(/"id"\s*:\s*([^,}\]]*)/g))
    if (Number(said) === id) return true;
  return false;
}
