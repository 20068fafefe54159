/** `image:` sources: found on the engine or pulled, and pinned by what names them best. */
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import type { ImageInspect } from '../model/inspect.js';
import { LABEL_PREFIX } from '../model/labels.js';
import type { Where } from './where.js';

/**
 * @returns the registry's digest (`repo@sha256:…`) where there is one, and the image's id on this engine.
 * @throws Failure `image_not_found`, `image_not_usable`.
 */
export async function pinImage(
  engine: Engine,
  declared: string,
  onLine: (line: string) => void,
  where: Where,
): Promise<{ digest: string | null; id: string; inspect: ImageInspect }> {
  const inspect = (await engine.inspectImage(declared)) ?? (await pulled(engine, declared, onLine, where));
  const { platform } = await engine.facts();
  const own = `${inspect.Os}/${inspect.Architecture}`;
  if (own !== platform) {
    fail(
      'image_not_usable',
      `${declared} is for ${own}; the engine runs ${platform}.`,
      'Name an image for that platform.',
      where,
    );
  }
  const label = Object.keys(inspect.Config?.Labels ?? {}).find((key) => key.startsWith(LABEL_PREFIX));
  if (label !== undefined) {
    fail(
      'image_not_usable',
      `${declared} carries the label ${label}, by which Toolcrib tells what it made itself.`,
      'Build the image without labels that begin with io.toolcrib.',
      where,
    );
  }
  return { digest: registryDigest(inspect, declared), id: inspect.Id, inspect };
}

async function pulled(
  engine: Engine,
  declared: string,
  onLine: (line: string) => void,
  where: Where,
): Promise<ImageInspect> {
  await engine.pullImage(declared, onLine).catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    fail(
      'image_not_found',
      `${declared} is not on the engine and cannot be pulled: ${words}`,
      'Check the name and tag, log in to its registry, or load it onto the engine with `docker load`.',
      where,
    );
  });
  const inspect = await engine.inspectImage(declared);
  if (inspect) return inspect;
  return fail(
    'image_not_found',
    `${declared} was pulled, yet the engine does not have it.`,
    'Pull it by hand and look.',
    where,
  );
}

/** Of several, the one whose repository is the declared one. */
export function registryDigest(inspect: ImageInspect, declared: string): string | null {
  const repository = repositoryOf(declared);
  return inspect.RepoDigests?.find((digest) => repositoryOf(digest) === repository) ?? null;
}

/** Without tag and digest, in the short form that engines print for Docker's own registry. */
function repositoryOf(reference: string): string {
  return reference
    .replace(/@sha256:[0-9a-f]+$/, '')
    .replace(/:[^/:]+$/, '')
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '');
}
