/** Volumes: made when they are missing, never removed by apply while they may hold what somebody declared. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { warning } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import { nameOf } from '../model/address.js';
import { LABEL } from '../model/labels.js';
import type { VolumeInspect } from '../model/inspect.js';
import type { ActualState, DesiredState, DesiredVolume } from '../model/state.js';
import { removal, unchanged } from './changes.js';
import { wasThere } from './container-plan.js';
import type { Change, Step } from './plan.js';
import { volumeWhole } from './whole.js';

export interface VolumePlan {
  changes: Change[];
  create: Step[];
  removeLast: Step[];
  warnings: Diagnostic[];
}

export function planVolumes(desired: DesiredState, actual: ActualState): VolumePlan {
  const { volumes } = desired;
  const plan: VolumePlan = { changes: [], create: [], removeLast: [], warnings: [] };
  for (const volume of volumes) {
    const exists = actual.volumes.some((each) => each.Name === volume.name);
    // Its seed still stands beside it: its owner may not have been set yet.
    const unfinished = actual.leftovers.some((each) => each.volume === volume.name);
    if (exists && !unfinished) {
      const why = adopted(volume, actual) ? `its data stays in ${volume.name}` : undefined;
      plan.changes.push(unchanged(volume.address, why, { name: volume.name }));
      continue;
    }
    const mounted = isMounted(volume, actual);
    const lost = mounted || isGoneWithAll(volume, desired, actual);
    const { address, name, owner, labels } = volume;
    plan.warnings.push(...inPlaceOf(volume, desired, actual));
    plan.changes.push({
      ...unchanged(address),
      action: 'create',
      before: null,
      after: volumeWhole(volume),
      cause: lost ? 'drift' : 'config',
      reason: unfinished
        ? 'an interrupted apply left it half made'
        : lost
          ? lossOf(volume, mounted || actual.policy?.volumes?.includes(name) === true)
          : 'not on the engine',
    });
    plan.create.push({ do: 'create-volume', address, name, owner, labels });
  }
  for (const live of actual.volumes) {
    if (volumes.some((volume) => volume.name === live.Name)) continue;
    if (holdsData(live, volumes)) {
      plan.warnings.push(keptVolume(live));
      continue;
    }
    const address = addressOf(live);
    plan.changes.push(removal(address, 'nothing uses it any more', { name: live.Name }));
    plan.removeLast.push({ do: 'remove-volume', address, name: live.Name });
  }
  return plan;
}

/** Toolcrib's own are always there. Of one that is declared, and that nothing mounts any more, it may not be known. */
function lossOf({ address }: DesiredVolume, wasThere: boolean): string {
  if (wasThere || address.startsWith('volume.system.')) return 'it was removed outside toolcrib, with its data';
  return 'what mounts it was removed outside toolcrib; if it was there before, its data is lost';
}

function isMounted({ name }: DesiredVolume, { containers }: ActualState): boolean {
  return containers.some(({ inspect }) => inspect.Mounts?.some((mount) => mount.Name === name));
}

/**
 * No engine lets a volume go before the containers that mount it, so they may be gone as well. It is as new as the edit
 * where it was not there when the policy in force was written.
 */
function isGoneWithAll({ name }: DesiredVolume, { containers }: DesiredState, actual: ActualState): boolean {
  if (actual.policy?.volumes?.includes(name) === false) return false;
  const on = containers.filter(({ spec }) => spec.mounts.some(({ source }) => source === name));
  const gone = on.filter(({ address }) => !actual.containers.some((each) => each.address === address));
  return on.length > 0 && gone.length === on.length && gone.every((each) => wasThere(each, actual));
}

export function addressOf(volume: VolumeInspect): Address {
  const label = volume.Labels?.[LABEL.address];
  return label?.startsWith('volume.') ? (label as Address) : `volume.${volume.Name}`;
}

/** Of Toolcrib's own volumes the audit; of all others, each: somebody declared it once. */
export function holdsData(volume: VolumeInspect, volumes: readonly DesiredVolume[]): boolean {
  const address = addressOf(volume);
  return volumes.find((each) => each.address === address)?.keep ?? !address.startsWith('volume.system.');
}

function adopted({ address, name, labels }: DesiredVolume, { volumes }: ActualState): boolean {
  const live = volumes.find((each) => each.Name === name)?.Labels;
  return live?.[LABEL.address] !== address || live[LABEL.project] !== labels[LABEL.project];
}

/**
 * A new, empty volume where a server has one with data that nobody declares any more: most likely it was renamed, or
 * the `name` of an external one was left out.
 */
function inPlaceOf({ address, name }: DesiredVolume, desired: DesiredState, actual: ActualState): Diagnostic[] {
  const declared = new Set([...desired.volumes, ...desired.externals].map((each) => each.name));
  const orphans = new Map(
    [...actual.volumes.filter((live) => holdsData(live, [])), ...actual.foreignVolumes]
      .filter((live) => !declared.has(live.Name))
      .map((live) => [live.Name, live]),
  );
  return desired.containers.flatMap((container) => {
    const targets = container.spec.mounts.filter(({ source }) => source === name).map(({ target }) => target);
    const live = actual.containers.filter((each) => each.address === container.address);
    const mounted = live.flatMap(({ inspect }) => inspect.Mounts ?? []);
    const left = mounted.find((mount) => targets.includes(mount.Destination) && orphans.has(mount.Name ?? ''));
    const orphan = orphans.get(left?.Name ?? '');
    if (!left || !orphan) return [];
    const fix = actual.volumes.includes(orphan)
      ? `If the volume was renamed, write \`moved: [{from: ${addressOf(orphan)}, to: ${address}}]\`, and it goes on with its data.`
      : `If it is to go on with that data, write \`name: ${orphan.Name}\` under \`volumes.${nameOf(address)}\`.`;
    return [
      warning(
        'data_left_behind',
        `${container.address} gets a new, empty ${address} at ${left.Destination}, where it has ${orphan.Name} now.`,
        fix,
        { address },
      ),
    ];
  });
}

function keptVolume(volume: VolumeInspect): Diagnostic {
  return warning(
    'undefined_reference',
    `${volume.Name} is no longer declared; it is kept, because it holds data.`,
    `Declare it again under \`volumes:\`, or remove it for good with \`docker volume rm ${volume.Name}\`.`,
    { address: addressOf(volume) },
  );
}
