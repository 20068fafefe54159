/** How much of what a plan would do. */
import type { AccessEffect } from '../../model/access.js';
import type { Action, Plan } from '../plan.js';

export type Tally = Record<Exclude<Action, 'no-op'> | AccessEffect, number>;

export function tally({ changes, accessChanges }: Plan): Tally {
  const actions = (action: Action): number => changes.filter((change) => change.action === action).length;
  const effects = (effect: AccessEffect): number => accessChanges.filter((change) => change.effect === effect).length;
  return {
    create: actions('create'),
    update: actions('update'),
    replace: actions('replace'),
    delete: actions('delete'),
    start: actions('start'),
    granted: effects('granted'),
    revoked: effects('revoked'),
    constrained: effects('constrained'),
  };
}
