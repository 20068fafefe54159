/** Locks one server: pin, image, sealed probe. */
import { serverSpec } from '../compile/server-spec.js';
import type { RuntimeConfig, ServerConfig } from '../config/config.js';
import { toolHashes } from '../definitions/hash.js';
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { probeServer } from '../lock/probe.js';
import { sealed } from '../lock/sealed.js';
import { LATEST_LEGACY } from '../mcp/versions.js';
import type { Envelope } from '../model/definitions.js';
import { engineName } from '../model/labels.js';
import type { Lock, LockedRuntime, LockedServer, RuntimeKind } from '../model/lock.js';
import { resolve } from '../plan/expected.js';
import { ensureRuntime, ensureServer } from '../sources/ensure.js';
import type { Ensured, EnsuredBases } from '../sources/ensure.js';
import type { Maker } from '../sources/maker.js';
import { baseImages, runtimeImage, serverImage } from '../sources/names.js';
import type { Bases } from '../sources/names.js';
import { pinSource } from '../sources/pin.js';
import { pinRuntime, recipeOf } from '../sources/runtime.js';
import type { Context, Loaded } from './context.js';
import { makerFor } from './images.js';
import { working } from './working.js';

/** Declared by the probe and by the proxy alike: nothing is offered to servers. */
export const ENVELOPE: Envelope = { protocolVersion: LATEST_LEGACY, capabilities: {} };

export interface Session {
  context: Context;
  loaded: Loaded;
  engine: Engine;
  maker: Maker;
  runtimes: Lock['runtimes'];
  bases: EnsuredBases;
  /** Their names. */
  named: Bases;
}

export async function beginLocking(context: Context, loaded: Loaded, engine: Engine): Promise<Session> {
  const { config } = loaded;
  const project = { name: config.project.name, id: config.project.id };
  const { platform } = await engine.facts();
  const node = await lockRuntime('node', config.project.runtimes.node, context, loaded, { engine, project, platform });
  const declared = config.project.runtimes.python;
  const python = declared && (await lockRuntime('python', declared, context, loaded, { engine, project, platform }));
  const runtimes = { node: node.locked, ...(python ? { python: python.locked } : {}) };
  return {
    context,
    loaded,
    engine,
    maker: makerFor(context, engine, project, platform, () => undefined),
    runtimes,
    bases: { node: node.base, ...(python ? { python: python.base } : {}) },
    named: baseImages(project, runtimes, platform),
  };
}

async function lockRuntime(
  kind: RuntimeKind,
  declared: RuntimeConfig,
  context: Context,
  { lock }: Loaded,
  { engine, project, platform }: Pick<Maker, 'engine' | 'project' | 'platform'>,
): Promise<{ locked: LockedRuntime; base: Ensured }> {
  const id = `image.runtime-${kind}`;
  const onLine = (text: string): void => context.host.notify({ id, state: 'detail', text: `${id}: ${text}` });
  const maker = makerFor(context, engine, project, platform, onLine);
  return working(context, id, `${id}: pinning the ${recipeOf(kind).name} runtime`, async () => {
    const locked = withOtherPlatforms(await pinRuntime(kind, declared, maker), lock?.runtimes[kind]);
    const image = runtimeImage(kind, project, { [kind]: locked }, platform);
    return { locked, base: await ensureRuntime(kind, maker, image, locked) };
  });
}

/** Locking on one platform leaves what another machine pinned for its own. */
function withOtherPlatforms(pinned: LockedRuntime, before: LockedRuntime | undefined): LockedRuntime {
  if (pinned.type !== 'host' || before?.type !== 'host') return pinned;
  return { type: 'host', platforms: { ...before.platforms, ...pinned.platforms } };
}

export async function lockServer(
  server: ServerConfig,
  before: LockedServer | undefined,
  session: Session,
): Promise<LockedServer> {
  const { context, loaded, engine, runtimes, bases, named } = session;
  const address = `server.${server.name}`;
  const id = `${address}/image`;
  const onLine = (text: string): void => context.host.notify({ id, state: 'detail', text: `${address}: ${text}` });
  const maker: Maker = { ...session.maker, onLine };
  const where = { address, range: loaded.config.locate(server.at, 'key') };
  const pinned = await working(context, `${address}/pin`, `${address}: pinning ${server.source.declared}`, () =>
    pinSource(server.source, before, runtimes, maker, where),
  );
  const image = serverImage(maker.project, server.name, { source: pinned.source }, named, maker.platform);
  const made = await working(context, id, `${address}: making sure the image is there`, () =>
    ensureServer(maker, image, server, pinned, runtimes, bases),
  );
  const inspect = await engine.inspectImage(made.id);
  if (!inspect)
    return fail('image_not_found', `${made.reference} vanished from the engine.`, 'Run `toolcrib lock` again.', where);
  const spec = sealed(resolve(serverSpec(loaded.config, server, image), inspect));
  const nonce = context.now().getTime().toString(36);
  const definitions = await working(
    context,
    `${address}/probe`,
    `${address}: reading its definitions, sealed off`,
    () =>
      probeServer(engine, spec, engineName.probe(maker.project.name, server.name, nonce), {
        address,
        clientInfo: { name: 'toolcrib', version: context.version },
        envelope: ENVELOPE,
        signal: context.signal,
        timeoutSeconds: context.timeoutSeconds,
        range: where.range,
      }),
  );
  return { source: pinned.source, tree: pinned.tree, definitions, hashes: toolHashes(definitions) };
}
