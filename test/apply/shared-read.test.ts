import { describe, expect, test } from 'vitest';
import { sharedRead } from '../../src/apply/shared-read.js';

/** A read that ends when it is told to; each gives its number. */
function source() {
  const open: { resolve: (value: number) => void; reject: (cause: Error) => void }[] = [];
  let begun = 0;
  const read = (): Promise<number> => {
    begun++;
    return new Promise((resolve, reject) => open.push({ resolve, reject }));
  };
  return { read, open, begun: () => begun };
}

describe('a shared read', () => {
  test('gives those who ask meanwhile the next one, and all of them the same', async () => {
    const { read, open, begun } = source();
    const ask = sharedRead(read);
    const first = ask();
    const later = Promise.all([ask(), ask(), ask()]);
    expect(begun()).toBe(1);
    open[0]?.resolve(1);
    expect(await first).toBe(1);
    await new Promise(setImmediate);
    expect(begun()).toBe(2);
    open[1]?.resolve(2);
    expect(await later).toEqual([2, 2, 2]);
    const last = ask();
    open[2]?.resolve(3);
    expect(await last).toBe(3);
  });

  test('that fails fails for those who had it; the next is tried all the same', async () => {
    const { read, open } = source();
    const ask = sharedRead(read);
    const first = ask();
    const second = ask();
    open[0]?.reject(new Error('the engine is gone'));
    await expect(first).rejects.toThrow('the engine is gone');
    await new Promise(setImmediate);
    open[1]?.resolve(2);
    expect(await second).toBe(2);
  });
});
