/** What the project lacks: its files, and room for it on the engine. Reads only. */
import { counted } from '../../diagnostics/counted.js';
import { stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Config } from '../../config/config.js';
import type { Observed } from '../../docker/observe.js';
import type { Engine } from '../../engine/engine.js';
import type { EngineInfo } from '../../model/inspect.js';
import { freeSubnet } from '../../plan/subnet.js';
import type { Context, Loaded } from '../context.js';
import { declareOffline } from '../declare-offline.js';
import { listensAt } from '../endpoint.js';
import { engineSocket } from '../engine-socket.js';
import { failed, ok, warn } from './finding.js';
import type { Found } from './finding.js';

const GIB = 1024 ** 3;
/** A handful of images and their layers. */
const LEAST_FREE = 2 * GIB;
/** Enough to say that there are many. */
const MOST_SUBNETS = 16;

/** What can be said without an engine. */
export function fileFindings(loaded: Loaded, context: Context): Found[] {
  const { config, lock, tokens } = loaded;
  const found = [
    ok(
      'declaration',
      `${config.files.join(', ')}: ${counted(config.servers.length, 'server')}, ${counted(config.agents.length, 'agent')}`,
    ),
  ];
  if (lock === null)
    found.push(
      failed(
        'lock',
        'there is none: nothing is pinned and no tool is approved',
        'Run `toolcrib lock`, review what it wrote, and commit it.',
      ),
    );
  else {
    const wrong = declareOffline(config, lock, tokens, context).diagnostics.filter((each) => each.severity === 'error');
    found.push(
      wrong[0]
        ? failed('lock', `${wrong[0].detail}${wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''}`, wrong[0].fix)
        : ok('lock', `${counted(Object.keys(lock.servers).length, 'server')} pinned by toolcrib ${lock.toolcrib}`),
    );
  }
  const now = context.now().toISOString();
  for (const agent of config.agents) {
    if (!agent.authenticate.map(({ type }): string => type).includes('token')) continue;
    const valid = tokens.filter(
      (each) => each.agent === agent.name && each.revoked === null && (each.expires === null || each.expires > now),
    );
    if (valid.length === 0)
      found.push(
        warn(
          'tokens',
          `${agent.name} has none that is valid, so that it cannot call`,
          `Run \`toolcrib token issue ${agent.name}\`.`,
        ),
      );
  }
  if (!found.some((each) => each.check === 'tokens')) found.push(ok('tokens', 'every agent that needs one has one'));
  return found;
}

export async function roomFindings(
  { config }: Loaded,
  context: Context,
  engine: Engine,
  seen: Observed,
): Promise<Found[]> {
  const { endpoint, platform } = await engine.facts();
  const local = endpoint.startsWith('unix://');
  const info = await engine.info();
  return [
    await socketFinding(config, context, seen, local),
    subnetFinding(config, seen),
    ...(local ? [await portFinding(config, seen), ...(await diskFindings(info))] : []),
    ...(await imageFindings(engine, seen, platform)),
    ...externalFindings(config, seen, info),
    ...ownershipFindings(seen),
  ];
}

async function socketFinding(config: Config, context: Context, seen: Observed, local: boolean): Promise<Found> {
  const path = engineSocket(config, context.env);
  const bridge = seen.containers.find((each) => each.address === 'bridge');
  if (bridge?.inspect.State.Running) return ok('engine socket', `the bridge runs with it (${path})`);
  const fix = 'Say where the engine’s own host has it: `project.engine.socket`, or TOOLCRIB_ENGINE_SOCKET.';
  if (!local) return warn('engine socket', `${path} on the engine’s host, which cannot be looked at from here`, fix);
  const isSocket = await stat(path).then(
    (stats) => stats.isSocket(),
    () => false,
  );
  return isSocket
    ? ok('engine socket', path)
    : warn('engine socket', `${path} is no socket here, and the bridge is to mount it on the engine’s host`, fix);
}

function subnetFinding({ project }: Config, { subnets, networks }: Observed): Found {
  const free = countFree(project.networkPool, subnets);
  const many = free === MOST_SUBNETS ? `${free} or more` : String(free);
  if (free > 0) return ok('subnets', `${many} free in ${project.networkPool}`);
  if (networks.length > 0)
    return warn(
      'subnets',
      `none is free in ${project.networkPool}; the project has those that it needs now`,
      'Widen `project.network_pool` before you declare more.',
    );
  return failed(
    'subnets',
    `none is free in ${project.networkPool}`,
    'Choose another `project.network_pool`, or remove networks that nobody uses.',
  );
}

function countFree(pool: string, taken: readonly string[]): number {
  const all = [...taken];
  for (let count = 0; count < MOST_SUBNETS; count += 1) {
    const next = freeSubnet(pool, all);
    if (next === null) return count;
    all.push(next);
  }
  return MOST_SUBNETS;
}

async function portFinding({ project }: Config, seen: Observed): Promise<Found> {
  const { host, port } = project.proxy;
  const where = `${host}:${port}`;
  const proxy = seen.containers.find((each) => each.address === 'proxy' && each.inspect.State.Running);
  if (proxy && listensAt(proxy.inspect)?.port === port) return ok('port', `${where} is the proxy’s`);
  return (await somebodyListens(host, port))
    ? failed('port', `somebody else listens at ${where}`, 'Stop it, or choose another `project.proxy.listen`.')
    : ok('port', `${where} is free`);
}

function somebodyListens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port });
    const settle = (taken: boolean) => (): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.setTimeout(1_000, settle(false));
    socket.once('connect', settle(true));
    socket.once('error', settle(false));
  });
}

async function diskFindings({ DockerRootDir }: EngineInfo): Promise<Found[]> {
  const room = DockerRootDir ? await statfs(DockerRootDir).catch(() => null) : null;
  // Its folder may be another machine's, or nobody's to look into.
  if (!room) return [];
  const free = room.bavail * room.bsize;
  const detail = `${(free / GIB).toFixed(1)} GiB free in ${DockerRootDir}`;
  return [
    free >= LEAST_FREE
      ? ok('disk', detail)
      : warn('disk', detail, 'Make room: `docker system df` shows what takes it.'),
  ];
}

/** Built by a machine of another kind, or brought here from one: it would not start. */
async function imageFindings(engine: Engine, { ownImages }: Observed, platform: string): Promise<Found[]> {
  const inspects = await Promise.all(ownImages.map(({ id }) => engine.inspectImage(id)));
  const images = inspects.flatMap((each) => each ?? []);
  const foreign = images.filter(({ Os, Architecture }) => `${Os}/${Architecture}` !== platform);
  const [first] = foreign;
  if (!first) return images.length > 0 ? [ok('images', `${images.length} of this project, for ${platform}`)] : [];
  const more = foreign.length > 1 ? ` (and ${foreign.length - 1} more)` : '';
  return [
    failed(
      'images',
      `${first.RepoTags?.[0] ?? first.Id} is for ${first.Os}/${first.Architecture}${more}; the engine runs ${platform}`,
      'Remove it (`docker rmi`), then lock and apply from a machine like the engine.',
    ),
  ];
}

/** Volumes of somebody else, whose driver may have been switched off since. */
function externalFindings({ volumes }: Config, { foreignVolumes }: Observed, { Plugins }: EngineInfo): Found[] {
  const drivers = Plugins?.Volume ?? ['local'];
  return volumes.flatMap(({ name, external }): Found[] => {
    const found = foreignVolumes.find((each) => each.Name === external);
    if (external === null || (found && drivers.includes(found.Driver))) return [];
    const what = found ? `its driver \`${found.Driver}\` is not on the engine` : 'there is none of that name';
    return [
      failed(
        'external volumes',
        `volume.${name} (${external}): ${what}`,
        found ? 'Enable that plugin (`docker plugin enable`).' : 'Make it, or correct its `name`.',
      ),
    ];
  });
}

function ownershipFindings({ conflicts, leftovers }: Observed): Found[] {
  const [first] = conflicts;
  const found: Found[] = [];
  if (first)
    found.push(
      failed(
        'names',
        `${first.kind} ${first.name} is somebody else’s (${first.owner})${conflicts.length > 1 ? `, and ${conflicts.length - 1} more` : ''}; apply touches nothing of theirs, and refuses`,
        'Choose another `project.name`, or ask its owner to give the name up.',
      ),
    );
  if (leftovers.length > 0)
    found.push(
      warn(
        'leftovers',
        `${leftovers.map(({ name }) => name).join(', ')}: of an interrupted command`,
        'The next `toolcrib apply` removes them.',
      ),
    );
  return found.length > 0 ? found : [ok('names', 'nobody else uses the project’s names; nothing is left over')];
}
