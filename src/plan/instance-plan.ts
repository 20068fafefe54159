/**
 * Copies of templates, as they live: each is what its template is, or it goes, and its bridge makes another when one is
 * needed. What apply changes of a template in place, it changes of its copies.
 */
import { nameOf } from '../model/address.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ActualState, OwnedContainer, OwnedInstance } from '../model/state.js';
import { beside, removal } from './changes.js';
import { isPaused } from './container-plan.js';
import type { ContainerPlan } from './container-plan.js';
import { differing, liveWhole } from './differ.js';
import type { Change, FieldChange, Step } from './plan.js';
import { liveFields } from './projection.js';
import { shownPair } from './sensitive.js';
import type { Surroundings } from './sides.js';

export interface InstancePlan {
  changes: Change[];
  go: OwnedInstance[];
  updates: Step[];
}

/** What tells a copy from its template. */
const ITS_OWN: ReadonlySet<string> = new Set(['name', 'labels.instance']);

/** @param gone of addresses that are no longer declared: their copies go with them, unsaid. */
export function planInstances(
  servers: readonly ContainerPlan[],
  gone: readonly OwnedContainer[],
  { instances }: Pick<ActualState, 'instances'>,
  around: Surroundings,
): InstancePlan {
  const plan: InstancePlan = { changes: [], go: [], updates: [] };
  const going = [...gone, ...servers.flatMap(({ leftovers }) => leftovers)];
  for (const instance of instances) {
    const template = servers.find(({ current }) => current !== null && isOf(instance, current));
    if (template?.action === 'replace' || going.some((each) => isOf(instance, each))) continue;
    const change =
      template?.current && isNamed(instance) ? changed(instance, template, around) : strange(instance, around);
    if (change) {
      plan.changes.push(change);
      plan.go.push(instance);
    } else if (template?.action === 'update' && Object.keys(template.update).length > 0) {
      const { address, inspect } = instance;
      plan.updates.push({ do: 'update-container', address, id: inspect.Id, set: template.update });
    }
  }
  return plan;
}

function isOf(instance: OwnedInstance, { address, generation }: OwnedContainer): boolean {
  return instance.address === address && instance.generation === generation;
}

function isNamed({ address, generation, instance, inspect }: OwnedInstance): boolean {
  const project = inspect.Config.Labels?.[LABEL.project] ?? '';
  return inspect.Name === `/${engineName.instance(project, nameOf(address), generation, instance)}`;
}

/** By its labels a copy, and yet under no name that a bridge gives. */
function strange(instance: OwnedInstance, around: Surroundings): Change {
  const name = instance.inspect.Name.replace(/^\//, '');
  const reason = `${name} bears the labels of a copy, and no bridge made it under that name`;
  return { ...removal(addressOf(instance), reason, liveWhole({ ...instance, around })), cause: 'drift' };
}

/** null: it is as its template. What the template itself has otherwise is the template's change. */
function changed(instance: OwnedInstance, { current, change }: ContainerPlan, around: Surroundings): Change | null {
  if (!current) return null;
  const live = { ...instance, around };
  const told = new Set(change.fields.map(({ field }) => field));
  const fields = differing(liveFields({ ...current, around }), liveFields(live), live)
    .filter(([, field]) => !ITS_OWN.has(field) && !told.has(field))
    .map(([, field, before, after]): FieldChange => ({ field, ...shownPair(field, before, after), cause: 'drift' }));
  if (isPaused(instance)) fields.push({ field: 'state', before: 'paused', after: 'running', cause: 'drift' });
  if (fields.length === 0) return null;
  return {
    address: addressOf(instance),
    action: 'replace',
    cause: 'drift',
    disruption: 'restart',
    reason: 'it is removed, and the bridge makes another as its template is',
    fields,
    unknown: [],
    before: liveWhole(live),
    after: liveWhole({ ...current, around }),
  };
}

function addressOf({ address, instance }: OwnedInstance): Change['address'] {
  return beside(address, instance);
}
