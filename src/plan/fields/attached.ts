/** What a live container is attached to: mounts as the engine carried them out, networks by id rather than by name. */
import { cleanPath, sorted } from './normal.js';
import type { Live } from './sides.js';

/** Said of a volume that this project neither made nor declares. */
export const NOT_OURS = ', not a volume of this project';

/** The top-level list: it holds binds, mounts and the anonymous volumes that an image asks for. */
export function liveMounts({ inspect, around }: Live): Record<string, string> {
  const mounts = (inspect.Mounts ?? []).map((mount): [string, string] => {
    const source = mount.Type === 'volume' ? (mount.Name ?? '') : (mount.Source ?? '');
    const shared = mount.Propagation && mount.Propagation !== 'rprivate' ? `, ${mount.Propagation}` : '';
    const gone = mount.Type === 'volume' && !around.volumes.has(source) ? NOT_OURS : '';
    return [
      cleanPath(mount.Destination),
      `${mount.Type} ${source} (${mount.RW ? 'writable' : 'read-only'}${shared}${gone})`,
    ];
  });
  return Object.fromEntries(mounts);
}

/**
 * Names of the networks it is on. A container that never started knows none by id; one whose network was removed and
 * made again still bears the old one's id, and is on nothing.
 */
export function liveNetworks({ inspect, around }: Live): string[] {
  const mode = inspect.HostConfig.NetworkMode ?? '';
  const shared = mode.startsWith('container:') ? [mode] : [];
  const named = Object.entries(inspect.NetworkSettings.Networks ?? {}).map(([name, { NetworkID: id }]) => {
    if (!id) return name;
    const known = around.networks.get(id);
    if (known !== undefined) return known;
    return name.startsWith('toolcrib.') ? `${name} (${id.slice(0, 12)}, gone)` : name;
  });
  return sorted([...shared, ...named.filter((name) => name !== 'none')]);
}

/** Less those that the engine gives by itself: the short id (up to API 1.44) and the host name. */
export function liveAliases({ inspect }: Live): string[] {
  const given = new Set([inspect.Id.slice(0, 12), inspect.Config.Hostname, inspect.Name.replace(/^\//, '')]);
  const networks = Object.values(inspect.NetworkSettings.Networks ?? {});
  return sorted(networks.flatMap(({ Aliases }) => Aliases ?? []).filter((alias) => !given.has(alias)));
}

/** Addresses that somebody asked for, instead of leaving them to the engine. */
export function livePinned({ inspect }: Live): string[] {
  const networks = Object.values(inspect.NetworkSettings.Networks ?? {});
  const asked = networks.flatMap(({ IPAMConfig: ipam }) => [ipam?.IPv4Address ?? '', ipam?.IPv6Address ?? '']);
  return sorted(asked.filter((address) => address !== ''));
}

/** Other containers under names that only this one knows, on networks or in the way from before there were any. */
export function liveLinks({ inspect }: Live): string[] {
  const networks = Object.values(inspect.NetworkSettings.Networks ?? {});
  return sorted([...(inspect.HostConfig.Links ?? []), ...networks.flatMap(({ Links }) => Links ?? [])]);
}
