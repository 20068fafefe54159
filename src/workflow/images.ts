/** Brings one image of the project onto the engine: what apply asks for by address. */
import type { Engine } from '../engine/engine.js';
import { nameOf } from '../model/address.js';
import type { LockedRuntime } from '../model/lock.js';
import { ensureRuntime, ensureServer, ensureSystem, presentImage } from '../sources/ensure.js';
import type { Ensured, Maker } from '../sources/ensure.js';
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
  const maker: Maker = {
    engine,
    project: declared.desired.project,
    host: context.node,
    platform: (await engine.facts()).platform,
    onLine,
  };
  const present = await presentImage(engine, image);
  if (present) return present;
  const runtime = await ensureRuntime(maker, declared.runtime, declared.lock.runtimes.node as LockedRuntime);
  if (address === declared.runtime.address) return runtime;
  if (address === 'image.system') return ensureSystem(maker, image, context.distribution, runtime);
  const server = declared.config.servers.find((each) => each.name === nameOf(address));
  const locked = declared.lock.servers[nameOf(address)];
  if (!server || !locked) throw new Error(`nothing declares ${address}`);
  return ensureServer(maker, image, server, locked, runtime);
}
