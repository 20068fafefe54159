/**
 * Volumes that somebody else made (`volumes: {x: {name: …}}`). They have to be there, and nothing is ever done to them:
 * one that is missing is an error, because an engine would make an empty one in its place without a word.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import { LABEL } from '../model/labels.js';
import type { ActualState, DesiredExternal, DesiredState } from '../model/state.js';
import { unchanged } from './changes.js';
import type { Change } from './plan.js';

export interface ExternalPlan {
  changes: Change[];
  problems: Diagnostic[];
}

/** What has to be known of the engine for it. */
export type Volumes = Pick<ActualState, 'volumes' | 'foreignVolumes' | 'containers'>;

export function planExternals(desired: Pick<DesiredState, 'externals'>, actual: Volumes): ExternalPlan {
  const plan: ExternalPlan = { changes: [], problems: [] };
  for (const external of desired.externals) {
    const found = unusable(external, actual);
    if (found) plan.problems.push(found);
    else plan.changes.push(unchanged(external.address, 'used as it is', { name: external.name, external: true }));
  }
  return plan;
}

/** null: it is there, and nobody's whom Toolcrib knows. */
function unusable(external: DesiredExternal, { volumes, foreignVolumes, containers }: Volumes): Diagnostic | null {
  const { address, name, range } = external;
  const refuse = (code: 'volume_missing' | 'volume_owned', detail: string, fix: string): Diagnostic =>
    problem(code, detail, fix, { address, range });
  const own = volumes.find(({ Name }) => Name === name);
  if (own) {
    const label = own.Labels?.[LABEL.address] ?? address;
    return refuse(
      'volume_owned',
      `${name} is no external volume: this project made it, as ${label}.`,
      `Leave \`name\` out to mount the project's own; \`moved: [{from: ${label}, to: …}]\` if it is to have another name.`,
    );
  }
  const live = foreignVolumes.find(({ Name }) => Name === name);
  const owner = live?.Labels?.[LABEL.projectId];
  if (owner !== undefined) {
    const project = live?.Labels?.[LABEL.project] ?? 'unknown';
    return refuse(
      'volume_owned',
      `${name} belongs to Toolcrib project ${project} (${owner}), which may remove it.`,
      'Name a volume that is nobody’s, or copy the data into one of this project’s own.',
    );
  }
  if (live) return null;
  const users = containers.filter(({ inspect }) => inspect.Mounts?.some((mount) => mount.Name === name));
  const had = users.map((each) => each.address).join(', ');
  return refuse(
    'volume_missing',
    `The engine has no volume ${name}${had === '' ? '' : `; ${had} still names it, so it was removed outside toolcrib, with its data`}.`,
    `Make it with \`docker volume create ${name}\` and fill it, correct the name, or leave \`name\` out for a volume of this project's own.`,
  );
}
