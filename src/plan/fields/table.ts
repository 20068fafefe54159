/**
 * The differ as a table: one row a field, with what it should be and what it is, both in Toolcrib's own terms and one
 * spelling. Closed world: what a declaration cannot say must not be there (`never`). Left out on purpose, because the
 * daemon decides them and no declaration can: shm size, cgroup namespace, runtime, ulimits not declared.
 */
import { hostnameOf } from '../../model/container.js';
import type { MountSpec, ResolvedContainer } from '../../model/container.js';
import type { Json } from '../../model/definitions.js';
import { LABEL, LABEL_PREFIX } from '../../model/labels.js';
import { restartOf } from '../../model/restart.js';
import { liveAliases, liveLinks, liveMounts, liveNetworks, livePinned } from './attached.js';
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
import { always, config, constant, declared, each, host, joinable, mutable, never } from './row.js';
import type { HostConfig, Row } from './row.js';
import type { Live } from './sides.js';

/** No swap on top, whatever the memory is: then the memory is the one field to speak of. */
const noSwapOnTop = (live: Live): boolean => liveSwap(live) === live.inspect.HostConfig.Memory;

export const rows: readonly Row[] = [
  { ...constant('name', null, (live) => live.inspect.Name.replace(/^\//, '')), expected: ({ name }) => name },
  declared('image', { should: (c) => c.imageId, is: (live) => live.inspect.Image }),
  declared('definitions', { should: (c) => definitionsOf(c.labels), is: config((c) => definitionsOf(c.Labels)) }),
  declared('transport', { should: (c) => speaks(c.labels), is: config((c) => speaks(c.Labels)) }),
  declared('instances', { should: (c) => sharing(c.labels), is: config((c) => sharing(c.Labels)) }),
  declared('restarts', { should: (c) => restartOf(c.labels), is: config((c) => restartOf(c.Labels)) }),
  declared('command', { should: (c) => c.entrypoint, is: config((c) => c.Entrypoint ?? []) }),
  declared('args', { should: (c) => c.cmd, is: config((c) => c.Cmd ?? []) }),
  declared('user', { should: (c) => c.user, is: config((c) => c.User ?? '') }),
  declared('workdir', { should: (c) => c.workdir || '/', is: config((c) => c.WorkingDir || '/') }),
  each('env', { should: (c) => c.env, is: config((c) => envMap(c.Env)) }),
  each('mounts', { should: (c) => mounts(c.mounts), is: liveMounts }),
  each('tmpfs', { should: (c) => tmpfs(c.tmpfs), is: host((h) => tmpfs(h.Tmpfs)) }),
  joinable(declared('networks', { should: networks, is: liveNetworks })),
  constant('aliases', [], liveAliases),
  constant('addresses', [], livePinned),
  constant('links', [], liveLinks),
  {
    ...constant('hostname', '', ({ inspect }) => inspect.Config.Hostname ?? ''),
    expected: ({ container }) => hostnameOf(container),
  },
  constant('domain', '', ({ inspect }) => inspect.Config.Domainname ?? ''),
  declared('dns', { should: (c) => sorted(c.dns), is: host((h) => sorted(h.Dns ?? [])) }),
  declared('ports', { should: ports, is: host(livePorts) }),
  mutable('memory', declared('memory', { should: (c) => c.memory, is: host((h) => h.Memory ?? 0) })),
  { ...mutable('memory', declared('swap', { should: (c) => c.memory, is: liveSwap })), accepts: noSwapOnTop },
  mutable('nanoCpus', declared('cpus', { should: (c) => c.nanoCpus / 1e9, is: host((h) => (h.NanoCpus ?? 0) / 1e9) })),
  mutable('pids', declared('pids', { should: (c) => limit(c.pids), is: host((h) => limit(h.PidsLimit)) })),
  mutable(
    'restart',
    declared('restart', { should: (c) => c.restart, is: host((h) => restartPolicy(h.RestartPolicy)) }),
  ),
  each('ulimits', { should: (c) => ({ nofile: `${c.nofile}:${c.nofile}`, core: '0:0' }), is: host(liveUlimits) }),
  declared('healthcheck', { should: healthcheckJson, is: config((c) => ({ ...healthcheck(c.Healthcheck) })) }),
  declared('stop_timeout', { should: (c) => c.stopTimeout, is: config((c) => c.StopTimeout ?? 10) }),
  declared('stdin', { should: (c) => c.stdin, is: config((c) => c.OpenStdin ?? false) }),
  declared('log', { should: (c) => logText(c.log.type, c.log.config), is: host(liveLog) }),
  declared('init', { should: (c) => c.init, is: host((h) => h.Init ?? false) }),
  declared('readonly_root', { should: (c) => c.readonlyRootfs, is: host((h) => h.ReadonlyRootfs ?? false) }),
  declared('caps', { should: (c) => capabilities(c.capAdd), is: host((h) => capabilities(h.CapAdd)) }),
  declared('caps_dropped', { should: (c) => capabilities(c.capDrop), is: host((h) => capabilities(h.CapDrop)) }),
  declared('groups', { should: (c) => sorted(c.groupAdd), is: host((h) => sorted(h.GroupAdd ?? [])) }),
  each('labels', { should: (c) => ownLabels(c.labels), is: liveLabels }),
  always('security', ['no-new-privileges'], (h) => securityOptions(h.SecurityOpt)),
  always('privileged', false, (h) => h.Privileged ?? false),
  always('ipc', 'private', (h) => h.IpcMode || 'private'),
  always('pid_mode', '', (h) => h.PidMode ?? ''),
  always('uts_mode', '', (h) => h.UTSMode ?? ''),
  always('userns_mode', '', (h) => h.UsernsMode ?? ''),
  always('system_paths', 'masked', liveSystemPaths),
  always('publish_all', false, (h) => h.PublishAllPorts ?? false),
  always('auto_remove', false, (h) => h.AutoRemove ?? false),
  always('memory_reservation', 0, (h) => limit(h.MemoryReservation)),
  always('cpu_shares', 0, (h) => h.CpuShares ?? 0),
  always('cpu_quota', 0, (h) => limit(h.CpuQuota)),
  always('cpu_period', 0, (h) => h.CpuPeriod ?? 0),
  always('cpuset', '', (h) => h.CpusetCpus ?? ''),
  always('cpuset_mems', '', (h) => h.CpusetMems ?? ''),
  always('cpu_rt_period', 0, (h) => h.CpuRealtimePeriod ?? 0),
  always('cpu_rt_runtime', 0, (h) => h.CpuRealtimeRuntime ?? 0),
  always('kernel_memory', 0, (h) => limit(h.KernelMemory)),
  always('kernel_memory_tcp', 0, (h) => limit(h.KernelMemoryTCP)),
  always('swappiness', null, swappiness),
  always('oom_kill_disabled', false, (h) => h.OomKillDisable ?? false),
  always('blkio_weight', 0, (h) => h.BlkioWeight ?? 0),
  always('cgroup_parent', '', (h) => h.CgroupParent ?? ''),
  always('oom_score', 0, (h) => h.OomScoreAdj ?? 0),
  constant('tty', false, ({ inspect }) => inspect.Config.Tty ?? false),
  constant('stop_signal', null, liveStopSignal),
  constant('stdin_once', false, ({ inspect }) => inspect.Config.StdinOnce ?? false),
  never('devices', (h) => h.Devices),
  never('device_requests', (h) => h.DeviceRequests),
  never('device_rules', (h) => h.DeviceCgroupRules),
  never('volumes_from', (h) => h.VolumesFrom),
  never('extra_hosts', (h) => h.ExtraHosts),
  never('dns_search', (h) => h.DnsSearch),
  never('dns_options', (h) => h.DnsOptions),
  never('sysctls', (h) => h.Sysctls),
  never('storage_options', (h) => h.StorageOpt),
  never('blkio_weights', (h) => h.BlkioWeightDevice),
  never('blkio_read_bps', (h) => h.BlkioDeviceReadBps),
  never('blkio_write_bps', (h) => h.BlkioDeviceWriteBps),
  never('blkio_read_iops', (h) => h.BlkioDeviceReadIOps),
  never('blkio_write_iops', (h) => h.BlkioDeviceWriteIOps),
];

/** Whether a field, as changes name it, can be changed on the existing container. */
export function isInPlace(field: string): boolean {
  return rows.some((row) => row.field === field && row.inPlace !== null && row.inPlace !== 'joins');
}

function mountText(mount: Pick<MountSpec, 'type' | 'source' | 'readonly'>): string {
  return `${mount.type} ${mount.source} (${mount.readonly ? 'read-only' : 'writable'})`;
}

function mounts(specs: readonly MountSpec[]): Record<string, string> {
  return Object.fromEntries(specs.map((mount) => [cleanPath(mount.target), mountText(mount)]));
}

function tmpfs(paths: Record<string, string> | null | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(paths ?? {}).map(([path, options]) => [cleanPath(path), mountOptions(options)]),
  );
}

function ports(container: ResolvedContainer): string[] {
  return sorted(container.ports.map((p) => portBinding(`${p.containerPort}/tcp`, p.hostIp, p.hostPort)));
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

function networks({ network, joins }: ResolvedContainer): string[] {
  return network === 'none' ? [] : sorted([network, ...joins]);
}

/** Toolcrib's own containers bear neither label. */
function speaks(labels: Record<string, string> | null | undefined): string | null {
  return labels?.[LABEL.transport] ?? null;
}

function sharing(labels: Record<string, string> | null | undefined): string | null {
  return labels?.[LABEL.instances] ?? null;
}

function definitionsOf(labels: Record<string, string> | null | undefined): string | null {
  return labels?.[LABEL.definitions] ?? null;
}

function liveLog({ LogConfig: log }: HostConfig): string {
  return logText(log?.Type ?? '', log?.Config ?? {});
}

function logText(type: string, options: Record<string, string>): string {
  return [type, ...sorted(Object.entries(options).map(([name, value]) => `${name}=${value}`))].join(' ');
}

/** Ours, but for those that differ from one generation to the next or have a field of their own. */
function ownLabels(labels: Record<string, string>): Record<string, string> {
  const apart: readonly string[] = [
    LABEL.generation,
    LABEL.applied,
    LABEL.definitions,
    LABEL.transport,
    LABEL.instances,
    LABEL.restart,
  ];
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

/** null: the image's own, or the engine's default where it says none. */
function liveStopSignal({ inspect, image }: Live): string | null {
  const signal = inspect.Config.StopSignal ?? '';
  const own = image?.Config?.StopSignal || 'SIGTERM';
  return image === null || signal === '' || signal === own ? null : signal;
}

/** -1 is the host's, as null is. */
function swappiness({ MemorySwappiness: value }: HostConfig): number | null {
  return value === undefined || value === null || value < 0 ? null : value;
}

/** An empty list unmasks; engines leave the defaults in, or say nothing. */
function liveSystemPaths({ MaskedPaths, ReadonlyPaths }: HostConfig): string {
  return isEmptied(MaskedPaths) || isEmptied(ReadonlyPaths) ? 'unmasked' : 'masked';
}

function isEmptied(paths: string[] | null | undefined): boolean {
  return paths?.length === 0;
}
