/** The removal of everything: what agents reach first, what holds the rest together last. Volumes with data stay. */
import type { Address } from '../model/address.js';
import { kindOf } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import type { ActualState, DesiredState, OwnedContainer } from '../model/state.js';
import { accessChanges, NO_ACCESS } from './access-changes.js';
import { beside, removal, sortChanges, unchanged } from './changes.js';
import { isRunning } from './container-plan.js';
import { liveWhole } from './fields/differ.js';
import { helperSteps } from './helpers-left.js';
import { ownAddress } from './image-plan.js';
import { addressOf as networkAddress } from './network-plan.js';
import type { Change, Plan, Step } from './plan.js';
import type { PlanOptions } from './options.js';
import { reachChanges } from './reach.js';
import type { Surroundings } from './fields/sides.js';
import { removeCopy, removeStep } from './steps.js';
import { addressOf as volumeAddress, holdsData } from './volume-plan.js';
import { liveNetworkWhole } from './whole.js';

export function planDestroy(
  desired: DesiredState,
  actual: ActualState,
  around: Surroundings,
  options: PlanOptions,
): Plan {
  const containers = [...actual.containers].sort((a, b) => place(a) - place(b));
  const volumes = actual.volumes.map((volume) => ({
    volume,
    kept: !options.volumes && holdsData(volume, desired.volumes),
  }));
  const helpers = helperSteps(desired, actual.leftovers);
  const steps: Step[] = [
    ...containers.filter(isRunning).map((each) => stopStep(each, desired)),
    ...containers.map(removeStep),
    // The bridge takes its instances with it, unless it was not there to do so.
    ...actual.instances.map((each) => removeCopy(each, containers)),
    ...helpers.map(({ step }) => step),
    ...actual.networks.map((network): Step => ({
      do: 'remove-network',
      address: networkAddress(network),
      id: network.Id,
    })),
    ...volumes
      .filter(({ kept }) => !kept)
      .map(({ volume }): Step => ({ do: 'remove-volume', address: volumeAddress(volume), name: volume.Name })),
    ...imagesLast(actual).map((image): Step => ({
      do: 'remove-image',
      address: ownAddress(image),
      id: image.id,
    })),
  ];
  const changes = [
    ...containers.map((each) => removed(containerAddress(each, containers), liveWhole({ ...each, around }))),
    ...actual.instances.map((each) => removed(beside(each.address, each.instance), liveWhole({ ...each, around }))),
    ...actual.networks.map((network) => removed(networkAddress(network), liveNetworkWhole(network))),
    ...volumes.map(({ volume, kept }) => (kept ? staying : removed)(volumeAddress(volume), { name: volume.Name })),
    ...desired.externals
      .filter(({ name }) => actual.foreignVolumes.some(({ Name }) => Name === name))
      .map(({ address, name }) => unchanged(address, `kept, because ${name} is not this project’s`, { name })),
    ...actual.ownImages.map((image) => removed(ownAddress(image), { tags: image.tags, id: image.id })),
    ...helpers.map(({ change }) => change),
  ];
  const sorted = sortChanges(changes);
  return {
    formatVersion: '1.0',
    toolcrib: options.version,
    mode: 'destroy',
    project: desired.project,
    environment: options.environment ?? null,
    targets: [],
    engine: actual.engine,
    changes: sorted,
    accessChanges: [...(actual.policy ? accessChanges(actual.policy, NO_ACCESS) : []), ...reachChanges(sorted)],
    warnings: [],
    refusals: [],
    steps,
    routes: {},
    policyDigest: '',
  };
}

/** Proxy, servers, bridge, control. */
function place({ address }: OwnedContainer): number {
  const order: readonly string[] = ['proxy', 'server', 'bridge', 'control'];
  return order.indexOf(kindOf(address));
}

function stopStep({ address, inspect }: OwnedContainer, desired: DesiredState): Step {
  const timeout = desired.containers.find((each) => each.address === address)?.spec.stopTimeout ?? 10;
  return { do: 'stop-container', address, id: inspect.Id, timeout };
}

/** The command that destroys runs on the system image itself, and all of them are built on the runtime. */
function imagesLast({ ownImages }: ActualState): ActualState['ownImages'] {
  const place = ({ tags }: { tags: string[] }): number =>
    ['system', 'runtime-'].findIndex((what) =>
      tags.some((tag) => tag.replace(/^toolcrib\/[^/]+\//, '').startsWith(what)),
    );
  return [...ownImages].sort((a, b) => place(a) - place(b));
}

/** Two generations of one address are told apart. */
function containerAddress({ address, generation }: OwnedContainer, all: readonly OwnedContainer[]): Address {
  const youngest = Math.max(...all.filter((each) => each.address === address).map((each) => each.generation));
  return generation === youngest ? address : beside(address, generation);
}

function removed(address: Address, state: JsonObject): Change {
  return { ...removal(address, 'everything is removed', state), cause: 'config' };
}

function staying(address: Address, state: JsonObject): Change {
  return unchanged(address, 'kept, because it holds data; `destroy --volumes` removes it', state);
}
