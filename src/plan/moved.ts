/**
 * What lives under an older name, brought under its present one before anything is compared: a server's containers take
 * its new address, and a declared volume is the one that has the data, whatever the engine calls it. An engine renames
 * no volume and changes no label, so that is found out each time, from the declaration (`moved`, `previously`) and labels.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { warning } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import { kindOf, nameOf } from '../model/address.js';
import { LABEL } from '../model/labels.js';
import type { VolumeInspect } from '../model/inspect.js';
import type {
  ActualState,
  DesiredContainer,
  DesiredState,
  DesiredVolume,
  Move,
  OwnedContainer,
} from '../model/state.js';

export interface Reunited {
  desired: DesiredState;
  actual: ActualState;
  /** Address → the one that the engine still knows it under. */
  from: ReadonlyMap<Address, Address>;
  warnings: Diagnostic[];
}

export function reunite(desired: DesiredState, actual: ActualState): Reunited {
  const origins = originsOf(desired.moved);
  const adopted = adoptions(desired, actual, origins);
  const servers = movedServers(actual, origins);
  return {
    desired: withVolumes(desired, adopted.names),
    actual: withServers(actual, servers),
    from: new Map([...servers.to].map(([from, to]) => [to, from] as const).concat([...adopted.from])),
    warnings: adopted.warnings,
  };
}

/** Where a container comes from that was made under another address or another name of the project; null: from nowhere. */
export function origin({ inspect }: OwnedContainer, { spec }: DesiredContainer): string | null {
  const was = (label: string): string | null => {
    const value = inspect.Config.Labels?.[label];
    return value === undefined || value === spec.labels[label] ? null : value;
  };
  const project = was(LABEL.project);
  return was(LABEL.address) ?? (project === null ? null : `project ${project}`);
}

/** Address → all that it was before, the latest first. */
function originsOf(moves: readonly Move[]): Map<Address, Address[]> {
  const origins = new Map<Address, Address[]>();
  const before = (address: Address, seen: readonly Address[]): Address[] =>
    moves
      .filter(({ from, to }) => to === address && !seen.includes(from))
      .flatMap(({ from }) => [from, ...before(from, [...seen, from])]);
  for (const { to } of moves) origins.set(to, before(to, [to]));
  return origins;
}

interface MovedServers {
  /** From → to. */
  to: ReadonlyMap<Address, Address>;
}

/** Only addresses under which something is there or is served. */
function movedServers({ containers, policy }: ActualState, origins: ReadonlyMap<Address, Address[]>): MovedServers {
  const to = new Map<Address, Address>();
  for (const [address, froms] of origins) {
    if (kindOf(address) !== 'server' || [...origins.values()].some((each) => each.includes(address))) continue;
    for (const from of froms) {
      const live = containers.some((each) => each.address === from) || policy?.routes[nameOf(from)] != null;
      if (live) to.set(from, address);
    }
  }
  return { to };
}

function withServers(actual: ActualState, { to }: MovedServers): ActualState {
  if (to.size === 0) return actual;
  const renamed = (server: string): string => nameOf(to.get(`server.${server}`) ?? `server.${server}`);
  const readdressed = <T extends OwnedContainer>(each: T): T => ({
    ...each,
    address: to.get(each.address) ?? each.address,
  });
  const { policy, ack } = actual;
  return {
    ...actual,
    containers: actual.containers.map(readdressed),
    instances: actual.instances.map(readdressed),
    policy: policy && {
      ...policy,
      routes: byNewName(policy.routes, renamed),
      remotes: byNewName(policy.remotes, renamed),
    },
    ack: ack && {
      ...ack,
      generations: byNewName(ack.generations, (key) => {
        const at = key.lastIndexOf('@');
        return `${renamed(key.slice(0, at))}${key.slice(at)}`;
      }),
    },
  };
}

/** What stands under the new name already goes before what comes to it. */
function byNewName<T>(values: Record<string, T>, renamed: (name: string) => string): Record<string, T> {
  const entries = Object.entries(values);
  const came = entries
    .filter(([name]) => renamed(name) !== name)
    .map(([name, value]) => [renamed(name), value] as const);
  const stayed = entries.filter(([name, value]) => renamed(name) === name && value !== null);
  const empty = entries.filter(([name, value]) => renamed(name) === name && value === null);
  return Object.fromEntries([...empty, ...came, ...stayed]);
}

interface Adoptions {
  /** Name that the volume would have → name that it has. */
  names: ReadonlyMap<string, string>;
  from: [Address, Address][];
  warnings: Diagnostic[];
}

function adoptions(desired: DesiredState, actual: ActualState, origins: ReadonlyMap<Address, Address[]>): Adoptions {
  const found: Adoptions = { names: new Map(), from: [], warnings: [] };
  const names = new Map<string, string>();
  const { project } = desired;
  for (const volume of desired.volumes) {
    const ancestors = [volume.address, ...(origins.get(volume.address) ?? [])].flatMap((address) =>
      [project.name, ...(project.previously ?? [])].map((name) => ({ address, name })),
    );
    const [own, ...others] = ancestors.map(({ address, name }) =>
      actual.volumes.find(({ Labels }) => Labels?.[LABEL.address] === address && Labels[LABEL.project] === name),
    );
    const there = own ?? actual.volumes.find((each) => each.Name === volume.name);
    const older = others.find((each) => each !== undefined);
    if (!older) continue;
    if (there) {
      if (volume.keep) found.warnings.push(leftBehind(volume, there, older));
      continue;
    }
    names.set(volume.name, older.Name);
    const address = older.Labels?.[LABEL.address] as Address;
    if (address !== volume.address) found.from.push([volume.address, address]);
  }
  return { ...found, names };
}

function withVolumes(desired: DesiredState, names: ReadonlyMap<string, string>): DesiredState {
  if (names.size === 0) return desired;
  return {
    ...desired,
    volumes: desired.volumes.map((volume) => ({ ...volume, name: names.get(volume.name) ?? volume.name })),
    containers: desired.containers.map((container) => ({
      ...container,
      spec: {
        ...container.spec,
        mounts: container.spec.mounts.map((mount) =>
          mount.type === 'volume' ? { ...mount, source: names.get(mount.source) ?? mount.source } : mount,
        ),
      },
    })),
  };
}

function leftBehind({ address, name }: DesiredVolume, there: VolumeInspect, older: VolumeInspect): Diagnostic {
  return warning(
    'data_left_behind',
    `${older.Name} does not become ${address}: there is a volume ${there.Name} already, and two cannot be one.`,
    `Remove the one whose data nobody needs (\`docker volume rm ${name}\` for the newer), and plan again.`,
    { address },
  );
}
