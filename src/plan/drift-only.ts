/** A plan less everything that the declaration changes: what somebody did outside toolcrib, to look at, with no steps. */
import type { AccessKind } from '../model/access.js';
import { causeOf } from './container-plan.js';
import type { Change, Plan } from './plan.js';

/** What the policy says itself; the rest is told by the resources. */
const OF_THE_POLICY: ReadonlySet<AccessKind> = new Set(['tool', 'token', 'issuer', 'audit']);

export function driftOnly(plan: Plan): Plan {
  const changes = plan.changes.flatMap(drifted);
  const policy = changes.some(({ address }) => address === 'policy');
  return {
    ...plan,
    mode: 'drift',
    changes,
    // Against a policy that was removed or is not enforced, all access is a matter of drift.
    accessChanges: policy ? plan.accessChanges.filter(({ kind }) => OF_THE_POLICY.has(kind)) : [],
    steps: [],
  };
}

function drifted(change: Change): Change[] {
  const fields = change.fields.filter(({ cause }) => cause === 'drift');
  if (change.cause === 'drift') return [{ ...change, fields }];
  if (fields.length === 0) return [];
  const reason = 'changed outside toolcrib, besides what the declaration changes';
  return [{ ...change, fields, unknown: [], cause: causeOf(fields), reason }];
}
