/**
 * Which container a request means. Only labels decide, never a name that a client gives: a taken-over proxy
 * can open this project's servers and nothing else.
 */
import type { ContainerSummary } from '../engine/engine.js';
import type { ContainerInspect } from '../model/inspect.js';
import type { ProjectIdentity } from '../model/labels.js';
import { engineName, LABEL } from '../model/labels.js';
import type { BridgeEngine } from './surroundings.js';

export type Found = { container: ContainerInspect } | { code: 'unknown_server' | 'ambiguous_server'; error: string };

export async function findServer(
  engine: BridgeEngine,
  project: ProjectIdentity,
  server: string,
  generation: number,
): Promise<Found> {
  const wanted = {
    [LABEL.projectId]: project.id,
    // Another environment of the same project may live on the same engine.
    [LABEL.project]: project.name,
    [LABEL.address]: `server.${server}`,
    [LABEL.generation]: String(generation),
  };
  const name = engineName.server(project.name, server, generation);
  const listed = await engine.listContainers(Object.entries(wanted).map(([key, value]) => `${key}=${value}`));
  // Asked again here: what a filter meant is the engine's business, whom we open is ours.
  const labelled = listed.filter((each) => Object.entries(wanted).every(([key, value]) => each.labels[key] === value));
  const owned: ContainerSummary[] = [];
  for (const each of labelled) if (await isOwned(engine, each, name)) owned.push(each);
  const [first, ...others] = owned;
  if (!first)
    return { code: 'unknown_server', error: `no container of this project is ${server}, generation ${generation}` };
  const chosen = others.length === 0 ? first : owned.find((each) => each.names.includes(name));
  if (!chosen)
    return { code: 'ambiguous_server', error: `${owned.length} containers are ${server}, generation ${generation}` };
  const container = await engine.inspectContainer(chosen.id);
  return container
    ? { container }
    : { code: 'unknown_server', error: `the container of ${server} has just been removed` };
}

/** An image may carry our labels, and its containers inherit them: a generation that the image says is not our doing. */
async function isOwned(engine: BridgeEngine, container: ContainerSummary, name: string): Promise<boolean> {
  const image = await engine.inspectImage(container.imageId);
  const instance = container.labels[LABEL.instance];
  if (instance !== undefined && instance !== image?.Config?.Labels?.[LABEL.instance]) return false;
  // Without its image nobody can tell what was inherited; then the name, unique on an engine, has to agree.
  if (!image) return container.names.includes(name);
  return image.Config?.Labels?.[LABEL.generation] !== container.labels[LABEL.generation];
}
