/** What is pinned of a PyPI source for one platform: each distribution of the whole tree, by file name and hash. Pure. */
import { fail } from '../diagnostics/failure.js';
import type { JsonObject } from '../model/definitions.js';
import { normalName } from '../config/pypi-spec.js';
import type { PythonTarget } from './python-target.js';
import type { Where } from './where.js';

export interface Wheel {
  name: string;
  version: string;
  /** Tells a reviewer what it was built for. */
  file: string;
  sha256: string;
}

export interface PinnedWheels {
  /** What they were chosen for. */
  python: string;
  libc: string;
  /** Sorted by name. */
  wheels: Wheel[];
}

/** toolbox.lock.d/SERVER.wheels.json: platform → what was pinned for it. */
export type PypiTree = Record<string, PinnedWheels>;

/** The parts of pip's installation report (version 1) that are read here. */
interface Report {
  install?: {
    is_direct?: boolean;
    metadata?: { name?: string; version?: string };
    download_info?: { url?: string; archive_info?: { hash?: string; hashes?: Record<string, string> } };
  }[];
}

/** @param report of `pip install --dry-run --report`. */
export function pinnedWheels(report: unknown, target: PythonTarget, declared: string, where: Where): PinnedWheels {
  const { install = [] } = report as Report;
  const wheels = install.map(({ is_direct, metadata, download_info }): Wheel => {
    const { url = '', archive_info } = download_info ?? {};
    const sha256 = archive_info?.hashes?.sha256 ?? /^sha256=(.*)$/.exec(archive_info?.hash ?? '')?.[1];
    const name = metadata?.name ?? '';
    const file = decodeURIComponent(
      url
        .replace(/[?#].*$/, '')
        .split('/')
        .at(-1) ?? '',
    );
    if (is_direct !== true && sha256 !== undefined && metadata?.version !== undefined && file.endsWith('.whl'))
      return { name: normalName(name), version: metadata.version, file, sha256 };
    return fail(
      'package_install_failed',
      `${declared} depends on ${name || 'a package'} from outside the index (${url || 'no address'}), which nothing pins.`,
      'Use a version that depends on packages of the index only, or build an image of your own with `build:`.',
      where,
    );
  });
  wheels.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { python: target.python, libc: target.libc, wheels };
}

/** pip takes nothing but these files, whatever the index has by then. */
export function requirementsOf({ wheels }: PinnedWheels): string {
  return wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join('');
}

/** Another platform should get the same versions, where it can. */
export function constraintsOf(tree: PypiTree): string {
  const [first] = Object.values(tree);
  return (first?.wheels ?? []).map(({ name, version }) => `${name}==${version}\n`).join('');
}

/** Chosen for this very Python; another minor version or another libc takes other files. */
export function fits(pinned: PinnedWheels | undefined, target: PythonTarget): pinned is PinnedWheels {
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
  return pinned !== undefined && minor(pinned.python) === minor(target.python) && pinned.libc === target.libc;
}

export function asJson(pinned: PinnedWheels): JsonObject {
  return pinned as unknown as JsonObject;
}
