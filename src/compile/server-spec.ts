/** A declared server → its container. The lock's sealed probe and the served generations start from the same spec. */
import type { Config, MountConfig, ServerConfig } from '../config/config.js';
import type { ContainerSpec, MountSpec } from '../model/container.js';
import { engineName, LABEL } from '../model/labels.js';
import type { Transport } from '../model/transport.js';
import { hardened } from './hardened.js';

export function serverSpec(config: Config, server: ServerConfig, image: { reference: string }): ContainerSpec {
  const project = { name: config.project.name, id: config.project.id };
  const { memory, nanoCpus, pids } = server.resources;
  const base = hardened(project, `server.${server.name}`, image.reference);
  const restart = server.restart === 'always' ? {} : { [LABEL.restart]: server.restart };
  return {
    ...base,
    tmpfs: withoutMounted(base.tmpfs, server),
    entrypoint: server.command,
    cmd: server.args.length > 0 ? server.args : null,
    env: server.env,
    user: server.user,
    workdir: server.workdir,
    healthcheck: server.healthcheck,
    stdin: server.transport.type === 'stdio',
    ...networkOf(config, server),
    mounts: server.mounts.map((mount) => mountSpec(mount, config)),
    memory,
    nanoCpus,
    pids,
    stopTimeout: 5,
    labels: {
      ...base.labels,
      ...restart,
      [LABEL.transport]: transportText(server.transport),
      [LABEL.instances]: server.replicas > 1 ? `replicas-${server.replicas}` : server.instances,
    },
  };
}

/** Nothing answers there: without it, some engines resolve names for containers that can reach nothing (CVE-2024-29018). */
const NO_RESOLVER = ['127.0.0.1'];

/** stdio needs no network at all; HTTP one where only the proxy is. */
function networkOf({ project }: Config, { name, transport }: ServerConfig): Pick<ContainerSpec, 'network' | 'dns'> {
  if (transport.type !== 'http') return { network: 'none', dns: [] };
  return { network: engineName.serverNetwork(project.name, name), dns: NO_RESOLVER };
}

function transportText(transport: Transport): string {
  return transport.type === 'http' ? `http:${transport.port}${transport.path}` : transport.type;
}

function mountSpec({ type, source, target, readonly }: MountConfig, config: Config): MountSpec {
  return { type, source: type === 'volume' ? volumeName(source, config) : source, target, readonly };
}

function volumeName(volume: string, { project, volumes }: Config): string {
  const external = volumes.find(({ name }) => name === volume)?.external;
  return external ?? engineName.volume(project.name, volume);
}

/** A declared mount takes the place of the scratch space there; an engine refuses two at one path. */
function withoutMounted(tmpfs: Record<string, string>, { mounts }: ServerConfig): Record<string, string> {
  const targets = mounts.map((mount) => mount.target.replace(/(.)\/+$/, '$1'));
  return Object.fromEntries(Object.entries(tmpfs).filter(([path]) => !targets.includes(path)));
}

/** Two writers of one folder may not run side by side, unless the declaration says that they may. */
export function replacement(server: ServerConfig): 'overlap' | 'stop-first' {
  return server.replace ?? (server.mounts.some((mount) => !mount.readonly) ? 'stop-first' : 'overlap');
}
