/** Volumes: made when they are missing, never removed by apply while they may hold what somebody declared. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { warning } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import { engineName, LABEL } from '../model/labels.js';
import type { VolumeInspect } from '../model/inspect.js';
import type { ActualState, DesiredState } from '../model/state.js';
import { removal, unchanged } from './changes.js';
import type { Change, Step } from './plan.js';
import { volumeWhole } from './whole.js';

export interface VolumePlan {
  changes: Change[];
  create: Step[];
  removeLast: Step[];
  warnings: Diagnostic[];
}

export function planVolumes({ project, volumes }: DesiredState, actual: ActualState): VolumePlan {
  const plan: VolumePlan = { changes: [], create: [], removeLast: [], warnings: [] };
  for (const volume of volumes) {
    const exists = actual.volumes.some((each) => each.Name === volume.name);
    // Its seed still stands beside it: its owner may not have been set yet.
    const unfinished = actual.leftovers.some((each) => each.volume === volume.name);
    if (exists && !unfinished) {
      plan.changes.push(unchanged(volume.address, undefined, { name: volume.name }));
      continue;
    }
    const mounted = actual.containers.some(({ inspect }) =>
      inspect.Mounts?.some((mount) => mount.Name === volume.name),
    );
    const { address, name, owner, labels } = volume;
    plan.changes.push({
      ...unchanged(address),
      action: 'create',
      before: null,
      after: volumeWhole(volume),
      cause: mounted ? 'drift' : 'config',
      reason: unfinished
        ? 'an interrupted apply left it half made'
        : mounted
          ? 'it was removed outside toolcrib, with its data'
          : 'not on the engine',
    });
    plan.create.push({ do: 'create-volume', address, name, owner, labels });
  }
  for (const live of actual.volumes) {
    if (volumes.some((volume) => volume.name === live.Name)) continue;
    if (isDeclaredKind(live, project.name)) {
      plan.warnings.push(keptVolume(live));
      continue;
    }
    const address = addressOf(live);
    plan.changes.push(removal(address, 'nothing uses it any more', { name: live.Name }));
    plan.removeLast.push({ do: 'remove-volume', address, name: live.Name });
  }
  return plan;
}

export function addressOf(volume: VolumeInspect): Address {
  const label = volume.Labels?.[LABEL.address];
  return label?.startsWith('volume.') ? (label as Address) : `volume.${volume.Name}`;
}

/** Made for a `volumes:` entry, so it holds somebody's data. */
export function isDeclaredKind(volume: VolumeInspect, project: string): boolean {
  return volume.Name.startsWith(engineName.volume(project, ''));
}

function keptVolume(volume: VolumeInspect): Diagnostic {
  return warning(
    'undefined_reference',
    `${volume.Name} is no longer declared; it is kept, because it holds data.`,
    `Declare it again under \`volumes:\`, or remove it for good with \`docker volume rm ${volume.Name}\`.`,
    { address: addressOf(volume) },
  );
}
