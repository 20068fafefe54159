/** `toolcrib unlock`: ends the project's lock on the engine, once it is clear whose it is and that nobody is at work. */
import { findLock, removeLock } from '../docker/held-lock.js';
import type { HeldLock } from '../docker/held-lock.js';
import { Exit } from '../diagnostics/diagnostic.js';
import { fail } from '../diagnostics/failure.js';
import type { Context } from './context.js';
import { load, openEngine } from './context.js';

export interface UnlockOptions {
  /** The lock that is meant; null: whichever is held, once the user said so. */
  id: string | null;
  autoApprove: boolean;
  /** The lock that is about to be asked about. */
  show(lock: HeldLock): void;
}

export interface Unlocked {
  /** null: nobody holds it. */
  lock: HeldLock | null;
  removed: boolean;
}

/** @throws Failure `unlock_refused` where another lock is held than the one that is meant. */
export async function unlock(context: Context, options: UnlockOptions): Promise<Unlocked> {
  const { id, autoApprove } = options;
  const { config } = await load(context);
  const engine = await openEngine(context, config.project);
  const lock = await findLock(engine, config.project, context.now());
  if (!lock) return { lock, removed: false };
  if (id !== null && id !== lock.id) refuseOther(id, lock);
  options.show(lock);
  if (!autoApprove) {
    const answer = await context.host.ask('Is nobody at work? Whoever holds it stops after the running step. Unlock?');
    if (answer === null) refuseUnasked(lock);
    if (!answer) return { lock, removed: false };
  } else if (id === null) refuseUnasked(lock);
  await removeLock(engine, lock);
  return { lock, removed: true };
}

function refuseOther(id: string, lock: HeldLock): never {
  fail(
    'unlock_refused',
    `The lock that is held is ${lock.id}, not ${id.slice(0, 80)}: ${lock.holder}, ${lock.age} ago. It was left alone.`,
    `Look who that is; \`toolcrib unlock ${lock.id}\` ends it if nobody is at work.`,
    {},
    Exit.locked,
  );
}

function refuseUnasked(lock: HeldLock): never {
  fail(
    'unlock_refused',
    `Nobody can be asked here whether ${lock.holder} is still at work, so the lock was left alone.`,
    `If nobody is, run \`toolcrib unlock ${lock.id} --auto-approve\`.`,
    {},
    Exit.locked,
  );
}
