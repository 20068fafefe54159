/** Locks one server: pin, image, sealed probe. */
import { serverSpec } from '../compile/server-spec.js';
import { askSpec } from '../compile/system-specs.js';
import type { RuntimeConfig, ServerConfig } from '../config/config.js';
import { toolHashes } from '../definitions/hash.js';
import type { Code } from '../diagnostics/codes.js';
import type { Range } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { interrupted, probeServer, refuseAmbiguous, SECONDS } from '../lock/probe.js';
import type { ProbeOptions } from '../lock/probe.js';
import { probeHttpServer } from '../lock/probe-http.js';
import { sealed } from '../lock/sealed.js';
import { LATEST_LEGACY } from '../mcp/versions.js';
import type { ResolvedContainer } from '../model/container.js';
import type { Envelope, ServerDefinitions } from '../model/definitions.js';
import { engineName } from '../model/labels.js';
import type { RemoteTransport } from '../model/transport.js';
import type { Lock, LockedRuntime, LockedServer, RuntimeKind } from '../model/lock.js';
import { resolve } from '../plan/fields/expected.js';
import { ensureRuntime, ensureServer, ensureSystem } from '../sources/ensure.js';
import type { Ensured, EnsuredBases } from '../sources/ensure.js';
import type { Maker } from '../sources/maker.js';
import { baseImages, runtimeImage, serverImage, systemImage } from '../sources/names.js';
import type { Bases } from '../sources/names.js';
import { pinSource } from '../sources/pin.js';
import { pinRuntime, recipeOf } from '../sources/runtime.js';
import { remoteTarget } from '../wire/remote-target.js';
import type { Context, Loaded } from './context.js';
import { roleDigest } from './distribution.js';
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
  if (server.transport.type === 'remote') return lockRemote(server, server.transport, session);
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
  const probing: ProbeOptions = { address, ...probeOptions(context), range: where.range };
  const definitions = await working(
    context,
    `${address}/probe`,
    `${address}: reading its definitions, sealed off`,
    () => probe(server, spec, probing, { ...session, maker }),
  );
  return { source: pinned.source, tree: pinned.tree, definitions, hashes: toolHashes(definitions) };
}

async function probe(
  { name, transport }: ServerConfig,
  spec: ResolvedContainer,
  options: ProbeOptions,
  { context, engine, maker, named, bases }: Session,
): Promise<ServerDefinitions> {
  const nonce = context.now().getTime().toString(36);
  const probeName = (what: string): string => engineName.probe(maker.project.name, name, `${nonce}${what}`);
  if (transport.type !== 'http') return probeServer(engine, spec, probeName(''), options);
  const system = systemImage(maker.project, roleDigest(context.distribution), named.node);
  const { id } = await ensureSystem(maker, system, context.distribution, bases.node);
  const inspect = await engine.inspectImage(id);
  if (!inspect) return fail('image_not_found', `${id} vanished from the engine.`, 'Run `toolcrib lock` again.');
  return probeHttpServer(
    engine,
    {
      name: probeName(''),
      spec: { ...spec, stdin: false },
      url: `http://127.0.0.1:${transport.port}${transport.path}`,
      asking: { name: probeName('-ask'), spec: resolve(askSpec(maker.project, name, system.reference), inspect) },
    },
    options,
  );
}

/** Asked from here: it runs elsewhere, and there is nothing to seal off. */
async function lockRemote(
  server: ServerConfig,
  transport: RemoteTransport,
  { context, loaded }: Session,
): Promise<LockedServer> {
  const address = `server.${server.name}`;
  const range = loaded.config.locate({ file: server.at.file, path: [...server.at.path, 'remote'] });
  const options: ProbeOptions = { address, ...probeOptions(context), range };
  const { envelope, clientInfo, signal } = options;
  const seconds = context.timeoutSeconds ?? SECONDS;
  const target = remoteTarget(transport);
  const question = { target, envelope, clientInfo, seconds, patient: false };
  const definitions = await working(
    context,
    `${address}/probe`,
    `${address}: asking ${new URL(target.url).host}`,
    async () => {
      const { readDefinitions } = await import('../wire/read-definitions.js');
      try {
        const read = await readDefinitions(question, signal);
        refuseAmbiguous(read);
        return read;
      } catch (error) {
        if (signal.aborted) throw interrupted();
        throw placed(error, { address, ...(range ? { range } : {}) });
      }
    },
  );
  const source = { type: 'remote', declared: server.source.declared } as const;
  return { source, tree: null, definitions, hashes: toolHashes(definitions) };
}

/** Nothing of it is a container here, whose stderr, `args` or `mounts` could be looked at. */
const REMOTE_FIX: Partial<Record<Code, string>> = {
  server_exited: 'Check the URL, and whether this machine reaches it.',
  server_timeout: 'Check the URL, and whether the server behind it is well; `--timeout` gives it longer.',
  server_bad_output: 'Check that the URL is that of its MCP endpoint.',
};

function placed(error: unknown, where: { address: string; range?: Range }): unknown {
  if (!(error instanceof Failure)) return error;
  return new Failure(
    error.diagnostics.map((each) => ({
      ...where,
      ...each,
      ...(REMOTE_FIX[each.code] && { fix: REMOTE_FIX[each.code] }),
    })),
    error.exit,
  );
}

function probeOptions(context: Context): Omit<ProbeOptions, 'address' | 'range'> {
  return {
    clientInfo: { name: 'toolcrib', version: context.version },
    envelope: ENVELOPE,
    signal: context.signal,
    timeoutSeconds: context.timeoutSeconds,
  };
}
