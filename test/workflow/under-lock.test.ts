/** What is told of work under the lock when the engine goes away meanwhile. */
import { expect, test } from 'vitest';
import { fail } from '../../src/diagnostics/failure.js';
import type { Attachment, Engine } from '../../src/engine/engine.js';
import type { Progress } from '../../src/model/progress.js';
import type { Context } from '../../src/workflow/context.js';
import type { Declared } from '../../src/workflow/declare.js';
import { underLock } from '../../src/workflow/under-lock.js';

/** @returns what became of the work; `told`: what the user saw; `held`: whether the lock's connection is still open. */
async function locked<T>(work: () => Promise<T>): Promise<{ outcome: T | string; told: Progress[]; held: boolean }> {
  const told: Progress[] = [];
  let down = false;
  let held = true;
  const attachment = { onClose: () => undefined, end: () => undefined, destroy: () => (held = false) };
  const engine = {
    createContainer: () => Promise.resolve('lock'),
    attach: () => Promise.resolve(attachment as unknown as Attachment),
    startContainer: () => Promise.resolve(),
    inspectContainer: () =>
      down ? fail('engine_unreachable', 'It is gone.', 'Start it.') : Promise.resolve({ State: { Running: true } }),
  } as unknown as Engine;
  const context = {
    pid: 1,
    now: () => new Date(0),
    signal: new AbortController().signal,
    host: { notify: (event: Progress) => void told.push(event) },
  } as unknown as Context;
  const declared = { desired: { project: { name: 'acme', id: 'one' } } } as Declared;
  const outcome = await underLock(engine, declared, context, 'image', 0, () => {
    down = true;
    return work();
  }).catch(String);
  return { outcome, told, held };
}

const unreturned = expect.objectContaining({ id: 'lock', state: 'failed' }) as unknown;

test('what was done, failed and skipped is told, and that the lock was not given back', async () => {
  const result = { done: ['network'], failed: ['server.files'], skipped: ['proxy'] };
  expect(await locked(() => Promise.resolve(result))).toEqual({ outcome: result, told: [unreturned], held: false });
});

test('so is why the work failed', async () => {
  const outcome = await locked(() => Promise.reject(new Error('no policy')));
  expect(outcome).toEqual({ outcome: 'Error: no policy', told: [unreturned], held: false });
});
