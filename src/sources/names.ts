/**
 * Which image a pinned source makes, known without installing or building anything: the reference holds a hash of
 * everything that goes in. Plan asks only this; apply builds only what is not there under that name.
 */
import { digestOf } from '../definitions/hash.js';
import { fail } from '../diagnostics/failure.js';
import { engineName } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Digest, Lock, LockedRuntime, LockedServer } from '../model/lock.js';
import type { DesiredImage } from '../model/state.js';

/** Raised when the way images are made changes, so that they are made anew. */
const RECIPE = 1;

/** A desired image, and for those that Toolcrib builds the hash of what goes in. */
export type NamedImage = DesiredImage & { inputs: Digest | null };

export function runtimeImage(project: ProjectIdentity, runtimes: Lock['runtimes'], platform: string): NamedImage {
  const runtime = requireRuntime(runtimes);
  const address = 'image.runtime-node';
  if (runtime.type === 'host') {
    const pinned = runtime.platforms[platform] ?? missingPlatform(runtime, platform);
    const inputs = digestOf({ recipe: RECIPE, kind: 'runtime-node', files: pinned.digest, platform });
    return built(project, address, 'runtime-node', inputs);
  }
  if (runtime.digest !== null) return { address, reference: runtime.digest, how: 'pull', id: null, inputs: null };
  return { address, reference: runtime.id, how: 'present', id: runtime.id, inputs: null };
}

export function serverImage(
  project: ProjectIdentity,
  server: string,
  locked: Pick<LockedServer, 'source'>,
  runtime: NamedImage,
  platform: string,
): NamedImage {
  const { source } = locked;
  const address = `image.${server}` as const;
  const base = runtime.inputs ?? runtime.reference;
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
      return built(project, address, `server-${server}`, inputs);
    }
    case 'build': {
      const { context, network } = source;
      return built(
        project,
        address,
        `server-${server}`,
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

/** The image of proxy, bridge, control and the apply lock: this package's own role files on the Node runtime. */
export function systemImage(project: ProjectIdentity, roleDigest: string, runtime: NamedImage): NamedImage {
  const base = runtime.inputs ?? runtime.reference;
  return built(project, 'image.system', 'system', digestOf({ recipe: RECIPE, kind: 'system', role: roleDigest, base }));
}

function built(project: ProjectIdentity, address: DesiredImage['address'], what: string, inputs: Digest): NamedImage {
  return { address, reference: engineName.image(project.name, what, inputs), how: 'build', id: null, inputs };
}

function requireRuntime(runtimes: Lock['runtimes']): LockedRuntime {
  return (
    runtimes.node ??
    fail('lock_stale', 'The lock pins no Node runtime, and the proxy needs one.', 'Run `toolcrib lock`.')
  );
}

function missingPlatform(runtime: Extract<LockedRuntime, { type: 'host' }>, platform: string): never {
  return fail(
    'lock_stale',
    `The lock pins this project's Node runtime for ${Object.keys(runtime.platforms).join(', ')}; the engine runs ${platform}.`,
    'Run `toolcrib lock` on a machine like the engine, or name a base image: `runtimes: {node: {image: "node:22-slim"}}`.',
  );
}
