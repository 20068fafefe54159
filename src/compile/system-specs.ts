/** Toolcrib's own containers (DESIGN.md, What runs): the proxy without the engine, the bridge without a network, control without a process. */
import type { Config } from '../config/config.js';
import type { ContainerSpec, MountSpec } from '../model/container.js';
import { engineName, LABEL } from '../model/labels.js';
import { isLoopbackAddress } from '../model/loopback.js';
import type { ProjectIdentity, SystemVolume } from '../model/labels.js';
import { hardened } from './hardened.js';

const MIB = 1024 * 1024;
const NOBODY = '65532:65532';
/** Port of the proxy inside its container. */
export const PROXY_PORT = 7411;
const ADMIN_PORT = 7412;
const KEPT_LOG = { type: 'local', config: { 'max-size': '10m', 'max-file': '3' } };
const ENTRYPOINT = ['node', '/toolcrib/role.js'];

export function proxySpec(config: Config, image: string): ContainerSpec {
  const project = identity(config);
  const { host, port, memory, admin } = config.project.proxy;
  return {
    ...hardened(project, 'proxy', image),
    entrypoint: ENTRYPOINT,
    cmd: ['proxy'],
    env: {
      ...environment(config),
      ...(admin && { TOOLCRIB_ADMIN_PORT: String(ADMIN_PORT) }),
      ...exposure(config),
    },
    user: NOBODY,
    workdir: '/',
    mounts: [
      system(project, 'policy', '/var/lib/toolcrib/policy', true),
      system(project, 'ack', '/var/lib/toolcrib/ack', false),
      system(project, 'audit', '/var/lib/toolcrib/audit', false),
      system(project, 'run', '/run/toolcrib', true),
    ],
    memory,
    pids: 64,
    nofile: 8192,
    network: engineName.network(project.name),
    joins: config.servers
      .filter(({ transport }) => transport.type === 'http')
      .map(({ name }) => engineName.serverNetwork(project.name, name))
      .sort(),
    ports: [
      { containerPort: PROXY_PORT, hostIp: host, hostPort: port },
      ...(admin ? [{ containerPort: ADMIN_PORT, hostIp: admin.host, hostPort: admin.port }] : []),
    ],
    restart: 'unless-stopped',
    log: KEPT_LOG,
    stopTimeout: 15,
  };
}

export function bridgeSpec(config: Config, image: string, engineSocket: string): ContainerSpec {
  const project = identity(config);
  return {
    ...hardened(project, 'bridge', image),
    entrypoint: ENTRYPOINT,
    cmd: ['bridge'],
    env: environment(config),
    // As root it may open the engine's socket as its owner; it has no capability, and hands its own to the proxy's group.
    user: '0:65532',
    groupAdd: ['65532'],
    workdir: '/',
    mounts: [
      { type: 'bind', source: engineSocket, target: '/var/run/docker.sock', readonly: true },
      system(project, 'policy', '/var/lib/toolcrib/policy', true),
      system(project, 'run', '/run/toolcrib', false),
    ],
    memory: 256 * MIB,
    pids: 64,
    nofile: 8192,
    restart: 'unless-stopped',
    log: KEPT_LOG,
    stopTimeout: 15,
  };
}

/** Never started: the engine's archive calls read and write volumes through it. */
export function controlSpec(config: Config, image: string): ContainerSpec {
  const project = identity(config);
  const plain = hardened(project, 'control', image);
  return {
    ...plain,
    // Whoever plans reads around the key that lies there (docker/control.ts).
    labels: { ...plain.labels, ...(config.project.proxy.tls && { [LABEL.keys]: 'true' }) },
    entrypoint: ENTRYPOINT,
    cmd: ['hold'],
    user: NOBODY,
    workdir: '/',
    mounts: [
      system(project, 'policy', '/var/lib/toolcrib/policy', false),
      system(project, 'ack', '/var/lib/toolcrib/ack', true),
      // Apart from the two, which a plan reads as one archive.
      system(project, 'audit', '/var/log/toolcrib', true),
    ],
    memory: 64 * MIB,
    pids: 16,
  };
}

/** Asks a sealed server that speaks HTTP what it offers; whose network it shares, and what it asks, is said when it is made. */
export function askSpec(project: ProjectIdentity, server: string, image: string): ContainerSpec {
  return {
    ...hardened(project, `server.${server}`, image),
    entrypoint: ENTRYPOINT,
    cmd: ['ask'],
    user: NOBODY,
    workdir: '/',
    stdin: true,
    memory: 192 * MIB,
    pids: 32,
  };
}

/** What the role itself holds against its orders at each start (proxy/exposure.ts). */
function exposure({ project: { proxy } }: Config): Record<string, string> {
  const abroad = (at: { host: string } | null): boolean => at !== null && !isLoopbackAddress(at.host);
  const published = abroad(proxy);
  const metrics = abroad(proxy.admin);
  return {
    ...(published && { TOOLCRIB_PUBLISHED: proxy.host }),
    ...(metrics && { TOOLCRIB_ADMIN_PUBLISHED: proxy.admin?.host ?? '' }),
    ...(proxy.tls && { TOOLCRIB_TLS: 'true' }),
    ...(proxy.insecure && (published || metrics) && { TOOLCRIB_INSECURE: 'true' }),
  };
}

function identity(config: Config): ProjectIdentity {
  return { name: config.project.name, id: config.project.id };
}

function environment({ project: { name, id, logLevel } }: Config): Record<string, string> {
  return {
    TOOLCRIB_PROJECT: name,
    TOOLCRIB_PROJECT_ID: id,
    ...(logLevel !== 'info' && { TOOLCRIB_LOG_LEVEL: logLevel }),
  };
}

function system(project: ProjectIdentity, volume: SystemVolume, target: string, readonly: boolean): MountSpec {
  return { type: 'volume', source: engineName.system(project.name, volume), target, readonly };
}
