/** Brings one image of the project onto the engine: what apply asks for by address. */
import type { Engine } from '../engine/engine.js';
import { nameOf } from '../model/address.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { LockedRuntime, RuntimeKind } from '../model/lock.js';
import { ensureRuntime, ensureServer, ensureSystem, presentImage } from '../sources/ensure.js';
import type { Ensured } from '../sources/ensure.js';
import type { Maker } from '../sources/maker.js';
import type { NamedImage } from '../sources/names.js';
import { hostPython } from '../sources/host-python.js';
import type { HostPython } from '../sources/host-python.js';
import type { Context } from './context.js';
import type { Declared } from './declare.js';

export async function ensureImage(
  engine: Engine,
  declared: Declared,
  context: Context,
  address: `image.${string}`,
  onLine: (line: string) => void = () => undefined,
): Promise<Ensured> {
  const image = declared.images.get(address);
  if (!image) throw new Error(`nothing declares ${address}`);
  const maker = makerFor(context, engine, declared.desired.project, (await engine.facts()).platform, onLine);
  const present = await presentImage(maker, image);
  if (present) return present;
  const { runtimes } = declared.lock;
  const base = async (kind: RuntimeKind): Promise<Ensured> =>
    ensureRuntime(kind, maker, declared.bases[kind] as NamedImage, runtimes[kind] as LockedRuntime);
  if (address === 'image.runtime-python') return base('python');
  const node = await base('node');
  if (address === declared.bases.node.address) return node;
  if (address === 'image.system') return ensureSystem(maker, image, context.distribution, node);
  const server = declared.config.servers.find((each) => each.name === nameOf(address));
  const locked = declared.lock.servers[nameOf(address)];
  if (!server || !locked) throw new Error(`nothing declares ${address}`);
  const bases = locked.source.type === 'pypi' ? { node, python: await base('python') } : { node };
  return ensureServer(maker, image, server, locked, runtimes, bases);
}

/** Whoever makes images asks this machine's Python at most once. */
export function makerFor(
  context: Context,
  engine: Engine,
  project: ProjectIdentity,
  platform: string,
  onLine: (line: string) => void,
): Maker {
  let asked: Promise<HostPython> | null = null;
  return { engine, project, host: context.node, python: () => (asked ??= hostPython()), platform, onLine };
}
