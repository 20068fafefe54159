/**
 * The bases of images: made from the host's own Node or Python on nothing at all (`FROM scratch`), so that everything
 * works where no image can be pulled; or a named image, pinned by digest.
 */
import type { RuntimeConfig } from '../config/config.js';
import { fail } from '../diagnostics/failure.js';
import type { LockedRuntime, RuntimeFacts, RuntimeKind } from '../model/lock.js';
import { askImage } from './ask-image.js';
import { digestOfEntries } from './context.js';
import type { HostRuntime } from './host-runtime.js';
import { pinImage } from './image.js';
import type { Maker } from './maker.js';
import { NODE } from './runtime-node.js';
import { PYTHON } from './runtime-python.js';
import type { RuntimeRecipe } from './runtime-recipe.js';

export function recipeOf(kind: RuntimeKind): RuntimeRecipe<RuntimeKind> {
  return kind === 'node' ? NODE : PYTHON;
}

/** Pins what `runtimes` declares. */
export async function pinRuntime(kind: RuntimeKind, declared: RuntimeConfig, maker: Maker): Promise<LockedRuntime> {
  const recipe = recipeOf(kind);
  const { engine, platform } = maker;
  if (declared.type === 'image') {
    const where = { address: `image.runtime-${kind}` };
    const reference = declared.reference ?? '';
    const { digest, id } = await pinImage(engine, reference, (line) => maker.onLine(line), where);
    return { type: 'image', declared: reference, digest, id, ...(await factsOf(recipe, reference, id, maker)) };
  }
  const host = await recipe.host(maker);
  refuseForeign(recipe, platform, host);
  const { entries, libc } = await recipe.files(host, maker);
  const digest = await digestOfEntries(entries);
  return { type: 'host', platforms: { [platform]: { digest, version: host.version, libc } } };
}

/** An image tells by itself which packages fit it: another libc takes other ones. */
async function factsOf(
  recipe: RuntimeRecipe<RuntimeKind>,
  reference: string,
  id: string,
  maker: Maker,
): Promise<RuntimeFacts> {
  const said = await askImage(maker, recipe.kind, id, recipe.question);
  try {
    const { version, libc } = JSON.parse(said.stdout) as Record<string, unknown>;
    if (typeof version === 'string' && typeof libc === 'string' && libc !== '') return { version, libc };
  } catch {
    // Told below, with what it said instead.
  }
  const words = (said.stderr || said.stdout).trim().split('\n').slice(-3).join('; ') || 'nothing';
  return fail(
    'runtime_unavailable',
    `${reference} is declared as the ${recipe.name} runtime, but \`${recipe.question[0]}\` in it does not say which one it is; it said: ${words}`,
    `Name an image with ${recipe.name} on its PATH, such as \`${recipe.image}\`.`,
    { address: `image.runtime-${recipe.kind}` },
  );
}

export function refuseForeign(
  { kind, name, image }: RuntimeRecipe<RuntimeKind>,
  enginePlatform: string,
  host: HostRuntime,
): void {
  if (enginePlatform === host.platform) return;
  fail(
    'runtime_unavailable',
    `\`runtimes: {${kind}: {host: true}}\` makes images of this machine's own ${name} (${host.platform}), but the engine runs ${enginePlatform}.`,
    `Name a base image instead, \`runtimes: {${kind}: {image: "${image}"}}\`, or run this on a machine like the engine.`,
  );
}

/** @returns what packages are chosen by on this platform. */
export function factsFor(locked: LockedRuntime | undefined, platform: string): RuntimeFacts {
  return (locked?.type === 'host' ? locked.platforms[platform] : locked) ?? {};
}
