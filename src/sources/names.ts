/**
 * Which image a pinned source makes, known without installing or building anything: the reference holds a hash of
 * everything that goes in. Plan asks only this; apply builds only what is not there under that name.
 */
import { digestOf } from '../definitions/hash.js';
import { fail } from '../diagnostics/failure.js';
import { engineName } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Digest, Lock, LockedRuntime, LockedServer, LockedSource, RuntimeKind } from '../model/lock.js';
import type { DesiredImage } from '../model/state.js';
import { recipeOf } from './runtime.js';

/** Raised when the way images are made changes, so that they are made anew. */
const RECIPE = 1;

/** A desired image, and for those that Toolcrib builds the hash of what goes in. */
export type NamedImage = DesiredImage & { inputs: Digest | null };

/** What images are built on; Python only where a server needs it. */
export type Bases = { node: NamedImage } & Partial<Record<RuntimeKind, NamedImage>>;

export function runtimeImage(
  kind: RuntimeKind,
  project: ProjectIdentity,
  runtimes: Lock['runtimes'],
  platform: string,
): NamedImage {
  const runtime = requireRuntime(kind, runtimes);
  const what = `runtime-${kind}`;
  const address = `image.${what}` as const;
  if (runtime.type === 'host') {
    const pinned = runtime.platforms[platform] ?? missingPlatform(kind, runtime, platform);
    const inputs = digestOf({ recipe: RECIPE, kind: what, files: pinned.digest, platform });
    return built(project, address, what, inputs);
  }
  if (runtime.digest !== null) return { address, reference: runtime.digest, how: 'pull', id: null, inputs: null };
  return { address, reference: runtime.id, how: 'present', id: runtime.id, inputs: null };
}

/** Of every runtime that is locked. */
export function baseImages(project: ProjectIdentity, runtimes: Lock['runtimes'], platform: string): Bases {
  const node = runtimeImage('node', project, runtimes, platform);
  return runtimes.python ? { node, python: runtimeImage('python', project, runtimes, platform) } : { node };
}

export function serverImage(
  project: ProjectIdentity,
  server: string,
  locked: Pick<LockedServer, 'source'>,
  bases: Bases,
  platform: string,
): NamedImage {
  const { source } = locked;
  const address = `image.${server}` as const;
  const what = `server-${server}`;
  const base = inputsOf(bases.node);
  switch (source.type) {
    case 'npm': {
      const { tree, allowScripts } = source;
      const inputs = digestOf({
        recipe: RECIPE,
        kind: 'npm',
        package: source.package,
        tree,
        allowScripts,
        base,
        platform,
      });
      return built(project, address, what, inputs);
    }
    case 'pypi': {
      const wheels = source.wheels[platform] ?? missingWheels(server, source, platform);
      const python = bases.python ?? missingRuntime('python');
      const { package: name } = source;
      const inputs = { recipe: RECIPE, kind: 'pypi', package: name, wheels, base: inputsOf(python), platform };
      return built(project, address, what, digestOf(inputs));
    }
    case 'build': {
      const { context, network } = source;
      return built(
        project,
        address,
        what,
        digestOf({ recipe: RECIPE, kind: 'build', context, network, base, platform }),
      );
    }
    case 'image':
      if (source.digest !== null) return { address, reference: source.digest, how: 'pull', id: null, inputs: null };
      return { address, reference: source.id, how: 'present', id: source.id, inputs: null };
    case 'remote':
      throw new Error(`${server} is remote: there is no image of it`);
  }
}

function inputsOf(base: NamedImage): string {
  return base.inputs ?? base.reference;
}

/** The image of proxy, bridge, control and the apply lock: this package's own role files on the Node runtime. */
export function systemImage(project: ProjectIdentity, roleDigest: string, runtime: NamedImage): NamedImage {
  const inputs = digestOf({ recipe: RECIPE, kind: 'system', role: roleDigest, base: inputsOf(runtime) });
  return built(project, 'image.system', 'system', inputs);
}

function built(project: ProjectIdentity, address: DesiredImage['address'], what: string, inputs: Digest): NamedImage {
  return { address, reference: engineName.image(project.name, what, inputs), how: 'build', id: null, inputs };
}

function requireRuntime(kind: RuntimeKind, runtimes: Lock['runtimes']): LockedRuntime {
  return runtimes[kind] ?? missingRuntime(kind);
}

function missingRuntime(kind: RuntimeKind): never {
  const what = kind === 'node' ? 'Node runtime, and the proxy needs one' : 'Python runtime, and a server needs one';
  return fail('lock_stale', `The lock pins no ${what}.`, 'Run `toolcrib lock`.');
}

function missingPlatform(
  kind: RuntimeKind,
  runtime: Extract<LockedRuntime, { type: 'host' }>,
  platform: string,
): never {
  const { name, image } = recipeOf(kind);
  return fail(
    'lock_stale',
    `The lock pins this project's ${name} runtime for ${Object.keys(runtime.platforms).join(', ')}; the engine runs ${platform}.`,
    `Run \`toolcrib lock\` on a machine like the engine, or name a base image: \`runtimes: {${kind}: {image: "${image}"}}\`.`,
  );
}

function missingWheels(server: string, source: Extract<LockedSource, { type: 'pypi' }>, platform: string): never {
  return fail(
    'lock_stale',
    `The lock pins ${source.declared} for ${Object.keys(source.wheels).join(', ')}; the engine runs ${platform}.`,
    `Run \`toolcrib lock ${server}\` against this engine; it adds what fits, and keeps the rest.`,
    { address: `server.${server}` },
  );
}
