import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCutter, type Line } from '../../src/bridge/lines.js';

function cut(bytes: Buffer, limit: number, sizes: number[]): Line[] {
  const lines: Line[] = [];
  const cutter = new LineCutter(limit, (line) => lines.push(line));
  let start = 0;
  for (const size of [...sizes, bytes.length]) {
    cutter.push(bytes.subarray(start, start + size));
    start += size;
  }
  cutter.flush();
  return lines;
}

describe('lines', () => {
  it('are the same however the chunks are split, inside a character too', () => {
    const text = fc.stringMatching(/^[aé€😀\n]{0,60}$/u);
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 0, max: 9 })), (whole, sizes) => {
        const expected = whole.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(cut(Buffer.from(whole), 1000, sizes).map((line) => line.text)).toEqual(expected);
      }),
    );
  });

  it.each([
    [
      'abcd\nef\n',
      [
        ['abcd', false],
        ['ef', false],
      ],
    ],
    [
      'abcde\nef\n',
      [
        ['abcd', true],
        ['ef', false],
      ],
    ],
    ['abcdefghij', [['abcd', true]]],
    [
      '\n\na\r\n',
      [
        ['', false],
        ['', false],
        ['a', false],
      ],
    ],
    ['', []],
  ])('of at most four bytes: %j', (whole, expected) => {
    for (const sizes of [[], [1, 1, 1, 1, 1, 1, 1, 1], [3, 3]]) {
      expect(cut(Buffer.from(whole), 4, sizes).map((line) => [line.text, line.truncated])).toEqual(expected);
    }
  });
});
