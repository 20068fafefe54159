/**
 * Copies of templates, as they live: each is what its template is, or it goes, and its bridge makes another when one is
 * needed. What can be changed in place is: of a template and its copies together, and of a copy that began meanwhile.
 */
import { nameOf } from '../model/address.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ActualState, OwnedContainer, OwnedInstance } from '../model/state.js';
import { beside, removal } from './changes.js';
import { isPaused, isTemplate } from './container-plan.js';
import type { ContainerPlan } from './container-plan.js';
import { differing, liveWhole } from './fields/differ.js';
import type { Change, ContainerUpdate, FieldChange, Step } from './plan.js';
import { liveFields } from './fields/projection.js';
import type { Projection } from './fields/projection.js';
import { shownPair } from './fields/sensitive.js';
import type { Surroundings } from './fields/sides.js';

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
  const updates = new Map(servers.filter(changesInPlace).map((template) => [template, template.update]));
  const going = [...gone, ...servers.flatMap(({ leftovers }) => leftovers)];
  for (const instance of instances) {
    const template = servers.find(({ current }) => current !== null && isOf(instance, current));
    if (template?.action === 'replace' || going.some((each) => isOf(instance, each))) continue;
    if (isNamed(instance) && servers.some((server) => isMadeAnew(server, instance))) {
      plan.go.push(instance);
      continue;
    }
    if (!template?.current || !isNamed(instance)) {
      plan.changes.push(strange(instance, around));
      plan.go.push(instance);
      continue;
    }
    const found = changed(instance, template, around);
    if (!found) continue;
    plan.changes.push(found.change);
    if (found.update) updates.set(template, { ...updates.get(template), ...found.update });
    else plan.go.push(instance);
  }
  for (const [{ desired, generation }, set] of updates)
    plan.updates.push({ do: 'update-copies', address: desired.address, generation, set });
  return plan;
}

/** Whether it has copies by now or not: they may begin at any time. */
function changesInPlace({ desired, action, update }: ContainerPlan): boolean {
  return isTemplate(desired) && action === 'update' && Object.keys(update).length > 0;
}

function isOf(instance: OwnedInstance, { address, generation }: OwnedContainer): boolean {
  return instance.address === address && instance.generation === generation;
}

/** Its template was removed, which is the template's change. */
function isMadeAnew({ desired, action }: ContainerPlan, { address }: OwnedInstance): boolean {
  return desired.address === address && action === 'create';
}

function isNamed({ address, generation, instance, inspect }: OwnedInstance): boolean {
  const project = inspect.Config.Labels?.[LABEL.project] ?? '';
  return inspect.Name === `/${engineName.instance(project, nameOf(address), generation, instance)}`;
}

/** By its labels a copy, and yet under no name that a bridge gives, or of a template that is not there. */
function strange(instance: OwnedInstance, around: Surroundings): Change {
  const name = instance.inspect.Name.replace(/^\//, '');
  const reason = isNamed(instance)
    ? `${name} is a copy of a generation that is not there`
    : `${name} bears the labels of a copy, and no bridge made it under that name`;
  return { ...removal(addressOf(instance), reason, liveWhole({ ...instance, around })), cause: 'drift' };
}

interface Changed {
  change: Change;
  /** null: it goes. */
  update: ContainerUpdate | null;
}

/** null: it is as its template. What the template itself has otherwise is the template's change. */
function changed(
  instance: OwnedInstance,
  { current, change: { fields: ofTemplate }, desired }: ContainerPlan,
  around: Surroundings,
): Changed | null {
  if (!current) return null;
  const live = { ...instance, around };
  const should = liveFields({ ...current, around });
  const told = new Set(ofTemplate.map(({ field }) => field));
  const fields = differing(should, liveFields(live), live)
    .filter(([, field]) => !ITS_OWN.has(field) && !told.has(field))
    .map(([, field, before, after]): FieldChange => ({ field, ...shownPair(field, before, after), cause: 'drift' }));
  if (isPaused(instance)) fields.push({ field: 'state', before: 'paused', after: 'running', cause: 'drift' });
  if (fields.length === 0) return null;
  const update = mended(fields, should, desired);
  const change: Change = {
    ...{ address: addressOf(instance), cause: 'drift', fields, unknown: [] },
    ...(update ? IN_PLACE : BY_ANOTHER),
    before: liveWhole(live),
    after: liveWhole({ ...current, around }),
  };
  return { change, update };
}

/** null: not all of it can be changed while it runs. */
function mended(
  fields: readonly FieldChange[],
  should: Projection,
  { spec }: ContainerPlan['desired'],
): ContainerUpdate | null {
  let update: ContainerUpdate = {};
  for (const { field } of fields) {
    const inPlace = should.get(field)?.row.inPlace ?? null;
    if (inPlace === null || inPlace === 'joins') return null;
    update = { ...update, [inPlace]: spec[inPlace] };
  }
  return update;
}

const IN_PLACE = { action: 'update', disruption: 'none', reason: 'can be changed while it runs' } as const;
const BY_ANOTHER = {
  action: 'replace',
  disruption: 'restart',
  reason: 'it is removed, and the bridge makes another as its template is',
} as const;

function addressOf({ address, instance }: OwnedInstance): Change['address'] {
  return beside(address, instance);
}
