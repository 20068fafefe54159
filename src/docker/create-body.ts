/** A resolved container as the body of `POST /containers/create`: every field that counts is said, none is left to the engine. */
import { hostnameOf } from '../model/container.js';
import type { MountSpec, ResolvedContainer } from '../model/container.js';
import type { ContainerInspect } from '../model/inspect.js';

export interface CreateOptions {
  /** Removes itself when its process ends. */
  autoRemove?: boolean;
  /** stdin ends with the first client that was attached. */
  stdinOnce?: boolean;
}

export function createBody(spec: ResolvedContainer, options: CreateOptions = {}): Record<string, unknown> {
  return {
    // The id, not the reference: a tag moved since the plan would bring in another image.
    Image: spec.imageId,
    // A network that is another container's comes with that one's host name.
    ...(isShared(spec) ? {} : { Hostname: hostnameOf(spec) }),
    User: spec.user,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Entrypoint: spec.entrypoint,
    Cmd: spec.cmd,
    WorkingDir: spec.workdir,
    Labels: spec.labels,
    Tty: false,
    OpenStdin: spec.stdin,
    StdinOnce: options.stdinOnce ?? false,
    StopTimeout: spec.stopTimeout,
    Healthcheck: healthcheck(spec),
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port.containerPort}/tcp`, {}])),
    HostConfig: hostConfig(spec, options),
    NetworkingConfig: { EndpointsConfig: spec.network === 'none' || isShared(spec) ? {} : { [spec.network]: {} } },
  };
}

/**
 * What the engine says of a container is what it takes to make another: hardened the same, because nothing is worked
 * out anew. By the image's id, not by a name that may have moved; the network knows the copy under its own name.
 */
export function cloneBody(
  original: ContainerInspect,
  labels: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { Config, HostConfig, Image, NetworkSettings } = original;
  const networks = Object.keys(NetworkSettings.Networks ?? {}).filter((name) => name !== 'none');
  return {
    ...Config,
    Image,
    Labels: { ...Config.Labels, ...labels },
    HostConfig,
    NetworkingConfig: { EndpointsConfig: Object.fromEntries(networks.map((name) => [name, {}])) },
  };
}

/** `container:ID` */
function isShared({ network }: ResolvedContainer): boolean {
  return network.startsWith('container:');
}

function hostConfig(spec: ResolvedContainer, options: CreateOptions): Record<string, unknown> {
  return {
    Privileged: false,
    CapAdd: spec.capAdd,
    CapDrop: spec.capDrop,
    GroupAdd: spec.groupAdd,
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: spec.readonlyRootfs,
    Mounts: spec.mounts.map(mountBody),
    Tmpfs: spec.tmpfs,
    Memory: spec.memory,
    MemorySwap: spec.memory,
    NanoCpus: spec.nanoCpus,
    PidsLimit: spec.pids,
    Ulimits: [
      { Name: 'nofile', Soft: spec.nofile, Hard: spec.nofile },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    Init: spec.init,
    IpcMode: 'private',
    NetworkMode: spec.network,
    Dns: spec.dns,
    PortBindings: portBindings(spec),
    PublishAllPorts: false,
    RestartPolicy: { Name: spec.restart, MaximumRetryCount: 0 },
    LogConfig: { Type: spec.log.type, Config: spec.log.config },
    AutoRemove: options.autoRemove ?? false,
    Devices: [],
  };
}

function mountBody(mount: MountSpec): Record<string, unknown> {
  const common = { Type: mount.type, Source: mount.source, Target: mount.target, ReadOnly: mount.readonly };
  if (mount.type === 'bind') return { ...common, BindOptions: { Propagation: 'rprivate' } };
  // An empty volume would otherwise be filled with what the image has there, its owner included.
  return { ...common, VolumeOptions: { NoCopy: true } };
}

function portBindings(spec: ResolvedContainer): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of spec.ports) {
    const key = `${port.containerPort}/tcp`;
    (bindings[key] ??= []).push({ HostIp: port.hostIp, HostPort: String(port.hostPort) });
  }
  return bindings;
}

function healthcheck(spec: ResolvedContainer): Record<string, unknown> {
  if (!spec.healthcheck) return { Test: ['NONE'] };
  const { test, interval, timeout, startPeriod, retries } = spec.healthcheck;
  return { Test: test, Interval: interval, Timeout: timeout, StartPeriod: startPeriod, Retries: retries };
}
