/** Desired × actual → Plan. Pure: the same two sides give the same plan, whatever the order anything stands in. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import { kindOf, nameOf } from '../model/address.js';
import type { ActualState, DesiredState, OwnedContainer, OwnedInstance } from '../model/state.js';
import { beside, removal, sortChanges } from './changes.js';
import type { ContainerPlan } from './container-plan.js';
import { planContainer } from './container-plan.js';
import { liveWhole } from './fields/differ.js';
import { deafToTargets } from './deaf.js';
import { planDestroy } from './destroy.js';
import { planExternals } from './external-plan.js';
import { refusals } from './gates.js';
import { helpersLeft } from './helpers-left.js';
import { planInstances } from './instance-plan.js';
import { planImages } from './image-plan.js';
import { recognise } from './misnamed.js';
import { narrow } from './narrow.js';
import { planNetworks } from './network-plan.js';
import { reunite } from './moved.js';
import type { Change, Plan, Step } from './plan.js';
import type { PlanOptions } from './options.js';
import { planPolicy } from './policy-plan.js';
import { reachChanges } from './reach.js';
import { goneRemotes, planRemotes } from './remote-plan.js';
import type { Surroundings } from './fields/sides.js';
import { orderSteps } from './steps.js';
import { planVolumes } from './volume-plan.js';
import { warningsOf } from './warnings.js';

export interface PlanResult {
  plan: Plan;
  /** What was planned for: as declared, with what lives on under an older name. */
  desired: DesiredState;
  /** An error among them: the plan must not be carried out. Warnings are in the plan. */
  diagnostics: Diagnostic[];
  /** The proxy that runs takes no policy of this build, and hears of none until it is replaced. */
  deaf: boolean;
}

export function planProject(declared: DesiredState, observed: ActualState, options: PlanOptions): PlanResult {
  const everything = inOrder(observed);
  const diagnostics = everything.conflicts.map((each) => conflict(each, declared));
  if (options.destroy) {
    const removal = planDestroy(declared, everything, surroundings(everything, declared.externals), options);
    const { from } = reunite(declared, everything);
    const plan = { ...removal, refusals: refusals(removal.changes, declared, everything, from) };
    return { plan, desired: declared, diagnostics, deaf: false };
  }
  const reunited = reunite(declared, everything);
  const recognised = recognise(reunited.desired, reunited.actual);
  diagnostics.push(...(everything.strays ?? []).map((name) => stray(name, declared)));
  const around = surroundings(recognised.actual, declared.externals);

  const targets = options.targets ?? [];
  const targeted = targets.length > 0;
  const { desired, actual } = targeted
    ? narrow(reunited.desired, recognised.actual, targets)
    : { desired: reunited.desired, actual: recognised.actual };
  const networks = planNetworks(desired.networks, actual);
  const context = {
    desired,
    actual,
    around,
    remade: networks.replaced,
    replace: new Set<string>(options.replace ?? []),
  };
  const containers = desired.containers.map((each) => planContainer(each, context));
  const servers = byAddress(containers.filter((each) => kindOf(each.desired.address) === 'server'));
  const system = inStartOrder(containers.filter((each) => kindOf(each.desired.address) !== 'server'));
  const gone = targeted ? [] : goneOf(desired, actual);
  const copies = planInstances(servers, gone, actual, around);
  const volumes = planVolumes(desired, actual);
  const externals = planExternals(desired, actual);
  const images = planImages(desired, actual, { kept: imagesKept(containers), misnamed: recognised.misnamed });
  const remotes = planRemotes(desired.remotes, actual);
  const policy = planPolicy(desired, actual, { servers, system }, remotes);
  const helpers = helpersLeft(desired, actual);
  const sorted = sortChanges([
    ...containers.flatMap((each) => [each.change, ...each.leftovers.map((left) => leftoverChange(left, around))]),
    ...copies.changes,
    ...remotes.map(({ change }) => change),
    ...(targeted ? [] : goneRemotes(desired, actual)),
    ...gone.map((each) => goneChange(each, desired, around, actual.policy)),
    ...networks.changes,
    ...volumes.changes,
    ...externals.changes,
    ...images.changes,
    ...helpers.go.map(({ change }) => change),
    ...helpers.seeds,
    policy.change,
  ]);
  const plan: Plan = {
    formatVersion: '1.0',
    toolcrib: options.version,
    mode: 'apply',
    project: desired.project,
    environment: options.environment ?? null,
    targets: [...targets],
    engine: actual.engine,
    changes: sorted.map((change) => told(change, reunited.from)),
    accessChanges: [...policy.accessChanges, ...reachChanges(sorted)],
    warnings: [...reunited.warnings, ...volumes.warnings, ...warningsOf(desired, actual)],
    refusals: refusals(sorted, desired, actual, reunited.from),
    steps: orderSteps({
      servers,
      system,
      gone,
      networks,
      volumes,
      images,
      policy,
      helpers: helpers.go.map(({ step }) => step),
      reached: targeted ? reachedAnew(servers, everything) : [],
      instances: [...retiredInstances(containers, gone, actual), ...copies.go],
      copies: copies.updates,
    }),
    routes: policy.routes,
    policyDigest: policy.digest,
  };
  diagnostics.push(...networks.problems, ...images.problems, ...externals.problems);
  if (targeted) diagnostics.push(...deafToTargets(desired, everything, plan.steps));
  return { plan, desired, diagnostics, deaf: policy.deaf };
}

/** Whoever observed it owes no order. */
function inOrder(actual: ActualState): ActualState {
  const sorted = <T>(values: readonly T[], key: (value: T) => string): T[] =>
    [...values].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    ...actual,
    containers: sorted(actual.containers, ({ address, inspect }) => `${address} ${inspect.Name} ${inspect.Id}`),
    conflicts: sorted(actual.conflicts, ({ kind, name }) => `${kind} ${name}`),
    leftovers: sorted(actual.leftovers, ({ name }) => name),
    networks: sorted(actual.networks, ({ Name, Id }) => `${Name} ${Id}`),
    volumes: sorted(actual.volumes, ({ Name }) => Name),
    ownImages: sorted(actual.ownImages, ({ tags, id }) => `${tags.join()} ${id}`),
  };
}

/** What the fields of live containers refer to. */
export function surroundings(actual: ActualState, externals: DesiredState['externals']): Surroundings {
  const foreign = actual.foreignVolumes.filter(({ Name }) => externals.some(({ name }) => name === Name));
  return {
    networks: new Map(actual.networks.map((network) => [network.Id, network.Name])),
    volumes: new Set([...actual.volumes, ...foreign].map((volume) => volume.Name)),
    swapLimit: actual.engine.swapLimit ?? true,
  };
}

function byAddress(plans: ContainerPlan[]): ContainerPlan[] {
  return plans.sort((a, b) => (a.desired.address < b.desired.address ? -1 : 1));
}

/** The proxy has nothing to speak to before the bridge, and nothing to enforce before there is a control. */
function inStartOrder(plans: ContainerPlan[]): ContainerPlan[] {
  const order: readonly string[] = ['control', 'bridge', 'proxy'];
  return plans.sort((a, b) => order.indexOf(a.desired.address) - order.indexOf(b.desired.address));
}

function goneOf(desired: DesiredState, actual: ActualState): OwnedContainer[] {
  const declared = new Set(desired.containers.map((each) => each.address));
  return actual.containers.filter((each) => !declared.has(each.address));
}

function imagesKept(containers: readonly ContainerPlan[]): Set<string> {
  const staying = containers.filter((each) => each.action !== 'create' && each.action !== 'replace');
  return new Set(staying.flatMap((each) => each.current?.inspect.Image ?? []));
}

/** Its address bears its generation, because the address itself has a change of its own. */
function leftoverChange(container: OwnedContainer, around: Surroundings): Change {
  const name = container.inspect.Name.replace(/^\//, '');
  const address = beside(container.address, container.generation);
  const state = liveWhole({ ...container, around });
  return { ...removal(address, `${name} is left over from an interrupted apply`, state), cause: 'drift' };
}

function goneChange(
  container: OwnedContainer,
  { remotes }: DesiredState,
  around: Surroundings,
  policy: ActualState['policy'],
): Change {
  const { address, generation } = container;
  const state = liveWhole({ ...container, around });
  if (kindOf(address) === 'server' && policy !== null && !(nameOf(address) in policy.routes))
    return {
      ...removal(address, 'it bears this project’s labels, and nothing in force or declared speaks of it', state),
      cause: 'drift',
    };
  const remote = remotes.some((each) => each.address === address);
  const reason = remote ? 'it is a remote server now' : 'no longer declared';
  return { ...removal(remote ? beside(address, generation) : address, reason, state), cause: 'config' };
}

/** Copies of templates that go with this plan. Others are the bridge's, which removes each with its connection. */
function retiredInstances(
  containers: readonly ContainerPlan[],
  gone: readonly OwnedContainer[],
  { instances }: ActualState,
): OwnedInstance[] {
  const old = [
    ...containers.flatMap(({ action, current }) => (action === 'replace' && current ? [current] : [])),
    ...gone,
  ];
  return instances.filter((each) =>
    old.some(({ address, generation }) => each.address === address && each.generation === generation),
  );
}

/** `--target` leaves the proxy as it is, but for the networks that the targets need it on. */
function reachedAnew(servers: readonly ContainerPlan[], { containers, networks }: ActualState): Step[] {
  const proxy = containers.findLast((each) => each.address === 'proxy');
  const on = new Set(Object.values(proxy?.inspect.NetworkSettings.Networks ?? {}).map(({ NetworkID }) => NetworkID));
  return servers.flatMap(({ desired: { spec } }): Step[] => {
    const there = networks.find(({ Name }) => Name === spec.network);
    if (!proxy || spec.network === 'none' || (there && on.has(there.Id))) return [];
    return [{ do: 'connect-network', address: 'proxy', network: spec.network, target: { id: proxy.inspect.Id } }];
  });
}

function conflict({ kind, name, owner }: ActualState['conflicts'][number], { project }: DesiredState): Diagnostic {
  return problem(
    'project_conflict',
    `The engine has ${kind === 'image' ? 'an' : 'a'} ${kind} ${name}, which project ${project.name} (${project.id}) did not make; its owner: ${owner}.`,
    'Rename this project (`project.name`), use the `project.id` that made it, or remove it if nobody needs it.',
  );
}

function told(change: Change, from: ReadonlyMap<Address, Address>): Change {
  const movedFrom = from.get(change.address);
  return movedFrom === undefined ? change : { ...change, movedFrom };
}

/** Renamed without a word: its data would be left behind. */
function stray(name: string, { project }: DesiredState): Diagnostic {
  return problem(
    'project_conflict',
    `The engine has things of a project ${name} with this project's id; this one is called ${project.name}.`,
    `If it was renamed, add \`previously: [${name}]\` to \`project:\`, and its volumes go on with their data. If it is another place of the same project, declare it under \`project.environments\`.`,
  );
}
