import { describe, expect, it } from 'vitest';
import { Allowance } from '../../src/bridge/allowance.js';
import { BackOff } from '../../src/bridge/back-off.js';

describe('back-off', () => {
  it('counts from the last crash, so that time already waited is not waited twice', () => {
    const backOff = new BackOff();
    expect(backOff.delay(0)).toBe(0);
    backOff.crashed(1000, 10);
    backOff.crashed(1000, 10);
    expect(backOff.delay(1000)).toBe(1000);
    expect(backOff.delay(1700)).toBe(300);
    expect(backOff.delay(5000)).toBe(0);
  });

  it('forgets after a minute up, whether it then crashes or is stopped', () => {
    const backOff = new BackOff();
    for (let i = 0; i < 5; i++) backOff.crashed(0, 0);
    backOff.crashed(0, 60_000);
    expect(backOff.delay(0)).toBe(500);
    backOff.stopped(59_999);
    expect(backOff.delay(0)).toBe(500);
    backOff.stopped(60_000);
    expect(backOff.delay(0)).toBe(0);
  });
});

describe('allowance', () => {
  const rate = { lines: { burst: 2, perSecond: 1 }, bytes: { burst: 10, perSecond: 5 } };

  it('is of lines', () => {
    const allowance = new Allowance(rate);
    expect([allowance.take(0, 1), allowance.take(0, 1), allowance.take(0, 1)]).toEqual([true, true, false]);
    expect(allowance.take(999, 1)).toBe(false);
    expect(allowance.take(1000, 1)).toBe(true);
  });

  it('is of bytes too', () => {
    const allowance = new Allowance(rate);
    expect([allowance.take(0, 10), allowance.take(0, 1)]).toEqual([true, false]);
    expect(allowance.take(1000, 5)).toBe(true);
  });

  it('never grows beyond its burst, nor by a clock that goes backwards', () => {
    const allowance = new Allowance(rate);
    allowance.take(1e9, 0);
    expect([allowance.take(2e9, 0), allowance.take(2e9, 0), allowance.take(2e9, 0)]).toEqual([true, true, false]);
    expect(allowance.take(0, 0)).toBe(false);
  });
});
