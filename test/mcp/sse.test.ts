/** Server-sent events, however the bytes are cut. */
import { describe, expect, it } from 'vitest';
import { sseSplitter, type SseEvent } from '../../src/mcp/sse.js';

function read(chunks: Buffer[], maxBytes = 1024): { events: { type: string; data: string }[]; said: string[] } {
  const events: { type: string; data: string }[] = [];
  const said: string[] = [];
  const splitter = sseSplitter(
    {
      event: ({ type, data }: SseEvent) => void events.push({ type, data: data.toString('utf8') }),
      id: (id) => void said.push(`id ${id}`),
      retry: (milliseconds) => void said.push(`retry ${milliseconds}`),
      tooLong: () => void said.push('too long'),
    },
    maxBytes,
  );
  for (const chunk of chunks) splitter.push(chunk);
  return { events, said };
}

const STREAM =
  '\ufeff: a comment\nid: 7\nretry: 250\nevent: endpoint\ndata: /messages?é=漢\r\n\r\ndata: one\rdata:two\r\rdata\n\n' +
  'event: nothing\n\nid\nretry: soon\ndata:  😀 \n\ndata: unfinished\n';
const EVENTS = [
  { type: 'endpoint', data: '/messages?é=漢' },
  { type: 'message', data: 'one\ntwo' },
  { type: 'message', data: '' },
  { type: 'message', data: ' 😀 ' },
];

describe('a stream of events', () => {
  it('is the same wherever it is cut, inside a character too', () => {
    const bytes = Buffer.from(STREAM);
    const whole = read([bytes]);
    expect(whole).toEqual({ events: EVENTS, said: ['retry 250', 'id 7', 'id '] });
    for (let at = 1; at < bytes.length; at++) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('that breaks off within an event has not told its id: that one is to be sent again', () => {
    expect(read([Buffer.from('id: 1\ndata: one\n\nid: 2\ndata: tw')]).said).toEqual(['id 1']);
  });

  it.each([
    ['one endless line', [Buffer.from('data: '), ...Array.from({ length: 9 }, () => Buffer.alloc(128, 0x61))]],
    ['an endless comment', [Buffer.from(':'), ...Array.from({ length: 9 }, () => Buffer.alloc(128, 0x61))]],
    ['lines without end', Array.from({ length: 300 }, () => Buffer.from('data: aaaa\n'))],
    ['empty lines without end', Array.from({ length: 2000 }, () => Buffer.from('data\n'))],
  ])('ends at %s, once', (_what, chunks) => {
    expect(read([...chunks, Buffer.from('\n\n')])).toEqual({ events: [], said: ['too long'] });
  });
});
