import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineSplitter } from '../../src/mcp/lines.js';
import { Pieces } from '../../src/mcp/pieces.js';
import { sseSplitter } from '../../src/mcp/sse.js';

const MIB = 1024 * 1024;

/** MiB that live beside what lived before. */
function held(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}

it('are what was pushed, in its order, and then nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 2_000, size: 'max' }), (parts) => {
      const pieces = new Pieces();
      for (const part of parts) pieces.push(Buffer.from(part));
      const whole = Buffer.concat(parts);
      expect(pieces.bytes).toBe(whole.length);
      expect(pieces.empty).toBe(parts.length === 0);
      expect(pieces.take().equals(whole)).toBe(true);
      expect([pieces.bytes, pieces.empty]).toEqual([0, true]);
    }),
    { numRuns: 30 },
  );
});

const line = lineSplitter(
  () => undefined,
  () => undefined,
);
const events = (): ReturnType<typeof sseSplitter> =>
  sseSplitter({ event: () => undefined, tooLong: () => undefined }, 8 * MIB);
const one = events();
const many = events();

it.each<[string, (byte: Buffer) => void]>([
  ['a line', (byte) => line.push(byte)],
  ['a line of an event', (byte) => one.push(byte)],
  ['the lines of an event, each empty', () => many.push(Buffer.from('data:\n'))],
])('%s, byte by byte, costs what it is and not a hundred times that', (_what, push) => {
  const source = Buffer.alloc(1, 0x78);
  const before = held();
  for (let i = 0; i < MIB; i++) push(source.subarray(0, 1));
  // A million Buffers would be a hundred and more.
  expect(held() - before).toBeLessThan(16);
});
