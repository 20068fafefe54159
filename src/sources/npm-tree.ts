/** The pinned dependency tree of an npm package: package-lock.json less everything that does not say what to install. */
import { fail } from '../diagnostics/failure.js';
import type { JsonObject } from '../model/definitions.js';
import type { Where } from './where.js';

/** The parts of package-lock.json (lockfileVersion 3) that are read here. */
export interface NpmTree {
  name?: string;
  version?: string;
  lockfileVersion: number;
  requires?: boolean;
  packages: Record<string, NpmPackage>;
}

export interface NpmPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  inBundle?: boolean;
  link?: boolean;
  bin?: Record<string, string> | string;
  dependencies?: Record<string, string>;
}

/**
 * What npm installs by. Left out: addresses, because every machine has its own registry, and what authors change at
 * will (licence, funding, deprecation), because it would look like another tree.
 */
const KEPT = new Set([
  'name',
  'version',
  'integrity',
  'bin',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'inBundle',
  'hasInstallScript',
  'optional',
  'peer',
  'engines',
  'os',
  'cpu',
  'libc',
]);

export function pinnedTree(lockfile: NpmTree): NpmTree {
  const packages = Object.entries(lockfile.packages).map(([path, each]): [string, NpmPackage] => [path, kept(each)]);
  return { lockfileVersion: lockfile.lockfileVersion, requires: true, packages: Object.fromEntries(packages) };
}

function kept(each: NpmPackage): NpmPackage {
  return Object.fromEntries(Object.entries(each).filter(([key]) => KEPT.has(key)));
}

/** What has no integrity, or an address of its own, can be another thing tomorrow. */
export function refuseUnpinned(lockfile: NpmTree, declared: string, where: Where): void {
  for (const [path, each] of Object.entries(lockfile.packages)) {
    if (path === '' || each.inBundle === true) continue;
    if (each.integrity !== undefined && each.resolved === undefined && each.link !== true) continue;
    fail(
      'package_install_failed',
      `${declared} depends on ${path.replace(/^.*node_modules\//, '')} from outside the registry (${each.resolved ?? 'no address'}), which nothing pins.`,
      'Use a version that depends on registry packages only, or build an image of your own with `build:`.',
      where,
    );
  }
}

/** The program that the package starts: its `bin` of its own name, or the only one. null: `command` must say. */
export function entryOf(tree: NpmTree, name: string): string[] | null {
  const programs = programsOf(tree, name);
  const own = programs[name.replace(/^@[^/]+\//, '')] ?? programs[name];
  const all = Object.values(programs);
  const path = own ?? (all.length === 1 ? all[0] : undefined);
  return path === undefined ? null : ['node', `/app/node_modules/${name}/${path.replace(/^\.\//, '')}`];
}

export function refuseWithoutEntry(tree: NpmTree, name: string, where: Where): void {
  if (entryOf(tree, name) !== null) return;
  const names = Object.keys(programsOf(tree, name));
  fail(
    'package_install_failed',
    `${name} has ${names.length === 0 ? 'no program to start' : `several programs (${names.join(', ')}), none of its own name`}.`,
    `Say which file to run: \`command: [node, /app/node_modules/${name}/FILE]\`.`,
    where,
  );
}

function programsOf(tree: NpmTree, name: string): Record<string, string> {
  const bin = tree.packages[`node_modules/${name}`]?.bin;
  return typeof bin === 'string' ? { [name]: bin } : (bin ?? {});
}

export function asJson(tree: NpmTree): JsonObject {
  return tree as unknown as JsonObject;
}
