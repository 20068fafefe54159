/** Locks one server: pin, image, sealed probe. */
import { serverSpec } from '../compile/server-spec.js';
import type { ServerConfig } from '../config/config.js';
import { toolHashes } from '../definitions/hash.js';
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { probeServer } from '../lock/probe.js';
import { sealed } from '../lock/sealed.js';
import { LATEST_LEGACY } from '../mcp/versions.js';
import type { Envelope } from '../model/definitions.js';
import { engineName } from '../model/labels.js';
import type { LockedRuntime, LockedServer } from '../model/lock.js';
import { resolve } from '../plan/expected.js';
import { ensureRuntime, ensureServer } from '../sources/ensure.js';
import type { Ensured, Maker } from '../sources/ensure.js';
import { runtimeImage, serverImage } from '../sources/names.js';
import { pinSource } from '../sources/pin.js';
import { pinRuntime } from '../sources/runtime-node.js';
import type { Context, Loaded } from './context.js';
import { working } from './working.js';

/** Declared by the probe and by the proxy alike: nothing is offered to servers. */
export const ENVELOPE: Envelope = { protocolVersion: LATEST_LEGACY, capabilities: {} };

export interface Session {
  context: Context;
  loaded: Loaded;
  engine: Engine;
  maker: Maker;
  runtime: LockedRuntime;
  base: Ensured;
}

export async function beginLocking(context: Context, loaded: Loaded, engine: Engine): Promise<Session> {
  const { config } = loaded;
  const project = { name: config.project.name, id: config.project.id };
  const { platform } = await engine.facts();
  const id = 'image.runtime-node';
  const onLine = (text: string): void => context.host.notify({ id, state: 'detail', text: `${id}: ${text}` });
  const maker: Maker = { engine, project, host: context.node, platform, onLine };
  return working(context, id, `${id}: pinning the Node runtime`, async () => {
    const pinned = await pinRuntime(config.project.runtimes.node, engine, context.node, onLine);
    const runtime = withOtherPlatforms(pinned, loaded.lock?.runtimes.node);
    const base = await ensureRuntime(maker, runtimeImage(project, { node: runtime }, platform), runtime);
    return { context, loaded, engine, maker, runtime, base };
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
  const { context, loaded, engine, maker, runtime, base } = session;
  const address = `server.${server.name}`;
  const where = { address, range: loaded.config.locate(server.at, 'key') };
  const pinned = await working(context, `${address}/pin`, `${address}: pinning ${server.source.declared}`, () =>
    pinSource(server.source, before, maker, where),
  );
  const image = serverImage(
    maker.project,
    server.name,
    { source: pinned.source },
    runtimeImage(maker.project, { node: runtime }, maker.platform),
    maker.platform,
  );
  const made = await working(context, `${address}/image`, `${address}: making sure the image is there`, () =>
    ensureServer(maker, image, server, pinned, base),
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
