/**
 * A new proxy or bridge that does not come up, or does not stay up, leaves the old one stopped beside it. It is started
 * again: what the project enforced before is better than nothing, and the next apply tries anew.
 */
import type { Address } from '../model/address.js';
import type { Plan, Step } from '../plan/plan.js';
import type { Outcome } from './outcome.js';
import type { Progressing } from './progressing.js';
import { targetKey } from './run-step.js';

type Stop = Extract<Step, { do: 'stop-container' }>;

const SYSTEM: readonly Address[] = ['bridge', 'proxy'];

/**
 * Started in the old one's place, and where the proxy is among them, with a policy in force. Whoever was watched after
 * that and ended is not; whoever told apply to stop before is not kept waiting for it, and the new one stays.
 */
function isProved({ done, failed }: Outcome, plan: Plan, stopped: readonly Stop[]): boolean {
  const watched = plan.steps.filter(({ do: what }) => what === 'prove');
  if (watched.some((step) => !done.includes(step) && isAmong(failed, step))) return false;
  const started = stopped.map(({ address }) =>
    done.findIndex((step) => step.do === 'start-container' && step.address === address),
  );
  if (started.includes(-1)) return false;
  const enforced = done.findLastIndex(({ do: what }) => what === 'policy');
  return stopped.every(({ address }) => address !== 'proxy') || enforced > Math.max(...started);
}

const isAmong = (failed: Outcome['failed'], step: Step): boolean =>
  step.do !== 'policy' && failed.some(({ address }) => address === step.address);

/**
 * One whose successor was started and served while the declared policy was put in force by a proxy that was yet to move.
 * Whatever becomes of that, this one stays, unless it ended itself: it was proved with the one that went on serving.
 */
function isSucceeded({ done, failed }: Outcome, stop: Stop): boolean {
  const started = done.findIndex((step) => step.do === 'start-container' && step.address === stop.address);
  const moved = done.findLastIndex((step) => step.do === 'stop-container' && step.address === 'proxy');
  const meanwhile = started < 0 ? [] : done.slice(started, moved + 1);
  return !isAmong(failed, stop) && meanwhile.some((step) => step.do === 'policy' && step.stage === 'final');
}

/** A policy waits for the new proxy, and takes away what the old one, which cannot read it, would give again. */
const isNarrowed = (done: readonly Step[]): boolean =>
  done.some((step) => step.do === 'policy' && (step.stage === 'narrow' || step.stage === 'restrict'));

/** No way back: the new ones are started, in case that it was not they who failed. */
async function goOn(run: Progressing, plan: Plan, stopped: readonly Stop[]): Promise<void> {
  for (const address of SYSTEM) {
    if (!stopped.some((step) => step.address === address)) continue;
    for (const id of createdOf(address, run, plan)) await run.ports.engine.startContainer(id).catch(() => undefined);
  }
}

function createdOf(address: Address, run: Progressing, plan: Plan): string[] {
  return plan.steps.flatMap((step) => {
    if (step.do !== 'create-container' || step.address !== address) return [];
    return run.created.get(targetKey(address, step.generation)) ?? [];
  });
}

/** What became of the old ones, to be told behind the failure; null: nothing was to be done. */
export async function restoreSystem(run: Progressing, plan: Plan, outcome: Outcome): Promise<string | null> {
  const { engine } = run.ports;
  const { done } = outcome;
  const gone = new Set(done.flatMap((step) => (step.do === 'remove-container' ? [step.id] : [])));
  const stopped = done.filter(
    (step): step is Stop =>
      step.do === 'stop-container' &&
      SYSTEM.includes(step.address) &&
      !gone.has(step.id) &&
      !isSucceeded(outcome, step),
  );
  const restored: Address[] = [];
  if (stopped.length === 0 || isProved(outcome, plan, stopped)) return null;
  if (run.ports.deaf && isNarrowed(done)) {
    await goOn(run, plan, stopped);
    return 'The old proxy was not started again: it would give back access that goes.';
  }
  for (const address of SYSTEM) {
    const old = stopped.find((step) => step.address === address);
    if (!old) continue;
    // The two share a port, and a socket: the new one goes first.
    for (const id of createdOf(address, run, plan)) await engine.removeContainer(id).catch(() => undefined);
    const started = await engine.startContainer(old.id).then(
      () => true,
      () => false,
    );
    if (started) restored.push(address);
  }
  if (restored.length === 0) return null;
  return `The old ${restored.join(' and the old ')} ${restored.length > 1 ? 'were' : 'was'} started again.`;
}
