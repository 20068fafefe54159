import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../src/mcp/lines.js';

function split(chunks: Buffer[], maxBytes?: number): { lines: string[]; tooLong: string[] } {
  const lines: string[] = [];
  const tooLong: string[] = [];
  const splitter = lineSplitter(
    (line) => lines.push(line.toString('utf8')),
    (beginning) => tooLong.push(beginning.toString('utf8')),
    maxBytes,
  );
  for (const chunk of chunks) splitter.push(chunk);
  return { lines, tooLong };
}

const text = Buffer.from('{"a":"żółw 🐢"}\r\n\n{"b":2}\n\r\n{"c":"é"}\n');
const expected = ['{"a":"żółw 🐢"}', '{"b":2}', '{"c":"é"}'];

describe('lineSplitter', () => {
  it('cut in two at every byte, inside characters too, gives the same lines', () => {
    for (let at = 0; at <= text.length; at += 1) {
      expect(split([text.subarray(0, at), text.subarray(at)]).lines).toEqual(expected);
    }
  });

  it('byte by byte', () => {
    expect(split([...text].map((byte) => Buffer.from([byte]))).lines).toEqual(expected);
  });

  it('cut anywhere, any lines', () => {
    const line = fc.string({ unit: 'grapheme' }).filter((each) => each !== '' && !/[\r\n]/.test(each));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 500 })), (lines, cuts) => {
        const whole = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort(
          (a, b) => a - b,
        );
        const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        expect(split(chunks).lines).toEqual(lines);
      }),
    );
  });

  it('what follows the last newline waits for its end', () => {
    expect(split([Buffer.from('one\ntwo')]).lines).toEqual(['one']);
  });

  it.each([
    ['in one chunk', ['123456\n']],
    ['without an end', ['123456']],
    ['in chunks', ['123', '45', '6']],
    ['ended by the next chunk', ['123', '456\n7\n']],
  ])('a line above the bound, %s, is told once with its beginning, and nothing after it', (_, chunks) => {
    const seen = split([Buffer.from('ok\n'), ...chunks.map((chunk) => Buffer.from(chunk)), Buffer.from('9\n9\n')], 5);
    expect(seen.lines).toEqual(['ok']);
    expect(seen.tooLong).toEqual([expect.stringMatching(/^123456/)]);
  });

  it('a line of exactly the bound passes', () => {
    expect(split([Buffer.from('123'), Buffer.from('45\n')], 5)).toEqual({ lines: ['12345'], tooLong: [] });
  });

  it('shows no more than the beginning of an endless line', () => {
    const { tooLong } = split([Buffer.alloc(10_000, 'a'), Buffer.alloc(10_000, 'b')], 15_000);
    expect(tooLong).toEqual(['a'.repeat(256)]);
  });

  it('copies a line of a hundred thousand pieces once', () => {
    const piece = Buffer.alloc(64, 'x');
    const { lines } = split([...Array.from({ length: 100_000 }, () => piece), Buffer.from('\n')]);
    expect(lines.map((line) => line.length)).toEqual([6_400_000]);
  });
});
