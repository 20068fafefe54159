/**
 * `--target`: both sides of a plan less everything that the targets do not need, so that it stays as it lives. What
 * the targets need and is there is left as it is, too; only what is missing is made.
 */
import type { Address } from '../model/address.js';
import type { ActualState, DesiredState } from '../model/state.js';

export function narrow(
  desired: DesiredState,
  actual: ActualState,
  targets: readonly Address[],
): { desired: DesiredState; actual: ActualState } {
  const containers = desired.containers.filter(({ address }) => targets.includes(address));
  const images = new Set(containers.map(({ image }) => image));
  const mounted = new Set(containers.flatMap(({ spec }) => spec.mounts.map(({ source }) => source)));
  const joined = new Set(containers.map(({ spec }) => spec.network));
  const there = new Set(actual.networks.map(({ Name }) => Name));
  return {
    desired: {
      ...desired,
      containers,
      remotes: desired.remotes.filter(({ address }) => targets.includes(address)),
      images: desired.images.filter(({ address }) => images.has(address)),
      networks: desired.networks.filter(({ name }) => joined.has(name) && !there.has(name)),
      volumes: desired.volumes.filter(({ name }) => mounted.has(name)),
      externals: desired.externals.filter(({ name }) => mounted.has(name)),
    },
    actual: {
      ...actual,
      instances: actual.instances.filter(({ address }) => targets.includes(address)),
      networks: [],
      leftovers: actual.leftovers.filter(({ volume }) => volume !== null && mounted.has(volume)),
      volumes: actual.volumes.filter(({ Name }) => mounted.has(Name)),
      ownImages: [],
    },
  };
}
