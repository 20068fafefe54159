/** Neighbouring steps of the same sort concern different resources: they may run at once. Everything else waits its turn. */
import type { Step } from '../plan/plan.js';

const TOGETHER: ReadonlySet<Step['do']> = new Set([
  'create-network',
  'create-volume',
  'create-container',
  'rehearse',
  // Proxy and bridge alone: each waits for the other by itself, and the port is not without a listener for both starts.
  'start-container',
  'prove',
  'update-container',
  'update-copies',
  'stop-container',
  'remove-container',
  'connect-network',
  'disconnect-network',
  'remove-network',
  'remove-volume',
]);

/** Gates run all at once whatever the bound: they only wait, and the proxy works on all candidates anyway. */
export function waves(steps: readonly Step[], parallelism: number): Step[][] {
  const result: Step[][] = [];
  for (const step of steps) {
    const last = result.at(-1);
    const bound = step.do === 'gate' ? Infinity : isTogether(step) ? parallelism : 1;
    if (last?.[0]?.do === step.do && last.length < bound) last.push(step);
    else result.push([step]);
  }
  return result;
}

/** The proxy answers the calls that it has before it ends, and for that the bridge has to be there. */
function isTogether(step: Step): boolean {
  if (step.do === 'stop-container' && (step.address === 'bridge' || step.address === 'proxy')) return false;
  return TOGETHER.has(step.do);
}
