/**
 * The differ as a table: one row a field, with what it should be and what it is, both in Toolcrib's own terms and one
 * spelling. Closed world: what a declaration cannot say must not be there (`never`). Left out on purpose, because the
 * daemon decides them and no declaration can: shm size, cgroup namespace, OOM killer, runtime, ulimits not declared.
 */
import type { MountSpec, ResolvedContainer } from '../model/container.js';
import type { Json } from '../model/definitions.js';
import type { ContainerInspect } from '../model/inspect.js';
import { LABEL, LABEL_PREFIX } from '../model/labels.js';
import type { ContainerUpdate } from './plan.js';
import { liveAliases, liveMounts, liveNetworks } from './attached.js';
import {
  capabilities,
  cleanPath,
  envMap,
  healthcheck,
  limit,
  mountOptions,
  portBinding,
  restartPolicy,
  securityOptions,
  sorted,
} from './normal.js';
import type { Expected, Live } from './sides.js';

export interface Row {
  /** With `each`, a prefix: the row's value is a map, compared key by key (`env.LOG_LEVEL`). */
  field: string;
  each: boolean;
  expected(expected: Expected): Json;
  live(live: Live): Json;
  /** What `POST /containers/{id}/update` calls it; null: only a new container can change it. */
  inPlace: keyof ContainerUpdate | null;
  /** No declaration changes it, so a difference is always drift. */
  constant: boolean;
  /** Live values that are as good as the expected one. */
  accepts?(live: Live): boolean;
}

type Declared = (container: ResolvedContainer) => Json;
type Config = ContainerInspect['Config'];
type HostConfig = ContainerInspect['HostConfig'];

const declared = (field: string, expected: Declared, live: Row['live']): Row => ({
  field,
  each: false,
  expected: ({ container }) => expected(container),
  live,
  inPlace: null,
  constant: false,
});
const each = (field: string, expected: Declared, live: Row['live']): Row => ({
  ...declared(field, expected, live),
  each: true,
});
const mutable = (inPlace: keyof ContainerUpdate, row: Row): Row => ({ ...row, inPlace });
const config = (read: (config: Config) => Json) => (live: Live) => read(live.inspect.Config);
const host = (read: (host: HostConfig) => Json) => (live: Live) => read(live.inspect.HostConfig);
/** Cannot be declared: must be as it is in every container of ours. */
const always = (field: string, value: Json, read: (host: HostConfig) => Json): Row => ({
  ...declared(field, () => value, host(read)),
  constant: true,
});
const never = (
  field: string,
  read: (host: HostConfig) => readonly unknown[] | Record<string, unknown> | null | undefined,
): Row => always(field, [], (from) => listed(read(from)));

export const rows: readonly Row[] = [
  {
    ...declared(
      'name',
      () => null,
      (live) => live.inspect.Name.replace(/^\//, ''),
    ),
    expected: (e) => e.name,
    constant: true,
  },
  declared(
    'image',
    (c) => c.imageId,
    (live) => live.inspect.Image,
  ),
  declared(
    'definitions',
    (c) => c.labels[LABEL.definitions] ?? null,
    config((c) => c.Labels?.[LABEL.definitions] ?? null),
  ),
  declared(
    'command',
    (c) => c.entrypoint,
    config((c) => c.Entrypoint ?? []),
  ),
  declared(
    'args',
    (c) => c.cmd,
    config((c) => c.Cmd ?? []),
  ),
  declared(
    'user',
    (c) => c.user,
    config((c) => c.User ?? ''),
  ),
  declared(
    'workdir',
    (c) => c.workdir || '/',
    config((c) => c.WorkingDir || '/'),
  ),
  each(
    'env',
    (c) => c.env,
    config((c) => envMap(c.Env)),
  ),
  each(
    'mounts',
    (c) => Object.fromEntries(c.mounts.map((mount) => [cleanPath(mount.target), mountText(mount)])),
    liveMounts,
  ),
  each(
    'tmpfs',
    (c) => tmpfs(c.tmpfs),
    host((h) => tmpfs(h.Tmpfs ?? {})),
  ),
  declared('networks', (c) => (c.network === 'none' ? [] : [c.network]), liveNetworks),
  { ...declared('aliases', () => [], liveAliases), constant: true },
  declared(
    'ports',
    (c) => sorted(c.ports.map((p) => portBinding(`${p.containerPort}/tcp`, p.hostIp, p.hostPort))),
    host(livePorts),
  ),
  mutable(
    'memory',
    declared(
      'memory',
      (c) => c.memory,
      host((h) => h.Memory ?? 0),
    ),
  ),
  {
    ...mutable(
      'memory',
      declared('swap', (c) => c.memory, liveSwap),
    ),
    // No swap on top of whatever the memory is: then the memory is the one field to speak of.
    accepts: (live) => liveSwap(live) === live.inspect.HostConfig.Memory,
  },
  mutable(
    'nanoCpus',
    declared(
      'cpus',
      (c) => c.nanoCpus / 1e9,
      host((h) => (h.NanoCpus ?? 0) / 1e9),
    ),
  ),
  mutable(
    'pids',
    declared(
      'pids',
      (c) => limit(c.pids),
      host((h) => limit(h.PidsLimit)),
    ),
  ),
  mutable(
    'restart',
    declared(
      'restart',
      (c) => c.restart,
      host((h) => restartPolicy(h.RestartPolicy)),
    ),
  ),
  each('ulimits', (c) => ({ nofile: `${c.nofile}:${c.nofile}`, core: '0:0' }), host(liveUlimits)),
  declared(
    'healthcheck',
    (c) => healthcheckJson(c),
    config((c) => ({ ...healthcheck(c.Healthcheck) })),
  ),
  declared(
    'stop_timeout',
    (c) => c.stopTimeout,
    config((c) => c.StopTimeout ?? 10),
  ),
  declared(
    'stdin',
    (c) => c.stdin,
    config((c) => c.OpenStdin ?? false),
  ),
  declared(
    'log',
    (c) => logText(c.log.type, c.log.config),
    host((h) => logText(h.LogConfig?.Type ?? '', h.LogConfig?.Config ?? {})),
  ),
  declared(
    'init',
    (c) => c.init,
    host((h) => h.Init ?? false),
  ),
  declared(
    'readonly_root',
    (c) => c.readonlyRootfs,
    host((h) => h.ReadonlyRootfs ?? false),
  ),
  declared(
    'caps',
    (c) => capabilities(c.capAdd),
    host((h) => capabilities(h.CapAdd)),
  ),
  declared(
    'caps_dropped',
    (c) => capabilities(c.capDrop),
    host((h) => capabilities(h.CapDrop)),
  ),
  declared(
    'groups',
    (c) => sorted(c.groupAdd),
    host((h) => sorted(h.GroupAdd ?? [])),
  ),
  each('labels', (c) => ownLabels(c.labels), liveLabels),
  always('security', ['no-new-privileges'], (h) => securityOptions(h.SecurityOpt)),
  always('privileged', false, (h) => h.Privileged ?? false),
  always('ipc', 'private', (h) => h.IpcMode || 'private'),
  always('pid_mode', '', (h) => h.PidMode ?? ''),
  always('uts_mode', '', (h) => h.UTSMode ?? ''),
  always('userns_mode', '', (h) => h.UsernsMode ?? ''),
  // An empty list unmasks; engines leave the defaults in, or say nothing.
  always('system_paths', 'masked', (h) =>
    isEmptied(h.MaskedPaths) || isEmptied(h.ReadonlyPaths) ? 'unmasked' : 'masked',
  ),
  always('publish_all', false, (h) => h.PublishAllPorts ?? false),
  always('auto_remove', false, (h) => h.AutoRemove ?? false),
  always('memory_reservation', 0, (h) => limit(h.MemoryReservation)),
  always('cpu_shares', 0, (h) => h.CpuShares ?? 0),
  always('cpu_quota', 0, (h) => limit(h.CpuQuota)),
  always('cpu_period', 0, (h) => h.CpuPeriod ?? 0),
  always('cpuset', '', (h) => h.CpusetCpus ?? ''),
  always('oom_score', 0, (h) => h.OomScoreAdj ?? 0),
  never('devices', (h) => h.Devices),
  never('device_requests', (h) => h.DeviceRequests),
  never('device_rules', (h) => h.DeviceCgroupRules),
  never('volumes_from', (h) => h.VolumesFrom),
  never('extra_hosts', (h) => h.ExtraHosts),
  never('dns', (h) => h.Dns),
  never('links', (h) => h.Links),
  never('sysctls', (h) => h.Sysctls),
  {
    ...declared(
      'tty',
      () => false,
      config((c) => c.Tty ?? false),
    ),
    constant: true,
  },
  {
    ...declared(
      'stdin_once',
      () => false,
      config((c) => c.StdinOnce ?? false),
    ),
    constant: true,
  },
];

/** Whether a field, as changes name it, can be changed on the existing container. */
export function isInPlace(field: string): boolean {
  return rows.some((row) => row.field === field && row.inPlace !== null);
}

export function mountText(mount: Pick<MountSpec, 'type' | 'source' | 'readonly'>): string {
  return `${mount.type} ${mount.source} (${mount.readonly ? 'read-only' : 'writable'})`;
}

function tmpfs(mounts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(mounts).map(([path, options]) => [cleanPath(path), mountOptions(options)]));
}

function livePorts(from: HostConfig): string[] {
  return sorted(
    Object.entries(from.PortBindings ?? {}).flatMap(([port, bindings]) =>
      (bindings ?? []).map((binding) => portBinding(port, binding.HostIp ?? '', binding.HostPort ?? '')),
    ),
  );
}

/** Where the kernel limits no swap, the engine writes -1 whatever it is told. */
function liveSwap({ inspect, around }: Live): number {
  const { Memory = 0, MemorySwap = 0 } = inspect.HostConfig;
  return !around.swapLimit && MemorySwap === -1 ? Memory : MemorySwap;
}

function liveUlimits(from: HostConfig): Record<string, string> {
  const named = (from.Ulimits ?? []).filter(({ Name }) => Name === 'nofile' || Name === 'core');
  return Object.fromEntries(named.map(({ Name, Soft, Hard }) => [Name, `${Soft}:${Hard}`]));
}

/** `NONE` and no healthcheck are one. */
function healthcheckJson({ healthcheck: check }: ResolvedContainer): Json {
  return check === null || check.test.length === 0 || check.test[0] === 'NONE' ? {} : { ...check };
}

function logText(type: string, options: Record<string, string>): string {
  return [type, ...sorted(Object.entries(options).map(([name, value]) => `${name}=${value}`))].join(' ');
}

/** Ours, but for those that differ from one generation to the next or have a field of their own. */
function ownLabels(labels: Record<string, string>): Record<string, string> {
  const apart: readonly string[] = [LABEL.generation, LABEL.applied, LABEL.definitions];
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([name]) => name.startsWith(LABEL_PREFIX) && !apart.includes(name))
      .map(([name, value]) => [name.slice(LABEL_PREFIX.length), value]),
  );
}

/** The engine merges an image's labels in, ours among them: those are the image's, unless they say whose it is. */
function liveLabels({ inspect, image }: Live): Record<string, string> {
  const identity: readonly string[] = [LABEL.project, LABEL.projectId, LABEL.address];
  const fromImage = image?.Config?.Labels ?? {};
  const own = Object.entries(inspect.Config.Labels ?? {}).filter(
    ([name, value]) => identity.includes(name) || (name !== LABEL.inputs && fromImage[name] !== value),
  );
  return ownLabels(Object.fromEntries(own));
}

function isEmptied(paths: string[] | null | undefined): boolean {
  return paths?.length === 0;
}

function listed(values: readonly unknown[] | Record<string, unknown> | null | undefined): Json[] {
  if (!values) return [];
  const all = Array.isArray(values)
    ? values
    : Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
  return sorted(all.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))));
}
