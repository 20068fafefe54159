/** What a hardened container finds out of itself, and what to make of it: the engine's word is not taken for it. Pure. */
import type { Answer } from '../../sources/ask-image.js';
import { failed, ok, warn } from './finding.js';
import type { Found } from './finding.js';

/** What the question prints, as JSON. */
export interface Inside {
  /** Lines of /proc/self/status: `CapEff`, `CapBnd`, `NoNewPrivs`, `Seccomp`. */
  status: Record<string, string>;
  /** Error codes; null: it could be done. */
  writesRoot: string | null;
  runsFromTmp: string | null;
  interfaces: string[];
  /** As the cgroup has them, bytes, processes and cores; null: there is no such limit. */
  memory: number | null;
  pids: number | null;
  cpus: number | null;
  /** Bytes free on the disk that containers are on. */
  free: number;
}

interface Limits {
  memory: number;
  pids: number;
  nanoCpus: number;
}

/** For `node -e`, of any version that runs servers. cgroup version 2 has one tree, version 1 one for each controller. */
export const QUESTION = `
const fs = require('fs'), os = require('os'), { spawnSync } = require('child_process');
const attempt = (work) => { try { work(); return null; } catch (error) { return error.code || String(error); } };
const read = (...paths) => {
  for (const path of paths) try { return fs.readFileSync(path, 'utf8').trim(); } catch { continue; }
  return '';
};
const number = (text) => { const value = Number(text || NaN); return value > 0 && value < 2 ** 60 ? value : null; };
const group = '/sys/fs/cgroup';
const [quota, period] = (read(group + '/cpu.max') ||
  read(group + '/cpu/cpu.cfs_quota_us') + ' ' + read(group + '/cpu/cpu.cfs_period_us')).split(' ').map(number);
const disk = fs.statfsSync('/');
console.log(JSON.stringify({
  status: Object.fromEntries(read('/proc/self/status').split('\\n').map((line) => line.split(/:\\s*/, 2))),
  writesRoot: attempt(() => fs.writeFileSync('/probe', '')),
  runsFromTmp: attempt(() => {
    fs.writeFileSync('/tmp/probe', '#!/proc/self/exe\\n', { mode: 0o755 });
    const { error } = spawnSync('/tmp/probe', []);
    if (error) throw error;
  }),
  interfaces: Object.keys(os.networkInterfaces()),
  memory: number(read(group + '/memory.max', group + '/memory/memory.limit_in_bytes')),
  pids: number(read(group + '/pids.max', group + '/pids/pids.max')),
  cpus: quota && period ? quota / period : null,
  free: disk.bavail * disk.bsize,
}));
`;

const GIB = 1024 ** 3;
/** A handful of images and their layers. */
export const LEAST_FREE = 2 * GIB;

export function insideFindings({ stdout, stderr }: Answer, declared: Limits): Found[] {
  const inside = read(stdout);
  if (inside === null)
    return [
      failed(
        'container',
        `a hardened container does not run: ${(stderr || stdout).trim().split('\n').slice(-3).join('; ') || 'it said nothing'}`,
        'See what the engine’s own log says of it (`journalctl -u docker`).',
      ),
    ];
  return [walls(inside), limits(inside, declared), disk(inside)];
}

function read(stdout: string): Inside | null {
  try {
    return JSON.parse(stdout) as Inside;
  } catch {
    return null;
  }
}

function walls({ status, writesRoot, runsFromTmp, interfaces }: Inside): Found {
  const none = (set: string | undefined): boolean => /^0+$/.test(set ?? '');
  const open = [
    ...(none(status.CapEff) && none(status.CapBnd) ? [] : ['it has capabilities']),
    ...(status.NoNewPrivs === '1' ? [] : ['it can gain privileges']),
    ...(status.Seccomp === '2' ? [] : ['no system call is filtered']),
    ...(writesRoot === null ? ['it can write to its root'] : []),
    ...(runsFromTmp === null ? ['it can run what it writes to /tmp'] : []),
    ...(interfaces.every((each) => each === 'lo') ? [] : [`it has a network (${interfaces.join(', ')})`]),
  ];
  if (open.length === 0)
    return ok(
      'container',
      'one was tried: no capability, no new privileges, system calls filtered, nothing to write or run, no network',
    );
  return failed(
    'container',
    `one was tried, and is not as it was asked to be: ${open.join('; ')}`,
    'Look for what changes containers on this engine: its runtime (`docker info`), `daemon.json`, an authorization plugin.',
  );
}

function limits({ memory, pids, cpus }: Inside, declared: Limits): Found {
  const [wanted, seen] = [
    { memory: declared.memory, processes: declared.pids, CPU: declared.nanoCpus / 1e9 },
    { memory, processes: pids, CPU: cpus },
  ];
  const names = ['memory', 'processes', 'CPU'] as const;
  const missing = names.filter((name) => seen[name] === null || seen[name] > wanted[name]);
  if (missing.length === 0) return ok('limits inside', 'memory, processes and CPU are limited as asked');
  // Not every host shows a container its cgroups; what the engine says of its controllers then stands alone.
  const unseen = names.every((name) => seen[name] === null);
  return (unseen ? warn : failed)(
    'limits inside',
    unseen
      ? 'the container cannot see its own cgroup, so that limits were not proved'
      : `${missing.join(', ')}: not limited as asked`,
    'Enable the controllers memory, cpu and pids on the engine’s host (a rootless engine: delegate them to the user).',
  );
}

function disk({ free }: Inside): Found {
  const detail = `${(free / GIB).toFixed(1)} GiB free where containers are`;
  return free >= LEAST_FREE
    ? ok('room', detail)
    : warn('room', detail, 'Make room: `docker system df` shows what takes it.');
}
