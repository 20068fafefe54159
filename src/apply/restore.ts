/**
 * A new proxy or bridge that does not come up leaves the old one stopped beside it. It is started again: what the
 * project enforced before is better than nothing, and the next apply tries anew.
 */
import type { Address } from '../model/address.js';
import type { Plan, Step } from '../plan/plan.js';
import type { Progressing } from './progressing.js';
import { targetKey } from './run-step.js';

type Stop = Extract<Step, { do: 'stop-container' }>;

const SYSTEM: readonly Address[] = ['bridge', 'proxy'];

/** Started in the old one's place, and where the proxy is among them, with a policy in force. */
function isProved(done: readonly Step[], stopped: readonly Stop[]): boolean {
  const started = stopped.map(({ address }) =>
    done.findIndex((step) => step.do === 'start-container' && step.address === address),
  );
  if (started.includes(-1)) return false;
  const enforced = done.findLastIndex(({ do: what }) => what === 'policy');
  return stopped.every(({ address }) => address !== 'proxy') || enforced > Math.max(...started);
}

/**
 * One whose successor was started and served while the declared policy was put in force. Whatever becomes of the others,
 * that one stays: it was proved with the one that went on serving beside it.
 */
function isSucceeded(done: readonly Step[], { address }: Stop): boolean {
  const started = done.findIndex((step) => step.do === 'start-container' && step.address === address);
  const final = done.findLastIndex((step) => step.do === 'policy' && step.stage === 'final');
  return started >= 0 && final > started;
}

/** A policy waits for the new proxy, and takes away what the old one, which cannot read it, would give again. */
const isNarrowed = (done: readonly Step[]): boolean =>
  done.some((step) => step.do === 'policy' && (step.stage === 'narrow' || step.stage === 'restrict'));

/** No way back: the new ones are started, in case that it was not they who failed. */
async function goOn(run: Progressing, plan: Plan, stopped: readonly Stop[]): Promise<Address[]> {
  for (const address of SYSTEM) {
    if (!stopped.some((step) => step.address === address)) continue;
    for (const id of createdOf(address, run, plan)) await run.ports.engine.startContainer(id).catch(() => undefined);
  }
  return [];
}

function createdOf(address: Address, run: Progressing, plan: Plan): string[] {
  return plan.steps.flatMap((step) => {
    if (step.do !== 'create-container' || step.address !== address) return [];
    return run.created.get(targetKey(address, step.generation)) ?? [];
  });
}

/** @returns addresses of the old containers that run again. */
export async function restoreSystem(run: Progressing, plan: Plan, done: readonly Step[]): Promise<Address[]> {
  const { engine } = run.ports;
  const gone = new Set(done.flatMap((step) => (step.do === 'remove-container' ? [step.id] : [])));
  const stopped = done.filter(
    (step): step is Stop =>
      step.do === 'stop-container' && SYSTEM.includes(step.address) && !gone.has(step.id) && !isSucceeded(done, step),
  );
  const restored: Address[] = [];
  if (stopped.length === 0 || isProved(done, stopped)) return restored;
  if (run.ports.deaf && isNarrowed(done)) return goOn(run, plan, stopped);
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
  return restored;
}
