/**
 * A new proxy or bridge that has taken its place is watched for a while before the old one, which is the way back, goes:
 * one may say that it listens, take the policy, and end by its first call or its first timer. The engine starts it again
 * each time, so that whoever looks once finds it running.
 */
import type { Step } from '../plan/plan.js';
import type { Progressing } from './progressing.js';
import { crashed, endedHow, hasEnded } from './start-system.js';
import { poll } from './wait.js';

/** Seconds that it has to stay up, from when it said that it listens. The slowest of its own timers goes by five. */
export const PROOF_SECONDS = 6;

/** @throws Failure `system_crashed`, with its last words. */
export async function prove(step: Extract<Step, { do: 'prove' }>, id: string, run: Progressing): Promise<void> {
  const { engine, timeoutSeconds } = run.ports;
  const seconds = Math.min(PROOF_SECONDS, timeoutSeconds ?? PROOF_SECONDS);
  const up = (performance.now() - (run.upSince.get(id) ?? performance.now())) / 1000;
  const left = Math.max(0, seconds - up);
  run.tell(step, 'watching whether it stays up', Math.ceil(left));
  const outcome = await poll(left, null, async () => {
    const now = await engine.inspectContainer(id);
    return !now || hasEnded(now, null) ? { ended: now } : undefined;
  });
  if (!outcome) return;
  const why = endedHow(outcome.ended, 'after it had taken over');
  throw await crashed(step.address, why, id, engine);
}
