/** Frames cut at every byte, from either side: what was written is what is read, wherever the pieces end. */
import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../src/mcp/lines.js';
import { sseSplitter } from '../../src/mcp/sse.js';

const LINES = '{"id":1,"r":"é漢😀"}\n\r\n{"id":2}\r\n\n{"a":"\\u000a"}\n';
const READ = ['{"id":1,"r":"é漢😀"}', '{"id":2}', '{"a":"\\u000a"}'];

const EVENTS =
  '\ufeff: hello\n\nid: 1-1\ndata: {"id":1,"r":"é漢😀"}\n\nevent: ping\rdata: a\rdata: b\r\rid\ndata:c\r\ndata\r\n\r\nretry: 7\ndata: last';
const HEARD = ['id 1-1', 'message {"id":1,"r":"é漢😀"}', 'ping a\nb', 'id ', 'message c\n', 'retry 7'];

function lines(parts: Buffer[]): string[] {
  const read: string[] = [];
  const splitter = lineSplitter(
    (line) => read.push(line.toString('utf8')),
    () => read.push('too long'),
  );
  for (const part of parts) splitter.push(part);
  return read;
}

function events(parts: Buffer[]): string[] {
  const heard: string[] = [];
  const splitter = sseSplitter(
    {
      event: ({ type, data }) => heard.push(`${type} ${data.toString('utf8')}`),
      id: (id) => heard.push(`id ${id}`),
      retry: (milliseconds) => heard.push(`retry ${milliseconds}`),
      tooLong: () => heard.push('too long'),
    },
    1024,
  );
  for (const part of parts) splitter.push(part);
  return heard;
}

describe.each([
  ['lines', LINES, READ, lines],
  ['events', EVENTS, HEARD, events],
])('%s', (_what, text, expected, read) => {
  const bytes = Buffer.from(text);

  it('in two, at every byte', () => {
    for (let at = 0; at <= bytes.length; at++)
      expect(read([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(expected);
  });

  it('in three, at every two bytes', () => {
    for (let a = 0; a <= bytes.length; a++)
      for (let b = a; b <= bytes.length; b++)
        expect(read([bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]), `${a}, ${b}`).toEqual(expected);
  });

  it('byte by byte', () => {
    expect(read(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(expected);
  });
});
