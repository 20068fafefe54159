import { expect, test } from 'vitest';
import { Turns } from '../../src/bridge/turns.js';

test('so many at once, in the order they came, and whoever fails makes room too', async () => {
  const turns = new Turns(3);
  const began: number[] = [];
  const ends: ((failed: boolean) => void)[] = [];
  const work = (n: number) => (): Promise<number> => {
    began.push(n);
    return new Promise((resolve, reject) =>
      ends.push((failed) => (failed ? reject(new Error(String(n))) : resolve(n))),
    );
  };
  const done = Array.from({ length: 10 }, (_, n) => turns.take(work(n)).catch(() => -n));
  for (let ended = 0; ended < 10; ended += 1) {
    await new Promise(setImmediate);
    expect(began).toHaveLength(Math.min(10, ended + 3));
    ends[ended]?.(ended % 2 === 1);
  }
  expect(await Promise.all(done)).toEqual([0, -1, 2, -3, 4, -5, 6, -7, 8, -9]);
  expect(began).toEqual([...began].sort((a, b) => a - b));
});
