/** Makes sure that named images are on the engine: found, pulled, or built from pinned inputs. */
import type { ServerConfig } from '../config/config.js';
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import type { ProjectIdentity } from '../model/labels.js';
import { LABEL } from '../model/labels.js';
import type { LockedRuntime, LockedServer } from '../model/lock.js';
import { buildEntries, digestOfBuild, dockerfileOf } from './build-folder.js';
import type { BuildSource } from './build-folder.js';
import { digestOfEntries, tarOf } from './context.js';
import type { ContextEntry } from './context.js';
import { INSTALL_SECONDS } from './npm-client.js';
import { npmEntries } from './npm-image.js';
import type { NamedImage } from './names.js';
import type { NpmTree } from './npm-tree.js';
import { refuseWithoutEntry } from './npm-tree.js';
import { hostNodeEntries, refuseForeign, RUNTIME_DOCKERFILE } from './runtime-node.js';
import type { HostNode } from './runtime-node.js';
import { systemEntries } from './system.js';

export interface Ensured {
  reference: string;
  id: string;
  built: boolean;
}

export interface Maker {
  engine: Engine;
  project: ProjectIdentity;
  host: HostNode;
  /** Of the engine: `linux/amd64`. */
  platform: string;
  onLine(line: string): void;
}

/** What the engine has under that name; null: nothing, or something else. */
export async function presentImage(engine: Engine, image: NamedImage): Promise<Ensured | null> {
  const found = await engine.inspectImage(image.reference);
  if (!found) return null;
  if (image.inputs !== null && found.Config?.Labels?.[LABEL.inputs] !== image.inputs) return null;
  return { reference: image.reference, id: found.Id, built: false };
}

export async function ensureRuntime(maker: Maker, image: NamedImage, locked: LockedRuntime): Promise<Ensured> {
  const present = await presentImage(maker.engine, image);
  if (present) return present;
  if (locked.type === 'image') return pullOrRefuse(maker, image, locked.declared);
  refuseForeign(maker.platform, maker.host);
  const entries = await hostNodeEntries(maker.host);
  await refuseOtherNode(entries, locked, maker);
  return build(maker, image, [dockerfile(RUNTIME_DOCKERFILE), ...entries]);
}

/** Another Node than the locked one is said plainly, never silently taken. */
async function refuseOtherNode(
  entries: ContextEntry[],
  locked: Extract<LockedRuntime, { type: 'host' }>,
  { platform, host }: Maker,
): Promise<void> {
  const pinned = locked.platforms[platform];
  if (pinned?.digest === (await digestOfEntries(entries))) return;
  fail(
    'runtime_unavailable',
    `The lock pins Node ${pinned?.version ?? '(none)'} for ${platform}, which the engine does not have yet, and this machine has another: ${host.version} at ${host.path}, or other libraries.`,
    'Run `toolcrib lock` to pin this one, and commit it; or apply from a machine with the locked Node.',
  );
}

export async function ensureServer(
  maker: Maker,
  image: NamedImage,
  server: ServerConfig,
  locked: Pick<LockedServer, 'source' | 'tree'>,
  runtime: Ensured,
): Promise<Ensured> {
  const { source } = locked;
  const where = { address: `server.${server.name}` };
  const tree = locked.tree as NpmTree;
  if (source.type === 'npm' && server.command === null) refuseWithoutEntry(tree, source.package, where);
  const present = await presentImage(maker.engine, image);
  if (present) return present;
  if (source.type === 'image') return pullOrRefuse(maker, image, source.declared);
  if (source.type === 'npm') {
    maker.onLine(
      `installing ${Object.keys(tree.packages).length - 1} packages of ${source.declared} (at most ${INSTALL_SECONDS} s)`,
    );
    return npmEntries(source, tree, maker.platform, runtime.id, where, (entries) => build(maker, image, entries));
  }
  if (server.source.type !== 'build' || source.type !== 'build')
    throw new Error(`the lock of ${server.name} is of another source`);
  const entries = await buildEntries(server.source, where);
  await refuseOtherFiles(server.source, entries, source.context, where);
  return build(maker, image, entries, {
    network: source.network,
    dockerfile: dockerfileOf(server.source),
    buildArgs: { TOOLCRIB_RUNTIME_NODE: runtime.id },
  });
}

/** The image's name promises these files and no others. */
async function refuseOtherFiles(
  source: BuildSource,
  entries: ContextEntry[],
  pinned: string,
  where: { address: string },
): Promise<void> {
  if ((await digestOfBuild(source, entries)) === pinned) return;
  fail(
    'lock_stale',
    `The files in ${source.declared} are not those that were locked.`,
    'Run `toolcrib lock`, review what it says, and commit it.',
    where,
  );
}

export async function ensureSystem(
  maker: Maker,
  image: NamedImage,
  distribution: string,
  runtime: Ensured,
): Promise<Ensured> {
  const present = await presentImage(maker.engine, image);
  return present ?? build(maker, image, await systemEntries(distribution, runtime.id));
}

async function pullOrRefuse(maker: Maker, image: NamedImage, declared: string): Promise<Ensured> {
  let why = '';
  if (image.how === 'pull') {
    const refused = (error: unknown): void =>
      void (why = `: ${error instanceof Error ? error.message : String(error)}`);
    await maker.engine.pullImage(image.reference, (line) => maker.onLine(line)).catch(refused);
  }
  const found = await maker.engine.inspectImage(image.reference);
  if (found) return { reference: image.reference, id: found.Id, built: false };
  return fail(
    'image_not_found',
    `${declared} was locked as ${image.reference}, which this engine does not have${image.how === 'pull' ? ` and cannot pull${why}` : ''}.`,
    image.how === 'pull'
      ? 'Log in to its registry, or load it onto this engine with `docker load`; `toolcrib lock` pins what the tag means now.'
      : 'Load it onto this engine with `docker load`; or push it to a registry and run `toolcrib lock` again.',
    { address: image.address },
  );
}

interface BuildOptions {
  network?: boolean;
  dockerfile?: string;
  buildArgs?: Record<string, string>;
}

async function build(
  maker: Maker,
  image: NamedImage,
  entries: ContextEntry[],
  { network = false, ...options }: BuildOptions = {},
): Promise<Ensured> {
  const { engine, project } = maker;
  const onLine = (line: string): void => maker.onLine(line);
  const labels = {
    [LABEL.project]: project.name,
    [LABEL.projectId]: project.id,
    [LABEL.address]: image.address,
    [LABEL.inputs]: image.inputs ?? '',
  };
  const id = await engine.buildImage(tarOf(entries), { tag: image.reference, labels, network, onLine, ...options });
  const found = await engine.inspectImage(image.reference);
  return { reference: image.reference, id: found?.Id ?? id, built: true };
}

function dockerfile(text: string): ContextEntry {
  return { path: 'Dockerfile', type: 'text', text, executable: false };
}
