/**
 * A proxy of another build may refuse the policies of this one: it would go on with what it has, and whoever waited for
 * it would wait for ever. What it can read it says in its acknowledgement. Where that is another form than ours, the
 * new proxy takes its place before anything else is asked of it.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { ActualState, DesiredState } from '../model/state.js';
import { isUp } from './container-plan.js';
import type { ContainerPlan } from './container-plan.js';
import type { Step } from './plan.js';

/** One that stays is of this build. One that refused a policy, whatever it says it can read, is not asked again. */
export function isDeaf(system: readonly ContainerPlan[], { policy }: DesiredState, { ack }: ActualState): boolean {
  const proxy = system.find((each) => each.desired.address === 'proxy');
  if (proxy?.action !== 'replace' || !proxy.current || !isUp(proxy.current)) return false;
  return wouldRefuse(policy, ack);
}

/** @param ack of the proxy that is meant, whether it runs by now or not. */
export function wouldRefuse({ form }: DesiredState['policy'], ack: ActualState['ack']): boolean {
  return ack?.form !== form || ack.refused !== null;
}

/** `--target` leaves the proxy as it is, so there is no way to give it another policy. */
export function deafToTargets(
  { policy }: DesiredState,
  { ack, containers }: ActualState,
  steps: readonly Step[],
): Diagnostic[] {
  const runs = containers.some((each) => each.address === 'proxy' && isUp(each));
  if (!runs || ack?.form === policy.form || !steps.some((step) => step.do === 'policy')) return [];
  return [
    problem(
      'proxy_outdated',
      'The proxy that runs was made by another build of toolcrib, which reads policies of another form; `--target` leaves it as it is.',
      'Run `toolcrib apply` without `--target` first: it replaces the proxy.',
      { address: 'proxy' },
    ),
  ];
}
