/** The engine's side of a plan: everything listed once, what may be ours inspected. Reads only. */
import type { ContainerSummary, ReadEngine } from '../engine/engine.js';
import type { ContainerInspect, ImageInspect, NetworkInspect, VolumeInspect } from '../model/inspect.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { ActualState, EngineFacts, OwnedContainer, OwnedInstance } from '../model/state.js';
import { namedFirst } from '../plan/current.js';
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
import { spokenOfLater } from './spoken-of-later.js';

export type Observed = Omit<ActualState, 'policy' | 'ack' | 'revoked' | 'keys'>;

/** A look at an engine, asked for before anybody has read whose things are looked for. Each thing is inspected once. */
export interface Look extends Controls {
  listing: Promise<Listing>;
}

/** Every `control` that there is: apart, because what lies behind one takes longest to read. */
export interface Controls extends Inspects {
  controls: Promise<ContainerSummary[]>;
}

interface Inspects {
  container(id: string): Promise<ContainerInspect | null>;
  /** By id or reference. */
  image(name: string): Promise<ImageInspect | null>;
}

/** All that an engine has, whosever it is. */
export interface Listing extends Inspects {
  facts: EngineFacts;
  containers: ContainerSummary[];
  networks: NetworkInspect[];
  volumes: VolumeInspect[];
  images: ListedImage[];
}

/** As many inspects at once as the engine gains from. */
const AT_ONCE = 32;

/** @param controls where they were asked for already. */
export function look(engine: ReadEngine, controls = lookForControls(engine)): Look {
  return { ...controls, listing: spokenOfLater(list(engine, controls)) };
}

export function lookForControls(engine: ReadEngine): Controls {
  return {
    container: once((id) => engine.inspectContainer(id)),
    image: once((name) => engine.inspectImage(name)),
    controls: spokenOfLater(engine.listContainers([`${LABEL.address}=control`])),
  };
}

async function list(engine: ReadEngine, inspects: Inspects): Promise<Listing> {
  const [facts, containers, networks, volumes, images] = await Promise.all([
    engine.facts(),
    engine.listContainers([]),
    engine.listNetworks(),
    engine.listVolumes([]),
    engine.listImages([]),
  ]);
  const idOf = new Map(images.flatMap((image) => image.tags.map((tag) => [tag, image.id] as const)));
  const image: Inspects['image'] = (name) => inspects.image(idOf.get(name) ?? name);
  return { ...inspects, facts, containers, networks, volumes, images, image };
}

function once<Found>(ask: (id: string) => Promise<Found>): (id: string) => Promise<Found> {
  const asked = new Map<string, Promise<Found>>();
  return (id) => {
    const known = asked.get(id) ?? ask(id);
    asked.set(id, known);
    return known;
  };
}

/** What bears the labels of the project's `control`; its image may have them too, so that none of it need be one. */
export async function claimantsOf({ controls }: Controls, project: ProjectIdentity): Promise<ContainerSummary[]> {
  return (await controls).filter(({ labels }) => isOurs(labels, project) && labels[LABEL.address] === 'control');
}

/** The youngest `control` of the project that bears a control's name, where one does; null: there is none. */
export async function controlOf(at: Controls, project: ProjectIdentity): Promise<OwnedContainer | null> {
  const found = await concurrently(await claimantsOf(at, project), AT_ONCE, async ({ id, imageId }) => {
    const [inspect] = await Promise.all([at.container(id), at.image(imageId)]);
    return inspect && owned(inspect, at);
  });
  const known = found.filter((each) => each !== null);
  return namedFirst(known).sort(byAddress).at(-1) ?? null;
}

/** @param imageReferences asked for last, so that they may still be worked out meanwhile. */
export async function observe(
  listing: Listing,
  project: ProjectIdentity,
  { imageReferences }: { imageReferences: string[] | Promise<string[]> },
): Promise<Observed> {
  const { containers: listed, networks, volumes, images } = listing;
  // An engine holds the inspect of a container that it starts, as it may the lock's just now, and nothing of that is asked.
  const lock = engineName.lock(project.name);
  const candidates = listed.filter(({ labels, names }) => isOurs(labels, project) && !names.includes(lock));
  const own = ownImages(images, project);
  const inspected = await concurrently(candidates, AT_ONCE, (each) => listing.container(each.id));
  const here = inspected.filter((each) => each !== null);
  // Copies come and go with their sessions: what ended since it was listed is nobody's any more.
  const gone = new Set(candidates.flatMap(({ id }, index) => (inspected[index] === null ? [id] : [])));
  const present = listed.filter(({ id }) => !gone.has(id));
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
      ...containerConflicts(present, new Set([...containers, ...instances].map((each) => each.inspect.Id)), project),
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

async function owned(inspect: ContainerInspect, inspects: Inspects): Promise<OwnedContainer | null> {
  const image = await inspects.image(inspect.Image);
  const claim = claimOf(inspect.Config.Labels, image, inspect.Name);
  return claim && { ...claim, inspect, image };
}

async function instance(
  inspect: ContainerInspect,
  project: ProjectIdentity,
  listing: Listing,
): Promise<OwnedInstance | null> {
  if (inspect.Config.Labels?.[LABEL.instance] === undefined) return null;
  const image = await listing.image(inspect.Image);
  const claim = instanceOf(inspect, project, image);
  return claim && { ...claim, inspect, image };
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
