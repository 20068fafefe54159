/** Whether a task may still be had: asked of each with every policy, every revocation, and as time goes. Pure. */
import type { LoadedPolicy } from '../../policy/load.js';
import { isStillKnown, type Caller } from '../identity/authenticate.js';
import type { LiveTask } from './tasks.js';

export function isStillGranted(
  { origin: { caller, server, tool } }: LiveTask,
  loaded: LoadedPolicy,
  revoked: ReadonlySet<string>,
  now: number,
): boolean {
  return isStillKnown(lasting(caller), loaded, revoked, now) && loaded.gives(caller.agent, server, { tool }, now);
}

/** A task outlives the access token that made it, which is good for minutes: whoever it stands for comes with another. */
function lasting(caller: Caller): Caller {
  return caller.issued ? { ...caller, issued: { ...caller.issued, until: Infinity } } : caller;
}
