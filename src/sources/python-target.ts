/** What wheels are chosen by: the Python that will run them, its libc and its platform, as pip's options say it. Pure. */
import { architecture } from '../model/architecture.js';
import { fail } from '../diagnostics/failure.js';
import type { LockedRuntime } from '../model/lock.js';
import type { HostPython } from './host-python.js';
import { factsFor } from './runtime.js';
import type { Where } from './where.js';

export interface PythonTarget {
  /** `linux/amd64`. */
  platform: string;
  /** `3.13.1`. */
  python: string;
  /** `glibc 2.36`. */
  libc: string;
}

/** @throws Failure `lock_stale` where the locked runtime does not tell what packages must fit. */
export function targetOf(locked: LockedRuntime | undefined, platform: string, where: Where): PythonTarget {
  const { version, libc } = factsFor(locked, platform);
  if (version !== undefined && libc !== undefined && libc !== '') return { platform, python: version, libc };
  return fail(
    'lock_stale',
    `The lock does not say which Python runs on ${platform}, so that nobody knows which packages fit.`,
    'Run `toolcrib lock` on a machine like the engine, or name a base image: `runtimes: {python: {image: "python:3.13-slim"}}`.',
    where,
  );
}

function machineOf(platform: string): string {
  return architecture(platform.split('/')[1] ?? '', 'docker', 'python');
}

/** pip takes them in this order: what was built for the newest libc comes first. */
export function platformTags({ platform, libc }: PythonTarget): string[] {
  const machine = machineOf(platform);
  const [family, version = ''] = libc.split(' ');
  const [major = 2, minor = 17] = version.split('.').map(Number);
  const tags: string[] = [];
  if (family === 'musl') {
    for (let each = minor; each >= 0; each -= 1) tags.push(`musllinux_${major}_${each}_${machine}`);
  } else {
    // PEP 600, and the names from before it for what they stand for.
    const older: Readonly<Record<number, string>> = { 17: 'manylinux2014', 12: 'manylinux2010', 5: 'manylinux1' };
    const oldest = machine === 'x86_64' ? 5 : 17;
    for (let each = minor; each >= oldest; each -= 1) {
      tags.push(`manylinux_2_${each}_${machine}`);
      if (older[each] !== undefined) tags.push(`${older[each]}_${machine}`);
    }
  }
  return [...tags, `linux_${machine}`];
}

export function targetArguments(target: PythonTarget): string[] {
  return [
    '--implementation=cp',
    `--python-version=${finalVersion(target.python)}`,
    ...platformTags(target).map((tag) => `--platform=${tag}`),
  ];
}

/** `3.14.0rc1` is 3.14.0 to pip's options. */
function finalVersion(version: string): string {
  return /^\d+(?:\.\d+){1,2}/.exec(version)?.[0] ?? version;
}

/** What environment markers (PEP 508) say there; null: what they say here anyway. */
export function markersOf(target: PythonTarget, host: HostPython): Record<string, string> | null {
  if (host.platform === target.platform && host.version === target.python) return null;
  const [major = '3', minor = ''] = target.python.split('.');
  return {
    os_name: 'posix',
    sys_platform: 'linux',
    platform_system: 'Linux',
    platform_machine: machineOf(target.platform),
    implementation_name: 'cpython',
    platform_python_implementation: 'CPython',
    python_version: `${major}.${minor}`,
    python_full_version: target.python,
    implementation_version: target.python,
  };
}

/** Modules compiled by another minor version of Python would be of no use there. */
export function compilesFor(target: PythonTarget, host: HostPython): boolean {
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
  return host.implementation === 'CPython' && minor(host.version) === minor(target.python);
}
