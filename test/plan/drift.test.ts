/** Each thing that somebody can change behind toolcrib's back is told as exactly one line, and mended. */
import { describe, expect, it } from 'vitest';
import type { ContainerInspect } from '../../src/model/inspect.js';
import { LABEL } from '../../src/model/labels.js';
import type { ActualState, OwnedContainer } from '../../src/model/state.js';
import { planProject } from '../../src/plan/plan-project.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import { inWords } from '../../src/plan/views/words.js';
import { unroutedOf } from '../../src/workflow/unrouted.js';
import type { World } from './support/apply-steps.js';
import { applySteps } from './support/apply-steps.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { halt, nothingThere } from './support/engine-model.js';

const DECLARED: Declaration = {
  servers: {
    docs: {
      env: { LOG_LEVEL: 'info', API_TOKEN: 'not-to-be-shown' },
      args: ['/data'],
      mounts: [{ source: '/srv/docs', target: '/data', readonly: true }],
    },
    mail: {},
  },
  agents: { bot: [{ server: 'docs', tools: ['*'] }] },
  tokens: [{ id: 'bbbbbbbbbb' }],
};

const compiled = declare(DECLARED);
const plan = (actual: ActualState): Plan => planProject(compiled.desired, actual, { version: '0.1.0' }).plan;
const applied: World = applySteps(plan(nothingThere()), compiled, { actual: nothingThere(), policy: null });

function changed(mutate: (actual: ActualState) => void): World {
  const world = structuredClone(applied);
  mutate(world.actual);
  return world;
}

/** `server.docs update: memory: 64Mi → 128Mi (drift)`, one line a field. */
function lines({ changes, accessChanges }: Plan): string[] {
  const shown = changes.filter((change) => change.action !== 'no-op');
  const told = shown.flatMap(({ address, action, fields, cause }) => {
    if (fields.length === 0 || action === 'create') return [`${address} ${action} (${cause})`];
    return fields.map(
      (each) =>
        `${address} ${action}: ${each.field}: ${inWords(each.field, each.after)} ← ${inWords(each.field, each.before)} (${each.cause})`,
    );
  });
  return [...told, ...accessChanges.map((change) => change.text)];
}

const container = (actual: ActualState, address = 'server.docs'): OwnedContainer =>
  actual.containers.find((each) => each.address === address)!;

type Mutation = (inspect: ContainerInspect) => void;
const host =
  (set: Partial<ContainerInspect['HostConfig']>): Mutation =>
  ({ HostConfig }) =>
    void Object.assign(HostConfig, set);
const config =
  (set: Partial<ContainerInspect['Config']>): Mutation =>
  ({ Config }) =>
    void Object.assign(Config, set);

const MIB = 1024 * 1024;

/** What stands after the arrow is what was found. */
const OF_A_SERVER: [string, Mutation, string][] = [
  ['docker update --memory', host({ Memory: 32 * MIB }), 'update: memory: 64Mi ← 32Mi'],
  ['docker update --memory-swap', host({ MemorySwap: 128 * MIB }), 'update: swap: 64Mi ← 128Mi'],
  ['unlimited swap', host({ MemorySwap: -1 }), 'update: swap: 64Mi ← no limit'],
  ['docker update --cpus', host({ NanoCpus: 2e9 }), 'update: cpus: 0.5 ← 2'],
  ['docker update --pids-limit', host({ PidsLimit: 500 }), 'update: pids: 64 ← 500'],
  ['no limit of processes', host({ PidsLimit: -1 }), 'update: pids: 64 ← no limit'],
  [
    'docker update --restart',
    host({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } }),
    'update: restart: no ← on-failure:3',
  ],
  ['docker update --cpu-shares', host({ CpuShares: 512 }), 'replace: cpu_shares: 0 ← 512'],
  ['docker update --cpu-quota', host({ CpuQuota: 50_000 }), 'replace: cpu_quota: 0 ← 50000'],
  ['docker update --cpuset-cpus', host({ CpusetCpus: '0' }), 'replace: cpuset: "" ← 0'],
  [
    'docker update --memory-reservation',
    host({ MemoryReservation: MIB }),
    'replace: memory_reservation: no limit ← 1Mi',
  ],
  ['docker update --cpuset-mems', host({ CpusetMems: '0' }), 'replace: cpuset_mems: "" ← 0'],
  ['docker update --kernel-memory', host({ KernelMemory: MIB }), 'replace: kernel_memory: no limit ← 1Mi'],
  ['docker update --blkio-weight', host({ BlkioWeight: 300 }), 'replace: blkio_weight: 0 ← 300'],
  ['docker update --cpu-rt-runtime', host({ CpuRealtimeRuntime: 950 }), 'replace: cpu_rt_runtime: 0 ← 950'],
  ['docker update --cpu-rt-period', host({ CpuRealtimePeriod: 1000 }), 'replace: cpu_rt_period: 0 ← 1000'],
  ['a limit of the kernel’s buffers', host({ KernelMemoryTCP: MIB }), 'replace: kernel_memory_tcp: no limit ← 1Mi'],
  ['eagerness to swap', host({ MemorySwappiness: 0 }), 'replace: swappiness: (none) ← 0'],
  ['no end for want of memory', host({ OomKillDisable: true }), 'replace: oom_kill_disabled: false ← true'],
  ['another group of processes', host({ CgroupParent: '/mine' }), 'replace: cgroup_parent: "" ← /mine'],
  ['a domain to search', host({ DnsSearch: ['evil.test'] }), 'replace: dns_search: (none) ← [evil.test]'],
  ['a resolver’s option', host({ DnsOptions: ['ndots:9'] }), 'replace: dns_options: (none) ← [ndots:9]'],
  ['storage', host({ StorageOpt: { size: '1G' } }), 'replace: storage_options: (none) ← [size=1G]'],
  [
    'a disk’s share',
    host({ BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 10 }] }),
    'replace: blkio_weights: (none) ← ["{\\"Path\\":\\"/dev/sda\\",\\"Weight\\":10}"]',
  ],
  ...(['ReadBps', 'WriteBps', 'ReadIOps', 'WriteIOps'] as const).map((what): [string, Mutation, string] => [
    `a disk’s ${what}`,
    host({ [`BlkioDevice${what}`]: ['/dev/sda 1'] }),
    `replace: blkio_${what.replace(/(?<=[de])(?=[BI])/, '_').toLowerCase()}: (none) ← [/dev/sda 1]`,
  ]),
  ['a host name of its own', config({ Hostname: 'idp' }), 'replace: hostname: docs ← idp'],
  ['a domain', config({ Domainname: 'acme.test' }), 'replace: domain: "" ← acme.test'],
  ['a signal that does not stop it', config({ StopSignal: 'SIGWINCH' }), 'replace: stop_signal: (none) ← SIGWINCH'],
  ['docker rename', (i) => void (i.Name = '/mine'), 'replace: name: toolcrib.acme.server.docs.g1 ← mine'],
  [
    'another environment',
    config({ Env: ['PATH=/usr/local/bin', 'RELEASE=1', 'API_TOKEN=not-to-be-shown', 'LOG_LEVEL=debug'] }),
    'replace: env.LOG_LEVEL: info ← debug',
  ],
  [
    'another secret',
    config({ Env: ['PATH=/usr/local/bin', 'RELEASE=1', 'API_TOKEN=stolen', 'LOG_LEVEL=info'] }),
    'replace: env.API_TOKEN: (sensitive, changed) ← (sensitive)',
  ],
  [
    'one variable more',
    (i) => void i.Config.Env?.push('LD_PRELOAD=/tmp/evil.so'),
    'replace: env.LD_PRELOAD: (none) ← /tmp/evil.so',
  ],
  ['an entrypoint', config({ Entrypoint: ['/bin/sh'] }), 'replace: command: [/server] ← [/bin/sh]'],
  ['a command', config({ Cmd: ['/'] }), 'replace: args: [/data] ← [/]'],
  ['a user', config({ User: 'root' }), 'replace: user: 65532:65532 ← root'],
  ['a working folder', config({ WorkingDir: '/root' }), 'replace: workdir: / ← /root'],
  [
    'a healthcheck',
    config({ Healthcheck: { Test: ['CMD', 'true'] } }),
    'replace: healthcheck: (none) ← {"test":["CMD","true"],"interval":0,"timeout":0,"startPeriod":0,"retries":0}',
  ],
  ['closed stdin', config({ OpenStdin: false }), 'replace: stdin: true ← false'],
  ['a terminal', config({ Tty: true }), 'replace: tty: false ← true'],
  ['a stop timeout', config({ StopTimeout: 60 }), 'replace: stop_timeout: 5 ← 60'],
  [
    'a label of ours',
    (i) => void (i.Config.Labels![`${LABEL.project}-x`] = 'y'),
    'replace: labels.project-x: (none) ← y',
  ],
  ['a capability', host({ CapAdd: ['CAP_SYS_ADMIN'] }), 'replace: caps: (none) ← [SYS_ADMIN]'],
  ['capabilities kept', host({ CapDrop: ['net_raw'] }), 'replace: caps_dropped: [ALL] ← [NET_RAW]'],
  ['a group', host({ GroupAdd: ['0'] }), 'replace: groups: (none) ← [0]'],
  ['privileges', host({ Privileged: true }), 'replace: privileged: false ← true'],
  ['a writable root', host({ ReadonlyRootfs: false }), 'replace: readonly_root: true ← false'],
  ['new privileges', host({ SecurityOpt: [] }), 'replace: security: [no-new-privileges] ← (none)'],
  [
    'no seccomp',
    host({ SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }),
    'replace: security: [no-new-privileges] ← [no-new-privileges, seccomp=unconfined]',
  ],
  [
    'no SELinux',
    host({ SecurityOpt: ['no-new-privileges', 'label:disable'] }),
    'replace: security: [no-new-privileges] ← [label=disable, no-new-privileges]',
  ],
  ['unmasked paths', host({ MaskedPaths: [] }), 'replace: system_paths: masked ← unmasked'],
  ['the host’s processes', host({ PidMode: 'host' }), 'replace: pid_mode: "" ← host'],
  ['the host’s names', host({ UTSMode: 'host' }), 'replace: uts_mode: "" ← host'],
  ['the host’s users', host({ UsernsMode: 'host' }), 'replace: userns_mode: "" ← host'],
  ['the host’s memory', host({ IpcMode: 'host' }), 'replace: ipc: private ← host'],
  [
    'a device',
    host({ Devices: [{ PathOnHost: '/dev/kvm' }] }),
    'replace: devices: (none) ← ["{\\"PathOnHost\\":\\"/dev/kvm\\"}"]',
  ],
  ['a GPU', host({ DeviceRequests: [{ Count: -1 }] }), 'replace: device_requests: (none) ← ["{\\"Count\\":-1}"]'],
  ['a device rule', host({ DeviceCgroupRules: ['c *:* rwm'] }), 'replace: device_rules: (none) ← [c *:* rwm]'],
  ['somebody’s volumes', host({ VolumesFrom: ['other'] }), 'replace: volumes_from: (none) ← [other]'],
  ['a host name', host({ ExtraHosts: ['idp:10.0.0.1'] }), 'replace: extra_hosts: (none) ← [idp:10.0.0.1]'],
  ['a resolver', host({ Dns: ['10.0.0.1'] }), 'replace: dns: (none) ← [10.0.0.1]'],
  ['a link', host({ Links: ['db:db'] }), 'replace: links: (none) ← [db:db]'],
  [
    'a kernel parameter',
    host({ Sysctls: { 'net.core.somaxconn': '1' } }),
    'replace: sysctls: (none) ← [net.core.somaxconn=1]',
  ],
  [
    'a published port',
    host({ PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }] } }),
    'replace: ports: (none) ← [80/tcp on 0.0.0.0:80]',
  ],
  ['all ports', host({ PublishAllPorts: true }), 'replace: publish_all: false ← true'],
  ['no init', host({ Init: false }), 'replace: init: true ← false'],
  ['self-removal', host({ AutoRemove: true }), 'replace: auto_remove: false ← true'],
  ['a score', host({ OomScoreAdj: -900 }), 'replace: oom_score: 0 ← -900'],
  ['a log', host({ LogConfig: { Type: 'json-file', Config: {} } }), 'replace: log: none ← json-file'],
  [
    'open files',
    host({
      Ulimits: [
        { Name: 'nofile', Soft: 9, Hard: 9 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
    }),
    'replace: ulimits.nofile: 1024:1024 ← 9:9',
  ],
  [
    'core dumps',
    host({ Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 1024 }] }),
    'replace: ulimits.core: 0:0 ← (none)',
  ],
  [
    'an executable /tmp',
    host({ Tmpfs: { '/cache': 'rw,noexec,nosuid,nodev,size=64m', '/tmp': 'rw,exec,nosuid,nodev,size=64m' } }),
    'replace: tmpfs./tmp: nodev,noexec,nosuid,rw,size=64m ← exec,nodev,nosuid,rw,size=64m',
  ],
  [
    'a writable mount',
    (i) => void (i.Mounts![0]!.RW = true),
    'replace: mounts./data: bind /srv/docs (read-only) ← bind /srv/docs (writable)',
  ],
  [
    'another source',
    (i) => void (i.Mounts![0]!.Source = '/etc'),
    'replace: mounts./data: bind /srv/docs (read-only) ← bind /etc (read-only)',
  ],
  [
    'a shared mount',
    (i) => void (i.Mounts![0]!.Propagation = 'rshared'),
    'replace: mounts./data: bind /srv/docs (read-only) ← bind /srv/docs (read-only, rshared)',
  ],
  [
    'a mount more',
    (i) => void i.Mounts!.push({ Type: 'bind', Source: '/', Destination: '/host', RW: true }),
    'replace: mounts./host: (none) ← bind / (writable)',
  ],
  [
    'an anonymous volume',
    (i) => void i.Mounts!.push({ Type: 'volume', Name: 'abc', Destination: '/cache', RW: true }),
    'replace: mounts./cache: (none) ← volume abc (writable, not a volume of this project)',
  ],
  ['a mount less', (i) => void i.Mounts!.pop(), 'replace: mounts./data: bind /srv/docs (read-only) ← (none)'],
  [
    'a network',
    (i) => void (i.NetworkSettings.Networks = { bridge: { NetworkID: 'b1d9e' } }),
    'replace: networks: (none) ← [bridge]',
  ],
  [
    'the host’s network',
    (i) => void (i.NetworkSettings.Networks = { host: { NetworkID: 'h057' } }),
    'replace: networks: (none) ← [host]',
  ],
  [
    'somebody’s network',
    (i) => void ((i.HostConfig.NetworkMode = 'container:abc'), (i.NetworkSettings.Networks = {})),
    'replace: networks: (none) ← [container:abc]',
  ],
];

describe('a server that somebody changed', () => {
  it.each(OF_A_SERVER)('%s', (_what, mutate, expected) => {
    const world = changed((actual) => mutate(container(actual).inspect));
    expect(lines(plan(world.actual))).toEqual([`server.docs ${expected} (drift)`]);
    const mended = applySteps(plan(world.actual), compiled, world);
    expect(plan(mended.actual).steps).toEqual([]);
  });

  it('is mended in place with both limits at once, because memory may not exceed swap', () => {
    const { actual } = changed((each) => host({ Memory: 32 * MIB })(container(each).inspect));
    const id = container(actual).inspect.Id;
    expect(plan(actual).steps).toEqual([
      { do: 'update-container', address: 'server.docs', id, set: { memory: 64 * MIB } },
    ]);
  });
});

const WHOLE: [string, (actual: ActualState) => void, string[]][] = [
  [
    'a server removed',
    (a) => void (a.containers = a.containers.filter((each) => each.address !== 'server.docs')),
    ['server.docs create (drift)'],
  ],
  [
    'a server paused',
    (a) => void (container(a).inspect.State = { Status: 'paused', Running: true, Paused: true, ExitCode: 0 }),
    ['server.docs start: state: running ← paused (drift)'],
  ],
  ['a server stopped, which the bridge mends', (a) => halt(container(a)), []],
  [
    'a server given up',
    (a) => (
      halt(container(a)),
      Object.assign(a.ack!.generations['docs@1']!, { state: 'failed', reason: 'it exits at once' })
    ),
    ['server.docs start: state: running ← exited (drift)'],
  ],
  ['the proxy stopped', (a) => halt(container(a, 'proxy')), ['proxy start: state: running ← exited (drift)']],
  ['the bridge stopped', (a) => halt(container(a, 'bridge')), ['bridge start: state: running ← exited (drift)']],
  [
    'the bridge paused',
    (a) => void (container(a, 'bridge').inspect.State = { Status: 'paused', Running: true, Paused: true, ExitCode: 0 }),
    ['bridge start: state: running ← paused (drift)'],
  ],
  [
    'the proxy removed',
    (a) => void (a.containers = a.containers.filter((each) => each.address !== 'proxy')),
    ['proxy create (drift)'],
  ],
  [
    'the proxy on one network more',
    (a) => void (container(a, 'proxy').inspect.NetworkSettings.Networks!.other = { NetworkID: '0123456789abcdef' }),
    ['proxy update: networks: [toolcrib.acme.published] ← [other, toolcrib.acme.published] (drift)'],
  ],
  [
    'an alias',
    (a) =>
      void container(a, 'proxy').inspect.NetworkSettings.Networks!['toolcrib.acme.published']!.Aliases!.push('idp'),
    ['proxy replace: aliases: (none) ← [idp] (drift)'],
  ],
  [
    'an address asked for',
    (a) =>
      void (container(a, 'proxy').inspect.NetworkSettings.Networks!['toolcrib.acme.published']!.IPAMConfig = {
        IPv4Address: '10.89.0.9',
      }),
    ['proxy replace: addresses: (none) ← [10.89.0.9] (drift)'],
  ],
  [
    'a link on a network',
    (a) =>
      void (container(a, 'proxy').inspect.NetworkSettings.Networks!['toolcrib.acme.published']!.Links = ['db:idp']),
    ['proxy replace: links: (none) ← [db:idp] (drift)'],
  ],
  ...(['control', 'bridge', 'proxy'] as const).map((address): [string, (a: ActualState) => void, string[]] => [
    `a running copy of the ${address}, of a later generation`,
    (a) => {
      const copy = structuredClone(container(a, address));
      Object.assign(copy.inspect, { Name: '/mine', Id: 'c0de'.repeat(16) });
      a.containers.push({ ...copy, generation: 50 });
    },
    [`${address}@50 delete (drift)`],
  ]),
  [
    'the name of an image taken away',
    (a) => {
      a.images['toolcrib/acme/server-docs:1'] = null;
      a.ownImages.find(({ made }) => made?.address === 'image.docs')!.tags = [];
    },
    ['image.docs update: reference: toolcrib/acme/server-docs:1 ← (none) (drift)'],
  ],
  [
    'the name of an image given to another one',
    (a) => {
      a.images['toolcrib/acme/server-docs:1'] = a.images['toolcrib/acme/server-mail:1']!;
      a.ownImages.find(({ made }) => made?.address === 'image.docs')!.tags = [];
    },
    ['image.docs update: reference: toolcrib/acme/server-docs:1 ← (none) (drift)'],
  ],
  [
    'the policy emptied',
    (a) => void (a.policy = null),
    [
      'policy create (drift)',
      'bot gains docs:list',
      'bot gains docs:read_file',
      'bot gains docs:write_file',
      'new token bbbbbbbbbb for bot, without expiry',
    ],
  ],
  ['the acknowledgement gone', (a) => void (a.ack = null), ['policy update (drift)']],
  ['another policy put in', (a) => void (a.policy!.digest = 'f'.repeat(64)), ['policy update (config)']],
  [
    'a network that lets out',
    (a) => void (a.networks[0]!.Internal = true),
    [
      'proxy replace: networks: [toolcrib.acme.published (made anew)] ← [toolcrib.acme.published] (drift)',
      'network.published replace: internal: false ← true (drift)',
    ],
  ],
  [
    'the network removed',
    (a) => void ((a.networks = []), (container(a, 'proxy').inspect.NetworkSettings.Networks = {})),
    ['proxy replace: networks: [toolcrib.acme.published] ← (none) (drift)', 'network.published create (drift)'],
  ],
  [
    'a volume removed with what used it',
    (a) =>
      void (
        (a.volumes = a.volumes.filter((each) => each.Name !== 'toolcrib.acme.audit')),
        (a.containers = a.containers.filter((each) => !['proxy', 'control'].includes(each.address)))
      ),
    ['control create (config)', 'proxy create (drift)', 'volume.system.audit create (config)'],
  ],
  [
    'a copy, labels and all',
    (a) =>
      void a.containers.push({
        ...structuredClone(container(a)),
        inspect: { ...structuredClone(container(a).inspect), Id: 'c0', Name: '/copy' },
      }),
    ['server.docs@1 delete (drift)'],
  ],
  [
    'a bridge that crashes again and again',
    (a) => void Object.assign(container(a, 'bridge').inspect.State, { Status: 'restarting', Running: true }),
    ['bridge start: state: running ← restarting (drift)'],
  ],
  ['a key whose certificate is served no more', (a) => void (a.keys = ['f'.repeat(64)]), ['policy update (drift)']],
];

describe('an engine that somebody changed', () => {
  it.each(WHOLE)('%s', (_what, mutate, expected) => {
    const world = changed(mutate);
    expect(lines(plan(world.actual))).toEqual(expected);
    const mended = applySteps(plan(world.actual), compiled, world);
    expect(plan(mended.actual).steps).toEqual([]);
  });
});

describe('a proxy that cannot take a policy', () => {
  const newer = declare({ ...DECLARED, system: '2', tokens: [] });

  it.each(['restarting', 'paused'] as const)('%s, makes way before anything waits for it', (Status) => {
    const { actual } = changed((a) => {
      container(a, 'proxy').inspect.State = { Status, Running: true, Paused: Status === 'paused', ExitCode: 1 };
    });
    const { steps } = planProject(newer.desired, actual, { version: '0.1.0' }).plan;
    const final = steps.findIndex((step) => step.do === 'policy' && step.stage === 'final');
    expect(steps.findIndex((step) => step.do === 'start-container' && step.address === 'proxy')).toBeLessThan(final);
  });
});

describe('a new proxy and bridge', () => {
  const newer = declare({ ...DECLARED, system: '2' });

  it.each([
    ['that read the same policies', (form: string) => form],
    ['that read others', () => 'another'],
  ])('%s are tried out before anything of the old ones is touched', (_which, form) => {
    const { actual } = changed((a) => (a.ack = a.ack && { ...a.ack, form: form(a.ack.form ?? '') }));
    const { steps } = planProject(newer.desired, actual, { version: '0.1.0' }).plan;
    const ofSystem = steps.filter((step) => step.do !== 'policy' && ['bridge', 'proxy'].includes(step.address));
    expect(ofSystem.slice(0, 2).map((step) => step.do)).toEqual(['rehearse', 'rehearse']);
    expect(ofSystem.filter((step) => step.do === 'rehearse')).toHaveLength(2);
  });

  const first = (steps: Step[], wanted: (step: Step) => boolean): number => {
    const at = steps.findIndex(wanted);
    expect(at).toBeGreaterThanOrEqual(0);
    return at;
  };

  it.each([
    ['on a network that is made anew', { ...DECLARED, system: '2', pool: '10.90.0.0/16' }],
    ['of a project under another name', { ...DECLARED, name: 'tools', previously: ['acme'] }],
  ])('%s are tried out before the old ones stop', (_what, declared) => {
    const { steps } = planProject(declare(declared).desired, changed(() => undefined).actual, {
      version: '0.1.0',
    }).plan;
    for (const address of ['bridge', 'proxy'] as const) {
      const rehearsed = first(steps, (step) => step.do === 'rehearse' && step.address === address);
      const stopped = first(steps, (step) => step.do === 'stop-container' && step.address === address);
      const created = first(steps, (step) => step.do === 'create-container' && step.address === address);
      expect(rehearsed).toBeLessThan(Math.min(stopped, created));
      expect(steps.findIndex((step) => step.do === 'image')).toBeLessThan(rehearsed);
    }
  });

  it('are not on a network that somebody changed: it would prove nothing', () => {
    const { actual } = changed((a) => {
      for (const each of a.networks) if (each.Name.endsWith('published')) each.Internal = true;
    });
    const { steps } = planProject(newer.desired, actual, { version: '0.1.0' }).plan;
    expect(steps.flatMap((step) => (step.do === 'rehearse' ? step.address : []))).toEqual(['bridge']);
  });

  it('are not where there is no old one that serves', () => {
    const { actual } = changed((a) => halt(container(a, 'proxy')));
    const { steps } = planProject(newer.desired, actual, { version: '0.1.0' }).plan;
    expect(steps.flatMap((step) => (step.do === 'rehearse' ? step.address : []))).toEqual(['bridge']);
  });
});

describe('a lost control', () => {
  const less = declare({ ...DECLARED, agents: { bot: [{ server: 'docs', tools: ['list'] }] } });

  it.each([['control'], ['control', 'bridge', 'proxy']])(
    'access that goes is gone before anything starts',
    (...lost) => {
      const world = changed((a) => {
        a.containers = a.containers.filter((each) => !lost.includes(each.address));
        Object.assign(a, { policy: null, ack: null });
      });
      const made = planProject(less.desired, world.actual, { version: '0.1.0' }).plan;
      const restricted = made.steps.findIndex((step) => step.do === 'policy');
      const before = applySteps(made, less, world, restricted + 1);
      expect(before.actual.policy?.access.map(({ tool }) => tool)).toEqual(['list']);
      expect(made.steps.slice(0, restricted).some((step) => step.do === 'start-container')).toBe(false);
      const mended = applySteps(made, less, world);
      expect(planProject(less.desired, mended.actual, { version: '0.1.0' }).plan.steps).toEqual([]);
    },
  );
});

describe('a server called proxy', () => {
  it('goes on serving while the proxy is stopped', () => {
    const one = declare({ ...DECLARED, servers: { proxy: {} }, agents: {} });
    const made = planProject(one.desired, nothingThere(), { version: '0.1.0' }).plan;
    const { actual } = applySteps(made, one, { actual: nothingThere(), policy: null });
    const two = declare({ ...DECLARED, servers: { proxy: { args: ['-v'] } }, agents: {}, pool: '10.90.0.0/16' });
    expect(unroutedOf(planProject(two.desired, actual, { version: '0.1.0' }).plan)).toEqual(new Set());
  });
});
