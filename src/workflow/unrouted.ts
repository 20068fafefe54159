/** Which servers stop serving before their successor starts: those whose old container the plan stops before the gate. */
import { nameOf } from '../model/address.js';
import type { Plan } from '../plan/plan.js';

export function unroutedOf(plan: Plan): ReadonlySet<string> {
  const unrouted = new Set<string>();
  const gated = new Set<string>();
  for (const step of plan.steps) {
    if (step.do === 'gate') gated.add(step.server);
    if (step.do === 'stop-container' && !gated.has(nameOf(step.address))) unrouted.add(nameOf(step.address));
  }
  const created = plan.steps.filter((step) => step.do === 'create-container').map((step) => nameOf(step.address));
  return new Set([...unrouted].filter((name) => created.includes(name)));
}
