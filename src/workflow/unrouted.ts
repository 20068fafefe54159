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
  const serving = [...unrouted].filter((name) => created.includes(name));
  // The live policy knows a server that moved by its old name.
  const before = plan.changes.flatMap(({ address, movedFrom }) =>
    movedFrom !== undefined && serving.includes(nameOf(address)) && kindOf(address) === 'server'
      ? [nameOf(movedFrom)]
      : [],
  );
  return new Set([...serving, ...before]);
}

/** A server may be called proxy. */
function isServers({ address }: Exclude<Step, { do: 'policy' }>): boolean {
  return kindOf(address) === 'server';
}
