/** What an engine lacks for containers to be as hardened as they are declared. Pure. */
import type { EngineInfo } from '../../model/inspect.js';
import type { EngineFacts } from '../../model/state.js';
import { failed, ok, warn } from './finding.js';
import type { Found } from './finding.js';

export interface EngineNeeds {
  /** Where the proxy is published. */
  listen: string | null;
  /** Newest API that this toolcrib is tested with. */
  newestApi: string;
  /** When it was asked for what it says, and when that was here. */
  asked: { from: Date; until: Date };
}

/** Beyond this, what one of the two holds to be valid may have expired for the other. */
const MOST_SKEW_MS = 5_000;

export function engineFindings(
  facts: EngineFacts,
  info: EngineInfo,
  { listen, newestApi, asked }: EngineNeeds,
): Found[] {
  const options = new Set((info.SecurityOptions ?? []).map((option) => /name=([^,]+)/.exec(option)?.[1] ?? option));
  return [
    ok(
      'answers',
      `Docker ${facts.version} at ${facts.endpoint}${facts.context ? ` (context ${facts.context})` : ''}, ${facts.platform}`,
    ),
    api(facts, newestApi),
    limits(info),
    info.SwapLimit === false
      ? warn(
          'swap limit',
          'the kernel limits no swap, so that a server may use swap beyond its memory limit',
          'Boot the engine’s host with `swapaccount=1`, or switch its swap off.',
        )
      : ok('swap limit', 'limited with the memory'),
    info.CgroupVersion === '1'
      ? warn(
          'cgroup',
          `version 1 (${info.CgroupDriver ?? 'unknown driver'}), which newer systems give up`,
          'Move the host to cgroup version 2 when you upgrade it; nothing else has to change.',
        )
      : ok('cgroup', `version ${info.CgroupVersion ?? 'unknown'} (${info.CgroupDriver ?? 'unknown driver'})`),
    options.has('seccomp')
      ? ok('seccomp', 'on, with the engine’s profile')
      : failed(
          'seccomp',
          'the engine filters no system calls: a server reaches the whole kernel',
          'Use an engine and a kernel with seccomp.',
        ),
    confinement(options),
    storage(info),
    volumes(info),
    ...clock(info, asked),
    ...loopback(facts, listen),
    ...internalDns(facts),
    ...(info.Warnings ?? [])
      .filter((words) => !/swap limit|blkio|cpu (?:shares|cfs)|bridge-nf-call/i.test(words))
      .map((words) => warn('warning', `the engine says: ${words}`, 'See the engine’s documentation.')),
  ];
}

function api({ apiVersion, offeredApi = apiVersion }: EngineFacts, newest: string): Found {
  if (compare(offeredApi, newest) <= 0) return ok('api', `version ${apiVersion}`);
  return warn(
    'api',
    `the engine speaks ${offeredApi}; this toolcrib is tested up to ${newest}, and speaks that`,
    'Upgrade toolcrib when it knows this engine; until then it works as with an older one.',
  );
}

function limits(info: EngineInfo): Found {
  const missing = [
    ...(info.MemoryLimit === false ? ['memory'] : []),
    ...(info.PidsLimit === false ? ['processes'] : []),
    ...(info.CpuCfsQuota === false ? ['CPU'] : []),
  ];
  if (missing.length === 0) return ok('limits', 'memory, CPU and processes can be limited');
  return failed(
    'limits',
    `the engine cannot limit ${missing.join(', ')}: one server could take all of it`,
    'Enable the cgroup controllers on the engine’s host (a rootless engine: delegate them to the user).',
  );
}

/** Neither is needed; both are one wall more. */
function confinement(options: ReadonlySet<string>): Found {
  const walls = ['apparmor', 'selinux', 'userns', 'rootless'].filter((each) => options.has(each));
  if (options.has('rootless') || options.has('userns'))
    return ok('isolation', `${walls.join(', ')}: root inside is nobody outside`);
  return ok(
    'isolation',
    `${walls.length > 0 ? `${walls.join(', ')}; ` : ''}no user namespace, so uid 0 of the bridge is the host’s (servers run as another user)`,
  );
}

function storage({ Driver = 'unknown', DockerRootDir = '?' }: EngineInfo): Found {
  if (/^(overlay2|overlayfs|btrfs|zfs|fuse-overlayfs|stargz|native)$/.test(Driver))
    return ok('storage', `${Driver} in ${DockerRootDir}`);
  return warn(
    'storage',
    `${Driver} in ${DockerRootDir}, which copies whole images for each container`,
    'Use overlay2 (`storage-driver` in daemon.json).',
  );
}

function volumes({ Plugins }: EngineInfo): Found {
  const drivers = Plugins?.Volume ?? ['local'];
  if (drivers.includes('local')) return ok('volumes', `drivers: ${drivers.join(', ')}`);
  return failed(
    'volumes',
    `the engine has no \`local\` driver (${drivers.join(', ') || 'none at all'}), which every volume of a project is made with`,
    'Use an engine with its built-in volume driver.',
  );
}

function clock({ SystemTime }: EngineInfo, { from, until }: EngineNeeds['asked']): Found[] {
  const there = Date.parse(SystemTime ?? '');
  if (Number.isNaN(there)) return [];
  const skew = there < from.getTime() ? there - from.getTime() : Math.max(0, there - until.getTime());
  if (Math.abs(skew) <= MOST_SKEW_MS) return [ok('clock', 'goes with this machine’s')];
  return [
    warn(
      'clock',
      `the engine’s host is ${Math.round(Math.abs(skew) / 1000)} s ${skew < 0 ? 'behind' : 'ahead of'} this machine: tokens and certificates begin and end by its clock`,
      'Let both follow a time server (`timedatectl set-ntp true`).',
    ),
  ];
}

/** moby #45610: before 28.0 a neighbour on the LAN reaches ports that are published on loopback. */
function loopback({ version }: EngineFacts, listen: string | null): Found[] {
  const local = listen !== null && /^(127\.|\[?::1)/.test(listen);
  if (!local) return [];
  if (compare(version, '28.0') >= 0) return [ok('loopback', `${listen} is reached from the engine’s host alone`)];
  return [
    warn(
      'loopback',
      `Docker before 28.0 lets hosts of the same network segment reach ${listen}; tokens are asked for all the same`,
      'Upgrade Docker to 28 or later, or drop packets to 127.0.0.0/8 that come from outside (iptables, table raw).',
    ),
  ];
}

/** CVE-2024-29018: mended in 23.0.11, 25.0.5 and 26.0.0; never in 24. */
function internalDns({ version }: EngineFacts): Found[] {
  const mended =
    compare(version, '26.0') >= 0 ||
    (version.startsWith('25.') && isPatch(version, '25.0', 5)) ||
    (version.startsWith('23.') && isPatch(version, '23.0', 11));
  if (mended) return [ok('internal DNS', 'names are not asked for outside from internal networks')];
  return [
    warn(
      'internal DNS',
      `Docker ${version} passes DNS queries from internal networks to the outside (CVE-2024-29018), so that a server on one could smuggle out what it reads; servers without any network cannot`,
      'Upgrade Docker to 26 or later.',
    ),
  ];
}

function isPatch(version: string, minor: string, least: number): boolean {
  return compare(version, minor) > 0 || Number.parseInt(version.split('.')[2] ?? '0', 10) >= least;
}

/** By major and minor; what stands after is a distribution's. */
function compare(a: string, b: string): number {
  const [major = 0, minor = 0] = a.split('.').map((part) => Number.parseInt(part, 10));
  const [otherMajor = 0, otherMinor = 0] = b.split('.').map((part) => Number.parseInt(part, 10));
  return major - otherMajor || minor - otherMinor;
}
