import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDemux, DemuxError } from '../../src/docker/demux.js';
import { createLines } from '../../src/docker/lines.js';

function frame(type: number, payload: Buffer | string): Buffer {
  const content = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header[0] = type;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

function collect(): {
  demux: ReturnType<typeof createDemux>;
  out: () => string;
  err: () => string;
  calls: () => number;
} {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const demux = createDemux({ stdout: (chunk) => out.push(chunk), stderr: (chunk) => err.push(chunk) });
  const text = (chunks: Buffer[]) => (): string => Buffer.concat(chunks).toString();
  return { demux, out: text(out), err: text(err), calls: () => out.length + err.length };
}

const SAMPLE = Buffer.concat([frame(1, 'grüß '), frame(2, 'oh – 💥\n'), frame(1, ''), frame(1, 'dich\n')]);

describe('the demultiplexer', () => {
  test('gives the same whichever byte the stream is split at', () => {
    for (let at = 0; at <= SAMPLE.length; at += 1) {
      const { demux, out, err } = collect();
      demux.write(SAMPLE.subarray(0, at));
      demux.write(SAMPLE.subarray(at));
      expect([at, out(), err(), demux.complete]).toEqual([at, 'grüß dich\n', 'oh – 💥\n', true]);
    }
  });

  test('gives the same however the bytes of any frames are cut', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })), { maxLength: 30 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (given, sizes) => {
        const bytes = Buffer.concat(given.map(([type, payload]) => frame(type, Buffer.from(payload))));
        const seen: Record<number, Buffer[]> = { 1: [], 2: [] };
        const demux = createDemux({ stdout: (chunk) => seen[1]?.push(chunk), stderr: (chunk) => seen[2]?.push(chunk) });
        for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          demux.write(bytes.subarray(offset, offset + size));
          offset += size;
        }
        for (const type of [1, 2]) {
          const wanted = Buffer.concat(
            given.filter(([each]) => each === type).map(([, payload]) => Buffer.from(payload)),
          );
          expect(Buffer.concat(seen[type] ?? []).equals(wanted)).toBe(true);
        }
        expect(demux.complete).toBe(true);
      }),
    );
  });

  test('takes a hundred thousand tiny frames in one chunk', () => {
    const tiny = Buffer.concat(Array.from({ length: 100_000 }, (_, i) => frame(1 + (i % 2), 'x')));
    const { demux, out, err } = collect();
    demux.write(tiny);
    expect([out().length, err().length]).toEqual([50_000, 50_000]);
  });

  test('passes a large frame on as it comes, holding nothing back', () => {
    const bytes = frame(1, Buffer.alloc(1024 * 1024, 'a'));
    const { demux, out, calls } = collect();
    demux.write(bytes.subarray(0, 500_000));
    expect([out().length, calls(), demux.complete]).toEqual([500_000 - 8, 1, false]);
  });

  test.each([
    ['plain text', Buffer.from('hello, world: no frames here')],
    ['an unknown stream', frame(7, 'x')],
  ])('refuses %s', (_, bytes) => {
    expect(() => collect().demux.write(bytes)).toThrow(DemuxError);
  });

  test('reports what the engine says in the middle of a stream', () => {
    expect(() => collect().demux.write(frame(3, 'log driver broke'))).toThrow(/log driver broke/);
  });
});

describe('lines', () => {
  test('come out the same whichever byte they are split at', () => {
    const bytes = Buffer.from('erste\r\nzweite: 💥ü\n\nohne Ende');
    for (let at = 0; at <= bytes.length; at += 1) {
      const lines = createLines();
      const got = [...lines.push(bytes.subarray(0, at)), ...lines.push(bytes.subarray(at)), ...lines.end()];
      expect([at, got]).toEqual([at, ['erste', 'zweite: 💥ü', '', 'ohne Ende']]);
    }
  });

  test('are cut at their bound, and exactly that long is not too long', () => {
    const lines = createLines(4);
    expect([...lines.push(Buffer.from('abcdefghij\nabcd\n')), ...lines.end()]).toEqual(['abcd', 'efgh', 'ij', 'abcd']);
  });
});
