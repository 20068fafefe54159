/**
 * What on the engine is this project's, and what merely looks so (DESIGN.md, Ownership). Pure: it is told what was listed.
 * Images can carry our labels, and their containers inherit them; so a container is ours by a generation that its
 * image does not say, and an image by a tag of ours, because a derived image inherits the labels but not the tag.
 */
import type { ContainerSummary } from '../engine/engine.js';
import type { Address } from '../model/address.js';
import { kindOf, nameOf, NAME_PATTERN } from '../model/address.js';
import type { ContainerInspect, ImageInspect, NetworkInspect, VolumeInspect } from '../model/inspect.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { ActualState, OwnImage } from '../model/state.js';

type Labels = Readonly<Record<string, string>> | null | undefined;
export type Conflict = ActualState['conflicts'][number];
export type ListedImage = { id: string; tags: string[]; labels: Record<string, string> };

const CONTAINER_ADDRESSES: readonly string[] = ['proxy', 'bridge', 'control'];

/** By id and by name: another environment of the same project may live on the same engine. */
export function isOurs(labels: Labels, project: ProjectIdentity): boolean {
  return labels?.[LABEL.projectId] === project.id && namesOf(project).includes(labels[LABEL.project] ?? '');
}

/** Names of projects with this one's id that are neither it, nor what it was called, nor another environment of it. */
export function straysOf(labels: readonly Labels[], project: ProjectIdentity): string[] {
  const known = [...namesOf(project), ...(project.elsewhere ?? [])];
  const names = labels.flatMap((each) =>
    each?.[LABEL.projectId] === project.id && each[LABEL.project] ? [each[LABEL.project] ?? ''] : [],
  );
  return [...new Set(names)].filter((name) => !known.includes(name)).sort();
}

function namesOf({ name, previously = [] }: ProjectIdentity): readonly string[] {
  return [name, ...previously];
}

/**
 * The address and generation that a container's own labels give it; null: it is none that apply made.
 * @param name of one that bears a generation's name it is that, whatever somebody's label says of an instance.
 */
export function claimOf(
  labels: Labels,
  image: ImageInspect | null,
  name = '',
): { address: Address; generation: number } | null {
  const address = labels?.[LABEL.address] ?? '';
  const generation = labels?.[LABEL.generation] ?? '';
  if (!isContainerAddress(address) || !/^[1-9]\d{0,8}$/.test(generation)) return null;
  if (image?.Config?.Labels?.[LABEL.generation] === generation) return null;
  const instance = labels?.[LABEL.instance];
  const isInstance = instance !== undefined && instance !== image?.Config?.Labels?.[LABEL.instance];
  if (isInstance && !name.endsWith(`.${address}.g${generation}`)) return null;
  return { address, generation: Number(generation) };
}

/**
 * Which instance of which template it is by labels of its own, whatever its name; null: none, or one that an image's
 * labels make it.
 */
export function instanceOf(
  { Name, Config }: Pick<ContainerInspect, 'Name' | 'Config'>,
  project: ProjectIdentity,
  image: ImageInspect | null,
): { address: Address; generation: number; instance: string } | null {
  const address = Config.Labels?.[LABEL.address] ?? '';
  const generation = Number(Config.Labels?.[LABEL.generation]);
  const instance = Config.Labels?.[LABEL.instance];
  if (instance === undefined || !isOurs(Config.Labels, project) || !isContainerAddress(address)) return null;
  const name = engineName.instance(project.name, nameOf(address), generation, instance);
  const found = { address, generation, instance };
  if (Name === `/${name}`) return found;
  const byImage = image?.Config?.Labels ?? {};
  const own = image !== null && byImage[LABEL.generation] === undefined && byImage[LABEL.instance] === undefined;
  return own && generation > 0 && claimOf(Config.Labels, image, Name) === null ? found : null;
}

function isContainerAddress(address: string): address is Address {
  if (CONTAINER_ADDRESSES.includes(address)) return true;
  return (
    address.startsWith('server.') &&
    kindOf(address as Address) === 'server' &&
    NAME_PATTERN.test(nameOf(address as Address))
  );
}

/** What a helper container of ours is for, told by its name; `other`: no helper. */
export function helperOf(name: string, project: ProjectIdentity): 'lock' | 'seed' | 'probe' | 'rehearsal' | 'other' {
  if (name === engineName.lock(project.name)) return 'lock';
  if (name.startsWith(engineName.seed(project.name, ''))) return 'seed';
  if (name.startsWith(`${prefixOf(project)}rehearsal.`)) return 'rehearsal';
  return name.startsWith(`${prefixOf(project)}probe.`) ? 'probe' : 'other';
}

export function prefixOf(project: ProjectIdentity): string {
  return `toolcrib.${project.name}.`;
}

function repositoryPrefix(project: ProjectIdentity): string {
  return `toolcrib/${project.name}/`;
}

/** `owned`: ids of the containers that turned out to be ours. */
export function containerConflicts(
  listed: readonly ContainerSummary[],
  owned: ReadonlySet<string>,
  project: ProjectIdentity,
): Conflict[] {
  return listed.flatMap((container): Conflict[] => {
    if (owned.has(container.id)) return [];
    const ours = isOurs(container.labels, project);
    const name = container.names.find((each) => each.startsWith(prefixOf(project)));
    if (ours && (name === undefined || helperOf(name, project) !== 'other')) return [];
    if (name === undefined && container.labels[LABEL.project] !== project.name) return [];
    return [conflict('container', name ?? container.names[0] ?? container.id, container.labels)];
  });
}

export function networkConflicts(networks: readonly NetworkInspect[], project: ProjectIdentity): Conflict[] {
  return networks
    .filter((network) => isStranger(network.Name, network.Labels, project))
    .map((network) => conflict('network', network.Name, network.Labels));
}

export function volumeConflicts(volumes: readonly VolumeInspect[], project: ProjectIdentity): Conflict[] {
  return volumes
    .filter((volume) => isStranger(volume.Name, volume.Labels, project))
    .map((volume) => conflict('volume', volume.Name, volume.Labels));
}

export function imageConflicts(images: readonly ListedImage[], project: ProjectIdentity): Conflict[] {
  return images.flatMap((image): Conflict[] => {
    if (isOurs(image.labels, project)) return [];
    const tag = image.tags.find((each) => each.startsWith(repositoryPrefix(project)));
    const claimsName =
      image.labels[LABEL.project] === project.name && image.tags.some((each) => each.startsWith('toolcrib/'));
    return tag || claimsName ? [conflict('image', tag ?? image.tags[0] ?? image.id, image.labels)] : [];
  });
}

/** Our images, each with its tags of ours only: another tag is somebody else's wish to keep it. */
export function ownImages(images: readonly ListedImage[], project: ProjectIdentity): OwnImage[] {
  return (
    images
      .filter((image) => isOurs(image.labels, project))
      .map(({ id, tags, labels }) => {
        const own = tags.filter((tag) => isOwnTag(tag, project));
        return { id, all: tags, tags: own, ...madeOf(labels, project) };
      })
      // Without any tag it is what a build that was cut off left; with a stranger's alone it is somebody's choice.
      .filter((image) => image.tags.length > 0 || image.all.length === 0)
      .map(({ all: _, ...image }) => image)
  );
}

function madeOf(labels: ListedImage['labels'], { name }: ProjectIdentity): Pick<OwnImage, 'made'> {
  const { [LABEL.address]: address, [LABEL.inputs]: inputs, [LABEL.project]: project } = labels;
  return address !== undefined && inputs !== undefined && project === name ? { made: { address, inputs } } : {};
}

function isOwnTag(tag: string, project: ProjectIdentity): boolean {
  return namesOf(project).some((name) => tag.startsWith(repositoryPrefix({ ...project, name })));
}

function isStranger(name: string, labels: Labels, project: ProjectIdentity): boolean {
  if (isOurs(labels, project)) return false;
  return name.startsWith(prefixOf(project)) || labels?.[LABEL.project] === project.name;
}

function conflict(kind: Conflict['kind'], name: string, labels: Labels): Conflict {
  return { kind, name, owner: labels?.[LABEL.projectId] ?? 'not made by toolcrib' };
}
