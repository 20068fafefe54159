/** The engine's side of a plan: everything listed once, what may be ours inspected, 16 at a time. Reads only. */
import type { ContainerSummary, ReadEngine } from '../engine/engine.js';
import type { ContainerInspect, ImageInspect, NetworkInspect } from '../model/inspect.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { ActualState, OwnedContainer, OwnedInstance } from '../model/state.js';
import { concurrently } from './concurrently.js';
import {
  claimOf,
  containerConflicts,
  helperOf,
  imageConflicts,
  instanceOf,
  isOurs,
  networkConflicts,
  ownImages,
  prefixOf,
  straysOf,
  volumeConflicts,
} from './ownership.js';
import type { ListedImage } from './ownership.js';

export type Observed = Omit<ActualState, 'policy' | 'ack' | 'revoked'> & { control: OwnedContainer | null };

/** As many inspects at once as the engine gains from (500 take some 150 ms). */
const AT_ONCE = 16;

export async function observe(
  engine: ReadEngine,
  project: ProjectIdentity,
  desired: { imageReferences: string[] },
): Promise<Observed> {
  const [facts, listed, networks, volumes, imageList] = await Promise.all([
    engine.facts(),
    engine.listContainers([]),
    engine.listNetworks(),
    engine.listVolumes([]),
    engine.listImages([]),
  ]);
  const candidates = listed.filter((each) => isOurs(each.labels, project));
  const own = ownImages(imageList, project);
  const references = [...new Set([...desired.imageReferences, ...own.flatMap((image) => image.tags)])];
  const images = imageReader(engine, imageList);
  const [inspected, byReference] = await Promise.all([
    concurrently(candidates, AT_ONCE, (each) => engine.inspectContainer(each.id)),
    concurrently(references, AT_ONCE, async (each) => [each, await images(each)] as const),
  ]);
  const here = inspected.filter((each) => each !== null);
  const containers = (await concurrently(here, AT_ONCE, (each) => owned(each, images))).filter((each) => each !== null);
  containers.sort(byAddress);
  const instances = (await concurrently(here, AT_ONCE, (each) => instance(each, project, images))).filter(
    (each) => each !== null,
  );
  return {
    engine: facts,
    containers,
    instances,
    control: containers.findLast((each) => each.address === 'control') ?? null,
    conflicts: [
      ...containerConflicts(listed, new Set([...containers, ...instances].map((each) => each.inspect.Id)), project),
      ...networkConflicts(networks, project),
      ...volumeConflicts(volumes, project),
      ...imageConflicts(imageList, project),
    ],
    strays: straysOf([...listed.map(({ labels }) => labels), ...volumes.map(({ Labels }) => Labels)], project),
    leftovers: leftovers(candidates, here, project),
    networks: networks.filter((network) => isOurs(network.Labels, project)),
    volumes: volumes.filter((volume) => isOurs(volume.Labels, project)),
    images: Object.fromEntries(byReference),
    ownImages: own,
    subnets: subnetsOf(networks),
  };
}

/** Each image is inspected once, however many containers and references lead to it. */
function imageReader(
  engine: ReadEngine,
  listed: readonly ListedImage[],
): (name: string) => Promise<ImageInspect | null> {
  const idOf = new Map(listed.flatMap((image) => image.tags.map((tag) => [tag, image.id] as const)));
  const reading = new Map<string, Promise<ImageInspect | null>>();
  return (name) => {
    const key = idOf.get(name) ?? name;
    const known = reading.get(key) ?? engine.inspectImage(key);
    reading.set(key, known);
    return known;
  };
}

async function owned(
  inspect: ContainerInspect,
  images: (name: string) => Promise<ImageInspect | null>,
): Promise<OwnedContainer | null> {
  const image = await images(inspect.Image);
  const claim = claimOf(inspect.Config.Labels, image, inspect.Name);
  return claim && { ...claim, inspect, image };
}

async function instance(
  inspect: ContainerInspect,
  project: ProjectIdentity,
  images: (name: string) => Promise<ImageInspect | null>,
): Promise<OwnedInstance | null> {
  const claim = instanceOf(inspect, project);
  return claim && { ...claim, inspect, image: await images(inspect.Image) };
}

/** By address, the youngest generation last. */
function byAddress(a: OwnedContainer, b: OwnedContainer): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.generation - b.generation;
}

/** A seed that was started, or a helper that bears a generation, is not what the name says: it is left alone. */
function leftovers(
  candidates: readonly ContainerSummary[],
  inspected: readonly ContainerInspect[],
  project: ProjectIdentity,
): ActualState['leftovers'] {
  const volumes = new Map(inspected.map((each) => [each.Id, seededVolume(each, project)]));
  return candidates.flatMap((container) => {
    const name = container.names.find((each) => each.startsWith(prefixOf(project))) ?? '';
    const helper = helperOf(name, project);
    if (helper === 'probe') return [{ id: container.id, name, volume: null }];
    if (helper !== 'seed' || container.state !== 'created') return [];
    return [{ id: container.id, name, volume: volumes.get(container.id) ?? null }];
  });
}

function seededVolume(container: ContainerInspect, project: ProjectIdentity): string | null {
  const mount = container.Mounts?.find((each) => each.Type === 'volume' && each.Name?.startsWith(prefixOf(project)));
  return mount?.Name ?? null;
}

function subnetsOf(networks: readonly NetworkInspect[]): string[] {
  return networks.flatMap((network) => (network.IPAM?.Config ?? []).flatMap((config) => config.Subnet ?? []));
}
