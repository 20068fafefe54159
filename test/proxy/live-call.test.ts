/** What a live call waits for, by itself. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LiveCall } from '../../src/proxy/calls/parking.js';

it('a question that is taken back in the same breath is none', async () => {
  const live = new LiveCall({ answer: new Promise(() => undefined), cancel: () => undefined });
  const keys = live.next().then((next) => 'asked' in next && [...next.asked.keys()]);
  const question = { method: 'elicitation/create', params: Buffer.from('{}'), reply: () => undefined };
  live.ask(question)();
  await setImmediate();
  live.ask(question);
  expect(await keys).toEqual(['2']);
});
