/** Makes sure that named images are on the engine: found, pulled, or built from pinned inputs. */
import type { ServerConfig } from '../config/config.js';
import { fail } from '../diagnostics/failure.js';
import { LABEL } from '../model/labels.js';
import type { Lock, LockedRuntime, LockedServer, RuntimeFacts, RuntimeKind } from '../model/lock.js';
import { archived } from './archive.js';
import { buildEntries, digestOfBuild, dockerfileOf } from './build-folder.js';
import type { BuildSource } from './build-folder.js';
import { digestOfEntries, tarOf } from './context.js';
import type { ContextEntry } from './context.js';
import { INSTALL_SECONDS as NPM_SECONDS } from './npm-client.js';
import { npmEntries } from './npm-image.js';
import type { HostRuntime } from './host-runtime.js';
import type { Maker } from './maker.js';
import type { NamedImage } from './names.js';
import type { LockedNpm } from './npm.js';
import type { NpmTree } from './npm-tree.js';
import { refuseWithoutEntry } from './npm-tree.js';
import type { LockedPypi } from './pypi.js';
import { NO_PROGRAM, pypiEntries } from './pypi-image.js';
import type { PypiTree } from './pypi-tree.js';
import { INSTALL_SECONDS as PIP_SECONDS } from './pip-client.js';
import { targetOf } from './python-target.js';
import { factsFor, recipeOf, refuseForeign } from './runtime.js';
import type { RuntimeRecipe } from './runtime-recipe.js';
import { systemEntries } from './system.js';
import { inThrowawayFolder } from './throwaway.js';

export interface Ensured {
  reference: string;
  id: string;
  built: boolean;
}

/** What the engine has under that name, or had until somebody took it away: it gets it back. null: nothing, or something else. */
export async function presentImage(
  { engine, project }: Pick<Maker, 'engine' | 'project'>,
  image: NamedImage,
): Promise<Ensured | null> {
  const { reference, inputs } = image;
  const found = await engine.inspectImage(reference);
  const made = { reference, built: false };
  if (found && (inputs === null || found.Config?.Labels?.[LABEL.inputs] === inputs)) return { ...made, id: found.Id };
  if (inputs === null) return null;
  const labels = Object.entries(labelsOf(image, project)).map((label) => label.join('='));
  // One that was derived from it has its labels, and a name of somebody else's.
  const nameless = (await engine.listImages(labels)).filter(({ tags }) => tags.length === 0 || tags.some(isOwn));
  const [only, ...others] = nameless;
  if (!only || others.length > 0) return null;
  const at = reference.lastIndexOf(':');
  await engine.tagImage(only.id, reference.slice(0, at), reference.slice(at + 1));
  return { ...made, id: only.id };
}

function isOwn(tag: string): boolean {
  return tag.startsWith('toolcrib/');
}

function labelsOf({ address, inputs }: NamedImage, { name, id }: Maker['project']): Record<string, string> {
  return {
    [LABEL.project]: name,
    [LABEL.projectId]: id,
    [LABEL.address]: address,
    [LABEL.inputs]: inputs ?? '',
  };
}

export async function ensureRuntime(
  kind: RuntimeKind,
  maker: Maker,
  image: NamedImage,
  locked: LockedRuntime,
): Promise<Ensured> {
  const present = await presentImage(maker, image);
  if (present) return present;
  if (locked.type === 'image') return pullOrRefuse(maker, image, locked.declared);
  const recipe = recipeOf(kind);
  const host = await recipe.host(maker);
  refuseForeign(recipe, maker.platform, host);
  const { entries } = await recipe.files(host, maker);
  await refuseOtherRuntime(recipe, host, entries, locked, maker);
  return inThrowawayFolder(async (folder) => {
    const files = [...entries, ...((await recipe.derived?.(host, folder, entries)) ?? [])];
    if (!recipe.dockerfile.includes('root.tar')) return build(maker, image, [dockerfile(recipe.dockerfile), ...files]);
    const root = await archived(folder, 'root.tar', files.map(belowRoot));
    return build(maker, image, [dockerfile(recipe.dockerfile), root]);
  });
}

function belowRoot(entry: ContextEntry): ContextEntry {
  return { ...entry, path: entry.path.replace(/^root\//, '') };
}

/** Another runtime than the locked one is said plainly, never silently taken. */
async function refuseOtherRuntime(
  { name }: RuntimeRecipe<RuntimeKind>,
  host: HostRuntime,
  entries: ContextEntry[],
  locked: Extract<LockedRuntime, { type: 'host' }>,
  { platform }: Maker,
): Promise<void> {
  const pinned = locked.platforms[platform];
  if (pinned?.digest === (await digestOfEntries(entries))) return;
  fail(
    'runtime_unavailable',
    `The lock pins ${name} ${pinned?.version ?? '(none)'} for ${platform}, which the engine does not have yet, and this machine has another: ${host.version} at ${host.path}, or other libraries.`,
    `Run \`toolcrib lock\` to pin this one, and commit it; or apply from a machine with the locked ${name}.`,
  );
}

/** What servers are built on, present on the engine. */
export type EnsuredBases = { node: Ensured } & Partial<Record<RuntimeKind, Ensured>>;

export async function ensureServer(
  maker: Maker,
  image: NamedImage,
  server: ServerConfig,
  locked: Pick<LockedServer, 'source' | 'tree'>,
  runtimes: Lock['runtimes'],
  bases: EnsuredBases,
): Promise<Ensured> {
  const { source } = locked;
  const where = { address: `server.${server.name}` };
  if (source.type === 'npm' && server.command === null)
    refuseWithoutEntry(locked.tree as NpmTree, source.package, where);
  const present = await presentImage(maker, image);
  const ensured = present ?? (await make(maker, image, server, locked, runtimes, bases));
  if (source.type === 'pypi' && server.command === null) await refuseWithoutScript(maker, ensured, source, where);
  return ensured;
}

async function make(
  maker: Maker,
  image: NamedImage,
  server: ServerConfig,
  { source, tree }: Pick<LockedServer, 'source' | 'tree'>,
  runtimes: Lock['runtimes'],
  bases: EnsuredBases,
): Promise<Ensured> {
  const where = { address: `server.${server.name}` };
  const { platform } = maker;
  switch (source.type) {
    case 'image':
      return pullOrRefuse(maker, image, source.declared);
    case 'npm': {
      const facts = factsFor(runtimes.node, platform);
      refuseScriptsElsewhere(source, facts, maker, where);
      const target = { platform, libc: facts.libc };
      telling(maker, Object.keys((tree as NpmTree).packages).length - 1, source.declared, NPM_SECONDS);
      return npmEntries(source, tree as NpmTree, target, bases.node.id, where, (entries) =>
        build(maker, image, entries),
      );
    }
    case 'pypi': {
      const pinned = (tree as PypiTree)[platform];
      if (!pinned || !bases.python) throw new Error(`the lock of ${server.name} is of another platform`);
      telling(maker, pinned.wheels.length, source.declared, PIP_SECONDS);
      const target = targetOf(runtimes.python, platform, where);
      const ownRuntime = runtimes.python?.type === 'host';
      return pypiEntries({ source, pinned, target, base: bases.python.id, ownRuntime }, maker, where, (entries) =>
        build(maker, image, entries),
      );
    }
    case 'build': {
      if (server.source.type !== 'build') throw new Error(`the lock of ${server.name} is of another source`);
      const entries = await buildEntries(server.source, where);
      await refuseOtherFiles(server.source, entries, source.context, where);
      return build(maker, image, entries, {
        network: source.network,
        dockerfile: dockerfileOf(server.source),
        buildArgs: { TOOLCRIB_RUNTIME_NODE: bases.node.id },
      });
    }
    case 'remote':
      throw new Error(`${server.name} is remote: there is no image of it`);
  }
}

/** Install scripts run on this machine, and what they build or fetch is for this machine's platform and Node. */
function refuseScriptsElsewhere(
  { declared, allowScripts }: LockedNpm,
  { version }: RuntimeFacts,
  { platform, host }: Maker,
  where: { address: string },
): void {
  const major = (each: string): string => each.replace(/^v/, '').split('.')[0] ?? '';
  const sameNode = version === undefined || major(version) === major(host.version);
  if (allowScripts.length === 0 || (host.platform === platform && sameNode)) return;
  fail(
    'package_install_failed',
    `${declared} lets install scripts run (${allowScripts.join(', ')}), and here they would build for ${host.platform} and Node ${host.version}; the server runs on ${platform}${version ? ` and Node ${version}` : ''}.`,
    'Run this on a machine like the engine, with that Node; or build an image of your own with `build:`.',
    where,
  );
}

function telling(maker: Maker, packages: number, declared: string, seconds: number): void {
  maker.onLine(`installing ${packages} packages of ${declared} (at most ${seconds} s)`);
}

/** What a wheel starts is known when it is installed; the image has it. */
async function refuseWithoutScript(
  { engine }: Maker,
  { id }: Ensured,
  source: LockedPypi,
  where: { address: string },
): Promise<void> {
  const entrypoint = (await engine.inspectImage(id))?.Config?.Entrypoint ?? [];
  if (entrypoint.join() !== NO_PROGRAM.join()) return;
  fail(
    'package_install_failed',
    `${source.package} has no program to start: no console script of its own name or alone, and no module \`${source.package.replaceAll('-', '_')}\` that runs.`,
    'Say what to run: `command: [python3, -m, MODULE]`.',
    where,
  );
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
  const present = await presentImage(maker, image);
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
  const labels = labelsOf(image, project);
  // Two applies may build at once, before either has the lock: what the first made is what containers are made from.
  const meanwhile = async (): Promise<string | null> => {
    const made = await engine.inspectImage(image.reference);
    return made?.Config?.Labels?.[LABEL.inputs] === image.inputs ? made.Id : null;
  };
  const tag = image.reference;
  const id = await engine.buildImage(tarOf(entries), { tag, labels, network, onLine, meanwhile, ...options });
  const found = await engine.inspectImage(image.reference);
  return { reference: image.reference, id: found?.Id ?? id, built: true };
}

function dockerfile(text: string): ContextEntry {
  return { path: 'Dockerfile', type: 'text', text, executable: false };
}
