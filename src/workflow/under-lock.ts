/**
 * Runs one piece of work while holding the project's lock on the engine, and gives the lock back whatever happens. What
 * became of the work is what is told: an engine that goes away meanwhile takes no lock back either, and that tells less.
 */
import { hostname, userInfo } from 'node:os';
import { acquireLock, type LockRequest } from '../docker/apply-lock.js';
import type { Engine } from '../engine/engine.js';
import type { Context } from './context.js';
import type { Declared } from './declare.js';

/** @throws Failure `apply_locked` (exit 4) naming the holder, when it is not free within `timeoutSeconds`. */
export async function underLock<T>(
  engine: Engine,
  declared: Declared,
  context: Context,
  image: string,
  timeoutSeconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  by: Pick<LockRequest, 'free' | 'onMade'> & { command: string } = { command: 'apply' },
): Promise<T> {
  const lock = await acquireLock(engine, declared.desired.project, {
    image,
    holder: {
      who: userInfo().username,
      host: hostname(),
      pid: context.pid,
      since: context.now().toISOString(),
      command: by.command,
    },
    ...(by.free !== undefined && { free: by.free }),
    ...(by.onMade && { onMade: by.onMade }),
    timeoutSeconds,
    signal: context.signal,
    onWait: (text) =>
      context.host.notify({
        id: 'lock',
        state: 'waiting',
        text,
        ...(timeoutSeconds > 0 && { deadline: timeoutSeconds }),
      }),
  });
  try {
    return await work(AbortSignal.any([context.signal, lock.lost]));
  } finally {
    await lock.release().catch(() =>
      context.host.notify({
        id: 'lock',
        state: 'failed',
        text: 'giving back the project’s lock, which frees itself when this command ends',
      }),
    );
  }
}
