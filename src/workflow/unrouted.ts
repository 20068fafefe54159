/** Which servers stop serving before their successor starts: those whose old container the plan stops before the gate. */
import { kindOf, nameOf } from '../model/address.js';
import type { Plan, Step } from '../plan/plan.js';

export function unroutedOf(plan: Plan): ReadonlySet<string> {
  const unrouted = new Set<string>();
  const gated = new Set<string>();
  for (const step of plan.steps) {
    if (step.do === 'gate') gated.add(step.server);
    if (step.do === 'stop-container' && isServers(step) && !gated.has(nameOf(step.address)))
      unrouted.add(nameOf(step.address));
  }
  const created = plan.steps.flatMap((step) =>
    step.do === 'create-container' && isServers(step) ? [nameOf(step.address)] : [],
  );
  return new Set([...unrouted].filter((name) => created.includes(name)));
}

/** A server may be called proxy. */
function isServers({ address }: Exclude<Step, { do: 'policy' }>): boolean {
  return kindOf(address) === 'server';
}
