/** The engine's side of a plan: everything listed once, what may be ours inspected, 16 at a time. Reads only. */
import type { ContainerSummary, ReadEngine } from '../engine/engine.js';
import type { ContainerInspect, ImageInspect, NetworkInspect, VolumeInspect } from '../model/inspect.js';
import { LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { ActualState, EngineFacts, OwnedContainer, OwnedInstance } from '../model/state.js';
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

export type Observed = Omit<ActualState, 'policy' | 'ack' | 'revoked'>;

/** All that an engine has, whosever it is: asked for before anybody has read whose we look for. Each thing is inspected once. */
export interface Listing {
  facts: EngineFacts;
  containers: ContainerSummary[];
  networks: NetworkInspect[];
  volumes: VolumeInspect[];
  images: ListedImage[];
  container(id: string): Promise<ContainerInspect | null>;
  /** By id or reference. */
  image(name: string): Promise<ImageInspect | null>;
}

/** As many inspects at once as the engine gains from (500 take some 150 ms). */
const AT_ONCE = 16;

export async function list(engine: ReadEngine): Promise<Listing> {
  const [facts, containers, networks, volumes, images] = await Promise.all([
    engine.facts(),
    engine.listContainers([]),
    engine.listNetworks(),
    engine.listVolumes([]),
    engine.listImages([]),
  ]);
  const idOf = new Map(images.flatMap((image) => image.tags.map((tag) => [tag, image.id] as const)));
  const inspectImage = once((id) => engine.inspectImage(id));
  return {
    facts,
    containers,
    networks,
    volumes,
    images,
    container: once((id) => engine.inspectContainer(id)),
    image: (name) => inspectImage(idOf.get(name) ?? name),
  };
}

function once<Found>(ask: (id: string) => Promise<Found>): (id: string) => Promise<Found> {
  const asked = new Map<string, Promise<Found>>();
  return (id) => {
    const known = asked.get(id) ?? ask(id);
    asked.set(id, known);
    return known;
  };
}

/** The youngest `control` of the project; null: there is none. */
export async function controlOf(listing: Listing, project: ProjectIdentity): Promise<OwnedContainer | null> {
  const claimants = listing.containers.filter(
    ({ labels }) => isOurs(labels, project) && labels[LABEL.address] === 'control',
  );
  const found = await concurrently(claimants, AT_ONCE, async ({ id }) => {
    const inspect = await listing.container(id);
    return inspect && owned(inspect, listing);
  });
  return (
    found
      .filter((each) => each !== null)
      .sort(byAddress)
      .at(-1) ?? null
  );
}

/** @param imageReferences asked for last, so that they may still be worked out meanwhile. */
export async function observe(
  listing: Listing,
  project: ProjectIdentity,
  { imageReferences }: { imageReferences: string[] | Promise<string[]> },
): Promise<Observed> {
  const { containers: listed, networks, volumes, images } = listing;
  const candidates = listed.filter((each) => isOurs(each.labels, project));
  const own = ownImages(images, project);
  const inspected = await concurrently(candidates, AT_ONCE, (each) => listing.container(each.id));
  const here = inspected.filter((each) => each !== null);
  const containers = (await concurrently(here, AT_ONCE, (each) => owned(each, listing))).filter(
    (each) => each !== null,
  );
  containers.sort(byAddress);
  const instances = (await concurrently(here, AT_ONCE, (each) => instance(each, project, listing))).filter(
    (each) => each !== null,
  );
  const references = [...new Set([...(await imageReferences), ...own.flatMap((image) => image.tags)])];
  const byReference = await concurrently(
    references,
    AT_ONCE,
    async (each) => [each, await listing.image(each)] as const,
  );
  return {
    engine: listing.facts,
    containers,
    instances,
    conflicts: [
      ...containerConflicts(listed, new Set([...containers, ...instances].map((each) => each.inspect.Id)), project),
      ...networkConflicts(networks, project),
      ...volumeConflicts(volumes, project),
      ...imageConflicts(images, project),
    ],
    strays: straysOf([...listed.map(({ labels }) => labels), ...volumes.map(({ Labels }) => Labels)], project),
    leftovers: leftovers(candidates, here, project),
    networks: networks.filter((network) => isOurs(network.Labels, project)),
    volumes: volumes.filter((volume) => isOurs(volume.Labels, project)),
    foreignVolumes: volumes.filter((volume) => !isOurs(volume.Labels, project)),
    images: Object.fromEntries(byReference),
    ownImages: own,
    subnets: subnetsOf(networks),
  };
}

async function owned(inspect: ContainerInspect, listing: Listing): Promise<OwnedContainer | null> {
  const image = await listing.image(inspect.Image);
  const claim = claimOf(inspect.Config.Labels, image, inspect.Name);
  return claim && { ...claim, inspect, image };
}

async function instance(
  inspect: ContainerInspect,
  project: ProjectIdentity,
  listing: Listing,
): Promise<OwnedInstance | null> {
  const claim = instanceOf(inspect, project);
  return claim && { ...claim, inspect, image: await listing.image(inspect.Image) };
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
    if (helper === 'probe' || helper === 'rehearsal') return [{ id: container.id, name, volume: null }];
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
