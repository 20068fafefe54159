/** Networks, which an engine never changes: one that differs is made anew, after what is on it has gone. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import type { NetworkInspect } from '../model/inspect.js';
import { LABEL } from '../model/labels.js';
import type { ActualState, DesiredNetwork } from '../model/state.js';
import { removal, unchanged } from './changes.js';
import type { Cause, Change, FieldChange, Step } from './plan.js';
import { freeSubnet, isInside } from './subnet.js';
import { liveNetworkWhole, networkWhole } from './whole.js';

export interface NetworkPlan {
  changes: Change[];
  /** Networks that go before they come again, and why: containers on them must have gone by then. */
  replaced: ReadonlyMap<string, Cause>;
  removeFirst: Step[];
  create: Step[];
  /** No longer declared. */
  removeLast: Step[];
  problems: Diagnostic[];
}

export function planNetworks(desired: readonly DesiredNetwork[], actual: ActualState): NetworkPlan {
  const plan = { changes: [], removeFirst: [], create: [], removeLast: [], problems: [] } as Omit<
    NetworkPlan,
    'replaced'
  >;
  const replaced = new Map<string, Cause>();
  const taken = [...actual.subnets];
  for (const network of [...desired].sort((a, b) => (a.address < b.address ? -1 : 1))) {
    const present = actual.networks.filter((each) => each.Name === network.name);
    const [live] = present;
    const fields = live ? differences(network, live) : [];
    // Names are not unique before API 1.44: a second one of ours is as wrong as a changed one.
    const again = present.length > 1 || fields.length > 0;
    plan.changes.push(changeOf(network, live, fields, again, wasJoined(network, actual)));
    if (live && !again) continue;
    if (live) replaced.set(network.name, causeOf(fields));
    for (const each of present) {
      plan.removeFirst.push({ do: 'remove-network', address: network.address, id: each.Id });
      for (const subnet of subnetsOf(each)) taken.splice(taken.indexOf(subnet) >>> 0, 1);
    }
    const subnet = freeSubnet(network.pool, taken);
    if (subnet === null) {
      plan.problems.push(poolFull(network));
      continue;
    }
    taken.push(subnet);
    const { address, name, internal, labels } = network;
    plan.create.push({ do: 'create-network', address, name, subnet, pool: network.pool, internal, labels });
  }
  for (const live of actual.networks) {
    if (desired.some((network) => network.name === live.Name)) continue;
    const address = addressOf(live);
    plan.changes.push(removal(address, 'nothing uses it any more', liveNetworkWhole(live)));
    plan.removeLast.push({ do: 'remove-network', address, id: live.Id });
  }
  return { ...plan, replaced };
}

export function addressOf(network: NetworkInspect): Address {
  const label = network.Labels?.[LABEL.address];
  return label?.startsWith('network.') ? (label as Address) : `network.${network.Name}`;
}

/** A container that was made to be on it remembers its name, whatever became of the network. */
function wasJoined({ name }: DesiredNetwork, { containers }: ActualState): boolean {
  return containers.some(({ inspect }) => inspect.HostConfig.NetworkMode === name);
}

function changeOf(
  network: DesiredNetwork,
  live: NetworkInspect | undefined,
  fields: FieldChange[],
  again: boolean,
  joined: boolean,
): Change {
  const after = networkWhole(network);
  if (!live) {
    const reason = joined ? 'it was removed outside toolcrib' : 'not on the engine';
    const created = { ...unchanged(network.address, reason), fields, before: null, after };
    return { ...created, action: 'create', cause: joined ? 'drift' : 'config' };
  }
  const base = { ...unchanged(network.address, undefined, liveNetworkWhole(live)), fields };
  if (!again) return base;
  return {
    ...base,
    action: 'replace',
    after,
    cause: causeOf(fields),
    disruption: 'interrupts sessions',
    reason: fields.length > 0 ? 'an engine cannot change a network' : 'there are two of that name',
  };
}

function causeOf(fields: readonly FieldChange[]): Cause {
  return fields.find((field) => field.cause === 'config')?.cause ?? 'drift';
}

function differences(network: DesiredNetwork, live: NetworkInspect): FieldChange[] {
  const fields: FieldChange[] = [];
  const outside = subnetsOf(live).filter((subnet) => !isInside(subnet, network.pool));
  if (outside.length > 0)
    fields.push({ field: 'subnet', before: outside.join(', '), after: `in ${network.pool}`, cause: 'config' });
  if (live.Internal !== network.internal)
    fields.push({ field: 'internal', before: live.Internal, after: network.internal, cause: 'drift' });
  if (live.Driver !== 'bridge') fields.push({ field: 'driver', before: live.Driver, after: 'bridge', cause: 'drift' });
  return fields;
}

function subnetsOf(network: NetworkInspect): string[] {
  return (network.IPAM?.Config ?? []).flatMap((config) => config.Subnet ?? []);
}

function poolFull(network: DesiredNetwork): Diagnostic {
  return problem(
    'network_pool_full',
    `Every /28 of ${network.pool} overlaps a network that the engine has already.`,
    'Give `project.network_pool` a block that nothing else on this engine uses, such as 10.91.0.0/16.',
    { address: network.address },
  );
}
