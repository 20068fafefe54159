/** How a declared server is spoken to, and who shares an instance of it. */
import type { ServerConfig } from './config.js';
import { readRemote, type RemotePlace } from './remote.js';
import type { Server } from './schema-types.js';

export type Reach = Pick<ServerConfig, 'transport' | 'instances' | 'replicas'>;

type Place = Pick<RemotePlace, 'at' | 'problems'>;

/** What says something of a container, and so nothing of a remote server. */
const OF_CONTAINERS = [
  'transport',
  'instances',
  'replicas',
  'command',
  'args',
  'env',
  'user',
  'workdir',
  'healthcheck',
  'mounts',
  'resources',
  'replace',
  'restart',
] as const satisfies readonly (keyof Server)[];

/** @param server as far as the schema holds for it and for its `transport`. */
export async function readReach(server: Server, place: RemotePlace): Promise<Reach> {
  if (server.remote !== undefined) {
    refuseOfContainers(server, place);
    return { transport: await readRemote(server, server.remote, place), ...ONE };
  }
  const { instances = 'shared', replicas = 1 } = server;
  if (instances !== 'shared' && replicas > 1) {
    place.problems.error(
      'wrong_type',
      `\`instances: ${instances}\` makes an instance for each ${instances}; \`replicas\` spreads calls that are shared.`,
      'Keep one of the two.',
      place.at('replicas'),
    );
  }
  if (instances !== 'shared' || replicas > 1) refuseSharedWriting(server, place);
  const { http } = server.transport ?? {};
  const transport: Reach['transport'] = http
    ? { type: 'http', port: http.port, path: http.path ?? '/mcp' }
    : { type: 'stdio' };
  return { transport, instances, replicas };
}

const ONE = { instances: 'shared', replicas: 1 } as const;

/** Two writers of one folder run side by side only where the declaration says that they may. */
function refuseSharedWriting({ mounts, replace }: Server, { at, problems }: Place): void {
  const index = Array.isArray(mounts) ? mounts.findIndex((mount) => mount.readonly !== true) : -1;
  if (index < 0 || replace === 'overlap') return;
  problems.error(
    'instances_share_mount',
    `Every instance would write to \`${mounts?.[index]?.target}\` at the same time as the others.`,
    'Make the mount `readonly: true`; or, if the server is made for it, say `replace: overlap`.',
    at('mounts', index),
  );
}

function refuseOfContainers(server: Server, { at, problems }: Place): void {
  for (const key of OF_CONTAINERS) {
    if (server[key] === undefined) continue;
    problems.error(
      'not_for_remote',
      `\`${key}\` says something of a container, and a remote server has none here.`,
      `Remove \`${key}\`, or say where the container comes from instead of \`remote\`.`,
      at(key),
      'key',
    );
  }
}
