/** What a legacy server is told of severities: before the call that wants it, once, and never to say less. */
import { expect, it } from 'vitest';
import { LogFloor } from '../../src/proxy/log-floor.js';
import type { LogLevel } from '../../src/proxy/upstream-port.js';

it('is told the least severe that anybody wants, before whoever wants it calls', () => {
  const told: { level: LogLevel; done: () => void }[] = [];
  const went: string[] = [];
  const floor = new LogFloor((level, done) => told.push({ level, done }));
  floor.before('warning', () => went.push('one'));
  floor.before('error', () => went.push('two')); // hears enough, but the server does not know it yet
  floor.before('debug', () => went.push('three'));
  expect(told.map(({ level }) => level)).toEqual(['warning', 'debug']);
  told[1]?.done();
  expect(went).toEqual([]);
  told[0]?.done();
  expect(went).toEqual(['one', 'two', 'three']);
  floor.before('error', () => went.push('four'));
  floor.before('debug', () => went.push('five'));
  expect([told.length, went.length]).toEqual([2, 5]);
});
