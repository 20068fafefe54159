/**
 * Networks that a container joins and leaves while it runs: the proxy, one for each server that speaks HTTP. The network
 * that it was made on stays with it, because published ports and the way out hang on it.
 */
import type { ContainerSpec } from '../../model/container.js';
import type { ContainerInspect } from '../../model/inspect.js';
import type { Live } from './sides.js';

export interface Joining {
  /** Engine names. */
  connect: string[];
  /** Ids. */
  disconnect: string[];
  /** On networks that are made anew: left before, joined again after. Ids and names. */
  leaveFirst: string[];
}

export const NO_JOINING: Joining = { connect: [], disconnect: [], leaveFirst: [] };

/** Whether joining and leaving is all it takes to be on the declared networks. */
export function canJoin({ network }: Pick<ContainerSpec, 'network'>, live: Live): boolean {
  return network !== 'none' && known(live).some(({ name }) => name === network) && unknown(live).length === 0;
}

/**
 * Why the networks differ. An update in place leaves no trace on the container, so what was last applied does not tell:
 * a network of ours that nobody declares any more was left behind by the declaration, and one that is there but not
 * joined was left by somebody.
 */
export function joinCause(spec: ContainerSpec, live: Live, wasApplied: boolean): 'config' | 'drift' {
  const on = known(live).map(({ name }) => name);
  const wanted = new Set([spec.network, ...spec.joins]);
  const ours = new Set(live.around.networks.values());
  const missing = [...wanted].filter((name) => !on.includes(name));
  if (missing.some((name) => ours.has(name)) || on.some((name) => !wanted.has(name) && !ours.has(name))) return 'drift';
  return missing.length > 0 && wasApplied ? 'drift' : 'config';
}

/** @param remade names of networks that are made anew. */
export function joiningOf(spec: ContainerSpec, live: Live, remade: ReadonlyMap<string, unknown>): Joining {
  if (!canJoin(spec, live)) return NO_JOINING;
  const on = known(live);
  const wanted = new Set([spec.network, ...spec.joins]);
  return {
    connect: spec.joins.filter((name) => remade.has(name) || !on.some((each) => each.name === name)),
    disconnect: on.filter(({ name }) => !wanted.has(name)).map(({ id }) => id),
    leaveFirst: on.filter(({ name }) => remade.has(name) && name !== spec.network).map(({ id }) => id),
  };
}

interface On {
  name: string;
  id: string;
}

/** By the name that its id has now; a stranger's network by the name that the container knows. */
function known({ inspect, around }: Live): On[] {
  return endpoints(inspect).map(([name, id]) => ({ name: around.networks.get(id) ?? name, id: id || name }));
}

/** Of ours that were removed: whatever has their name now is another network. */
function unknown({ inspect, around }: Live): string[] {
  return endpoints(inspect).flatMap(([name, id]) =>
    id !== '' && name.startsWith('toolcrib.') && !around.networks.has(id) ? [name] : [],
  );
}

function endpoints({ NetworkSettings }: ContainerInspect): [string, string][] {
  return Object.entries(NetworkSettings.Networks ?? {}).map(([name, { NetworkID }]) => [name, NetworkID ?? '']);
}
