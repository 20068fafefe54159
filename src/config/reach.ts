/** How a declared server is spoken to, and who shares an instance of it. */
import { isIP } from 'node:net';
import type { Pointer, ServerConfig } from './config.js';
import type { Problems } from './declared-file.js';
import type { Server } from './schema-types.js';

export type Reach = Pick<ServerConfig, 'transport' | 'instances' | 'replicas'>;

interface Place {
  at: (...below: (string | number)[]) => Pointer;
  problems: Problems;
}

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
export function readReach(server: Server, place: Place): Reach {
  if (server.remote !== undefined) return { transport: readRemote(server, server.remote, place), ...ONE };
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

function readRemote(server: Server, declared: string, { at, problems }: Place): Reach['transport'] {
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
  const problem = urlProblem(declared);
  if (problem) problems.error('remote_url', `\`${shown(declared)}\` ${problem.detail}`, problem.fix, at('remote'));
  return { type: 'remote', url: URL.canParse(declared) ? new URL(declared).href : declared };
}

function urlProblem(declared: string): { detail: string; fix: string } | null {
  if (!URL.canParse(declared))
    return { detail: 'is not a URL.', fix: 'Write for example `https://mcp.example.com/mcp`.' };
  const url = new URL(declared);
  if (url.username !== '' || url.password !== '')
    return { detail: 'holds a name or password, which would stand in git.', fix: 'Remove them from the URL.' };
  if (url.hash !== '')
    return { detail: 'ends in a fragment, which no server ever sees.', fix: 'Remove what follows `#`.' };
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return null;
  return {
    detail: 'is not encrypted: whoever is on the way could read every call and answer in its place.',
    fix: 'Use https://. Plain http:// is for servers on this machine’s loopback address.',
  };
}

/** Without what may be a password. */
function shown(declared: string): string {
  return declared.replace(/\/\/[^/@]*@/, '//…@');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}
