/**
 * A container on volumes that are there. An engine makes an empty one for a volume that it does not find, without a
 * word, and a server would start on it as if its data had never been: so each is looked at right before and right after.
 * Once the container is made, nobody can remove them.
 */
import { Failure, problem } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import type { Address } from '../model/address.js';
import type { ResolvedContainer } from '../model/container.js';
import type { VolumeInspect } from '../model/inspect.js';

type Volumes = Pick<Engine, 'createContainer' | 'inspectVolume' | 'listContainersOn' | 'removeContainer'>;

/** @throws Failure `volume_missing`; no container is left then. */
export async function createOnVolumes(
  engine: Volumes,
  { name, address }: { name: string; address: Address },
  spec: ResolvedContainer,
): Promise<string> {
  const names = spec.mounts.flatMap(({ type, source }) => (type === 'volume' ? [source] : []));
  const look = (): Promise<(Seen | null)[]> => Promise.all(names.map((each) => see(engine, each)));
  const before = await look();
  const gone = names.find((_, index) => !before[index]);
  if (gone !== undefined)
    throw missing(`The engine has no volume ${gone} any more: it was removed during this apply.`, address);
  const id = await engine.createContainer(name, spec);
  const after = await look();
  const anew = names.find((_, index) => !isSame(before[index], after[index]));
  if (anew === undefined) return id;
  await engine.removeContainer(id);
  throw missing(
    `${anew} was removed while ${address} was made on it, and the engine made an empty one in its place.`,
    address,
    // Not removed here: whoever removed it may have made it anew, with data in it.
    `Look what is in it (\`docker volume inspect ${anew}\`). Empty, it is removed with \`docker volume rm ${anew}\`: then bring its data back, if there is a copy, and apply again.`,
  );
}

interface Seen extends VolumeInspect {
  /** Containers on it, where nothing else tells it from another for certain. */
  holders: readonly string[];
}

async function see(engine: Volumes, name: string): Promise<Seen | null> {
  const listed = await engine.inspectVolume(name);
  if (!listed) return null;
  const labelled = Object.keys(listed.Labels ?? {}).length > 0;
  const holders = labelled ? [] : (await engine.listContainersOn(name)).map(({ id }) => id);
  return { ...listed, holders };
}

/**
 * What the engine makes in passing has no labels, so those of a labelled one tell for certain. The time does not: engines
 * before 23 give the last change of its top folder, and the audit gains files while a proxy is made. So one without
 * labels is the same, whatever its time, if a container was on it all along: no engine removes it then.
 */
function isSame(before: Seen | null | undefined, after: Seen | null | undefined): boolean {
  if (!before || !after) return false;
  const labels = Object.entries(before.Labels ?? {});
  if (labels.length > 0) return labels.every(([key, value]) => after.Labels?.[key] === value);
  return before.CreatedAt === after.CreatedAt || before.holders.some((each) => after.holders.includes(each));
}

const FIX =
  'Bring its data back, if there is a copy; then apply again. A volume of this project’s own is made anew and empty.';

function missing(detail: string, address: Address, fix = FIX): Failure {
  return new Failure([problem('volume_missing', detail, fix, { address })]);
}
