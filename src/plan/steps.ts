/**
 * The order in which a plan is carried out (DESIGN.md, Apply): what is taken away goes first, what is made comes next,
 * new access waits for the gate, the old goes when the new serves, and a running proxy or bridge moves last.
 */
import { nameOf } from '../model/address.js';
import { LABEL } from '../model/labels.js';
import type { OwnedContainer, OwnedInstance } from '../model/state.js';
import type { ContainerPlan } from './container-plan.js';
import { isPaused, isRunning, isUp } from './container-plan.js';
import type { ImagePlan } from './image-plan.js';
import { origin } from './moved.js';
import type { NetworkPlan } from './network-plan.js';
import type { ContainerTarget, Rehearsed, Step } from './plan.js';
import type { PolicyPlan } from './policy-plan.js';
import { isStopFirst, stopsOf } from './policy-plan.js';
import type { VolumePlan } from './volume-plan.js';

export interface Parts {
  servers: readonly ContainerPlan[];
  /** control, bridge, proxy: in the order in which they start. */
  system: readonly ContainerPlan[];
  /** Of addresses that are no longer declared. */
  gone: readonly OwnedContainer[];
  /** Helpers of an interrupted command. */
  helpers: readonly Step[];
  /** Networks that a proxy which stays as it is joins. */
  reached: readonly Step[];
  /** Copies of templates that go. */
  instances: readonly OwnedInstance[];
  /** What changes of those that stay. */
  copies: readonly Step[];
  networks: NetworkPlan;
  volumes: VolumePlan;
  images: ImagePlan;
  policy: PolicyPlan;
}

const FINAL: Step = { do: 'policy', stage: 'final' };
/** Access that goes, goes before anything else is made; servers are put aside only when their stop is next. */
const NARROW: Step = { do: 'policy', stage: 'narrow' };
const RESTRICT: Step = { do: 'policy', stage: 'restrict' };
/** What may take its time: nobody is put aside for it. */
const LASTS: ReadonlySet<Step['do']> = new Set(['image', 'rehearse', 'start-container', 'create-volume']);

export function orderSteps(parts: Parts): Step[] {
  const { servers, system, networks, volumes, images, policy } = parts;
  // With nobody to serve, there is nothing to wait for: the bridge would go under the new proxy's calls.
  const served = system.some(({ current, desired }) => desired.address === 'proxy' && current && isUp(current));
  const [late, early] = split(system, (each) => served && !policy.deaf && isLate(each, networks));
  // What lies behind a lost control is cut down before anything can serve it, or go on serving it.
  const [control, others] = split(early, (each) => policy.unread && each.desired.address === 'control');
  // A network cannot be made anew around a server: it stops first, whatever else is declared.
  const cut = servers.filter((each) => each.current !== null && isOnRemade(each, networks));
  const unroutedEarly = cut.some((each) => policy.routed.has(nameOf(each.desired.address)));
  const first = servers.filter((each) => isStopFirst(each) && !cut.includes(each));
  const staying = [...servers, ...system].filter((each) => !isNew(each) || late.includes(each));
  const bringUpEarly = [...bringUp(control, parts), ...(policy.unread ? [RESTRICT] : []), ...bringUp(others, parts)];
  const [ownImage, otherImages] = split(
    images.ensure,
    (step) => step.do === 'image' && step.address === 'image.system',
  );
  const proved = rehearsals(early, networks);
  // A server stops for its network: what it is to be made from is there by then, unless a deaf proxy has to go first.
  const [before, after] = unroutedEarly && !policy.deaf ? [otherImages, []] : [[], otherImages];
  const work = [
    ...parts.helpers,
    ...(proved.length > 0 ? [...volumes.create, ...ownImage, ...proved] : []),
    ...before,
    ...(unroutedEarly ? [RESTRICT] : []),
    ...evacuate([...early, ...cut], networks),
    ...staying.flatMap((each) => leaveSteps(each, each.joining.leaveFirst)),
    ...networks.removeFirst,
    ...networks.create,
    ...staying.flatMap((each) => (each.current ? joinSteps(each, { id: each.current.inspect.Id }) : [])),
    ...parts.reached,
    ...(proved.length > 0 ? [] : [...volumes.create, ...ownImage]),
    // What goes is not to be waited for until images are built.
    ...(policy.deaf ? bringUpEarly : []),
    ...after,
    ...[...servers, ...system].flatMap(updateStep),
    ...parts.copies,
    ...(policy.deaf ? [] : bringUpEarly),
    ...servers.filter(isNew).map(createStep),
  ];
  // Stopped whether it runs or not: from here on nothing may start it again.
  const stops = [
    ...servers.filter(isExclusive).flatMap(removeLeftovers),
    ...first.flatMap((each) => (each.current ? [stopStep(each, each.current)] : [])),
    ...instancesOf(first, parts),
    ...stopsOf(servers),
  ];
  const gating: Step[] = [
    ...(policy.candidates.length > 0 ? [{ do: 'policy', stage: 'candidates' } as const] : []),
    ...policy.candidates,
    ...policy.awaited,
    ...(bringsBridge(early) ? policy.served : []),
  ];
  const started = early.some((each) => each.desired.address === 'proxy' && (isNew(each) || each.idle));
  const final = policy.final || started || policy.candidates.length > 0;
  // With nothing to do in between, the final policy takes away just as soon.
  const between = [...work, ...stops, ...gating].filter((step) => step.do !== 'update-copies');
  const restrict = policy.restrict && between.length > 0;
  const putsAside = policy.unroute && first.length > 0 && !unroutedEarly;
  // One that moved is put aside at once: cut off in between, its old name would serve what the next apply removes.
  const moves = first.some(({ current, desired }) => current !== null && origin(current, desired) !== null);
  const lasts = unroutedEarly ? work[0] !== RESTRICT : putsAside && !moves && work.some((step) => LASTS.has(step.do));
  // Taken away at once, and by a policy of its own where the servers that stop are to serve for a while yet.
  const takeAway = restrict ? (lasts ? NARROW : RESTRICT) : null;
  const moved = late.flatMap((each) => (each.desired.address === 'proxy' ? [FINAL] : []));
  return [
    ...(takeAway && takeAway !== work[0] ? [takeAway] : []),
    ...work,
    ...(putsAside && takeAway !== RESTRICT ? [RESTRICT] : []),
    ...stops,
    ...gating,
    ...(final ? [FINAL] : []),
    // Before anything else is put at risk: whatever becomes of the new proxy, the servers are as declared.
    ...retire(parts),
    ...bringUp(late, parts),
    ...moved,
    ...(bringsBridge(late) ? policy.served : []),
    ...proofs(parts),
    ...retireSystem(parts),
    ...staying.filter((each) => !isNew(each)).flatMap((each) => leaveSteps(each, each.joining.disconnect)),
    ...networks.removeLast,
    ...volumes.removeLast,
    ...images.removeLast,
  ];
}

/**
 * One that runs goes on until everything else is done; one that doesn't is needed for everything else, and so is one
 * of the project's old name: it knows no server of the new one.
 */
function isLate(plan: ContainerPlan, networks: NetworkPlan): boolean {
  const { action, current, desired } = plan;
  if (action !== 'replace' || !current) return false;
  if (desired.start === 'never') return isUpgradeAlone(plan);
  return isOfThisName(plan) && isUp(current) && !networks.replaced.has(desired.spec.network);
}

/** A control of another build is as good for the policies of this one, and stays if the others turn out not to serve. */
function isUpgradeAlone(plan: ContainerPlan): boolean {
  return isOfThisName(plan) && plan.change.fields.every(({ field }) => field === 'image');
}

function isOfThisName({ current, desired }: ContainerPlan): boolean {
  return current?.inspect.Config.Labels?.[LABEL.project] === desired.spec.labels[LABEL.project];
}

/** A network cannot go while somebody is on it. */
function evacuate(early: readonly ContainerPlan[], networks: NetworkPlan): Step[] {
  const on = early.filter((each) => isOnRemade(each, networks));
  return [...on.flatMap(stopCurrent), ...on.flatMap((each) => (each.current ? [removeStep(each.current)] : []))];
}

/** One whose work the old one does meanwhile. */
function isRehearsed({ current, desired, action }: ContainerPlan): boolean {
  return action === 'replace' && desired.start === 'apply' && current !== null && isUp(current);
}

/**
 * Where the network itself is made anew, the old one goes before it, so that there is no way back: it is proved while the
 * old network is there. One that somebody changed, or that is there twice, proves nothing.
 */
function rehearsals(early: readonly ContainerPlan[], { removeFirst, replaced }: NetworkPlan): Step[] {
  const asDeclared = removeFirst.length === replaced.size;
  const proved = early.filter((each) => isRehearsed(each) && replaced.get(each.desired.spec.network) === 'config');
  return asDeclared ? proved.map(rehearseStep) : [];
}

/** Proves what is new, creates it, stops what is in the way, starts; in the order given. */
function bringUp(system: readonly ContainerPlan[], { networks, policy }: Parts): Step[] {
  const created = system.filter(isNew);
  const stopped = [...created].reverse().filter((each) => !networks.replaced.has(each.desired.spec.network));
  const starts = system.filter((each) => each.desired.start === 'apply' && (isNew(each) || each.idle));
  return [
    ...system.filter((each) => each.desired.start === 'apply').flatMap(removeLeftovers),
    ...created.filter((each) => isRehearsed(each) && !isOnRemade(each, networks)).map(rehearseStep),
    ...created.map(createStep),
    ...created.flatMap((each) => joinAllSteps(each)),
    ...stopped.filter((each) => each.desired.start === 'apply').flatMap((each) => stopOrHold(each, policy)),
    ...starts.flatMap((each) =>
      each.idle && each.current && isPaused(each.current) ? [stopStep(each, each.current)] : [],
    ),
    ...starts.map(startStep),
  ];
}

/** What no longer serves and what nobody declares: stopped all together, then removed. */
function retire(parts: Parts): Step[] {
  const { servers, gone, networks, instances } = parts;
  const old = servers.filter((each) => each.action === 'replace' && !isOnRemade(each, networks));
  const side = old.filter((each) => !isStopFirst(each));
  const leftovers = servers.filter((each) => !isExclusive(each)).flatMap((each) => each.leftovers);
  const copied = templates(parts);
  return [
    ...side.flatMap(stopCurrent),
    ...gone
      .filter(isRunning)
      .map((each) => ({ do: 'stop-container', address: each.address, id: each.inspect.Id, timeout: 10 }) as const),
    ...instances.map((each) => removeCopy(each, copied)),
    ...old.flatMap((each) => (each.current ? [removeStep(each.current)] : [])),
    ...leftovers.map(removeStep),
    ...gone.map(removeStep),
  ];
}

/** Whoever has a way back is watched before that is given up. */
function proofs({ system, networks }: Parts): Step[] {
  const moved = system.filter((each) => each.action === 'replace' && !isOnRemade(each, networks));
  return moved
    .filter(({ desired }) => desired.start === 'apply')
    .map(({ desired: { address }, generation }) => ({ do: 'prove', address: address as Rehearsed, generation }));
}

/** What they took the place of is there until they have proved themselves. */
function retireSystem({ system, networks }: Parts): Step[] {
  const old = system.filter((each) => each.action === 'replace' && !isOnRemade(each, networks));
  const leftovers = system.filter((each) => each.desired.start !== 'apply').flatMap((each) => each.leftovers);
  return [...old.flatMap((each) => (each.current ? [removeStep(each.current)] : [])), ...leftovers.map(removeStep)];
}

/** May not run beside another generation of itself, not even beside one that an interrupted apply left. */
const isExclusive = ({ desired }: ContainerPlan): boolean => desired.replace === 'stop-first';

function isOnRemade({ desired }: ContainerPlan, networks: NetworkPlan): boolean {
  return networks.replaced.has(desired.spec.network);
}

function instancesOf(plans: readonly ContainerPlan[], parts: Parts): Step[] {
  const copied = templates(parts);
  return parts.instances
    .filter(({ address }) => plans.some((each) => each.desired.address === address))
    .map((each) => removeCopy(each, copied));
}

function templates({ servers, gone }: Parts): OwnedContainer[] {
  return [...servers.flatMap(({ current, leftovers }) => [...(current ? [current] : []), ...leftovers]), ...gone];
}

function joinSteps({ desired, joining }: ContainerPlan, target: ContainerTarget): Step[] {
  const { address } = desired;
  return joining.connect.map((network) => ({ do: 'connect-network', address, network, target }));
}

/** An engine makes a container on one network only. */
function joinAllSteps({ desired: { address, spec }, generation }: ContainerPlan): Step[] {
  const target = { created: address, generation };
  return spec.joins.map((network) => ({ do: 'connect-network', address, network, target }));
}

function leaveSteps({ desired, current }: ContainerPlan, networks: readonly string[]): Step[] {
  if (!current) return [];
  const { address } = desired;
  // The engine lists them in any order.
  return [...networks]
    .sort()
    .map((network) => ({ do: 'disconnect-network', address, network, id: current.inspect.Id }));
}

function bringsBridge(system: readonly ContainerPlan[]): boolean {
  return system.some((each) => each.desired.address === 'bridge' && (isNew(each) || each.idle));
}

const isNew = ({ action }: ContainerPlan): boolean => action === 'create' || action === 'replace';

function createStep({ desired, name, generation, resolved }: ContainerPlan): Step {
  return { do: 'create-container', address: desired.address, name, generation, resolved };
}

function rehearseStep({ desired: { address }, generation }: ContainerPlan): Step {
  return { do: 'rehearse', address: address as Rehearsed, generation };
}

function updateStep({ desired, action, current, update }: ContainerPlan): Step[] {
  if (action !== 'update' || !current || Object.keys(update).length === 0) return [];
  return [{ do: 'update-container', address: desired.address, id: current.inspect.Id, set: update }];
}

function startStep(plan: ContainerPlan): Step {
  const { address } = plan.desired;
  const target: ContainerTarget =
    isNew(plan) || !plan.current ? { created: address, generation: plan.generation } : { id: plan.current.inspect.Id };
  return { do: 'start-container', address, target };
}

function stopCurrent(plan: ContainerPlan): Step[] {
  return plan.current && isRunning(plan.current) ? [stopStep(plan, plan.current)] : [];
}

/** One that stands still is stopped as well: what apply has stopped, it starts again if the new one does not come up. */
function stopOrHold(plan: ContainerPlan, { understood }: PolicyPlan): Step[] {
  const { current, desired } = plan;
  const isWayBack = current?.inspect.State.Status === 'exited' && isOfThisName(plan);
  // One that cannot read the policy in force would enforce an older one.
  if (!isWayBack || (desired.address === 'proxy' && !understood)) return stopCurrent(plan);
  return [stopStep(plan, current)];
}

function stopStep({ desired }: ContainerPlan, { inspect }: OwnedContainer): Step {
  return { do: 'stop-container', address: desired.address, id: inspect.Id, timeout: desired.spec.stopTimeout };
}

export function removeCopy(copy: OwnedInstance, containers: readonly OwnedContainer[]): Step {
  const { address, generation, inspect } = copy;
  const template = containers.find((each) => each.address === address && each.generation === generation);
  const of = template ? { template: template.inspect.Id } : {};
  return { do: 'remove-container', address, id: inspect.Id, copy: true, ...of };
}

export function removeStep({ address, inspect }: OwnedContainer): Step {
  return { do: 'remove-container', address, id: inspect.Id };
}

function removeLeftovers({ leftovers }: ContainerPlan): Step[] {
  return leftovers.map(removeStep);
}

function split<T>(values: readonly T[], test: (value: T) => boolean): [T[], T[]] {
  return [values.filter(test), values.filter((value) => !test(value))];
}
