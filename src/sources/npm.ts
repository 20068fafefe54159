/**
 * `npm:` sources. The tree is resolved once, by the user's own npm; after that everything is installed from the
 * pinned tree alone, by integrity, wherever the command runs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../config/config.js';
import { digestOf } from '../definitions/hash.js';
import type { Range } from '../diagnostics/diagnostic.js';
import { fail } from '../diagnostics/failure.js';
import type { JsonObject } from '../model/definitions.js';
import type { LockedSource } from '../model/lock.js';
import { errorCode, inThrowawayFolder, npm, wordsOf } from './npm-client.js';
import { npmArguments } from './platform.js';

export type NpmSource = Extract<SourceConfig, { type: 'npm' }>;
export type LockedNpm = Extract<LockedSource, { type: 'npm' }>;

interface Where {
  range?: Range | undefined;
  address?: string;
}

/** The parts of package-lock.json (lockfileVersion 3) that are read here. */
export interface NpmTree {
  lockfileVersion: number;
  packages: Record<string, NpmPackage>;
}

interface NpmPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  inBundle?: boolean;
  link?: boolean;
  bin?: Record<string, string> | string;
}

/** @throws Failure `package_not_found`, `package_install_failed`. */
export async function pinNpm(
  source: NpmSource,
  platform: string,
  where: Where,
): Promise<{ source: LockedNpm; tree: NpmTree }> {
  const tree = await inThrowawayFolder((folder) => resolveTree(folder, source, platform, where));
  refuseUnpinned(tree, source, where);
  const { version = '', integrity = '' } = tree.packages[`node_modules/${source.package}`] ?? {};
  entryOf(tree, source.package, where);
  return {
    source: {
      type: 'npm',
      declared: source.declared,
      package: source.package,
      version,
      integrity,
      tree: digestOf(tree as unknown as JsonObject),
      allowScripts: [...source.allowScripts].sort(),
    },
    tree,
  };
}

async function resolveTree(folder: string, source: NpmSource, platform: string, where: Where): Promise<NpmTree> {
  await writeManifest(folder, source.package, source.range || 'latest');
  const result = await npm(folder, [
    'install',
    '--package-lock-only',
    '--ignore-scripts',
    '--omit=dev',
    '--omit-lockfile-registry-resolved',
    ...npmArguments(platform),
  ]);
  if (result.code !== 0) refuseResolution(result, source, where);
  return JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as NpmTree;
}

async function writeManifest(folder: string, name: string, range: string): Promise<void> {
  const manifest = { name: 'pinned', version: '0.0.0', private: true, dependencies: { [name]: range } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
}

function refuseResolution(result: Parameters<typeof wordsOf>[0], source: NpmSource, where: Where): never {
  const code = errorCode(result);
  if (code === 'E404') {
    return fail(
      'package_not_found',
      `There is no package ${source.package} in the registry.`,
      'Check its name.',
      where,
    );
  }
  if (code === 'ETARGET' || code === 'ENOVERSIONS') {
    return fail(
      'package_not_found',
      `${source.package} has no version that fits ${source.range || 'latest'}.`,
      `Look with \`npm view ${source.package} versions\` and declare one that is there.`,
      where,
    );
  }
  return fail(
    'package_install_failed',
    `npm cannot resolve ${source.declared}: ${wordsOf(result)}`,
    'Mend what npm complains about; `npm install` with the same package shows it in full.',
    where,
  );
}

/** What has no integrity can be another thing tomorrow. */
function refuseUnpinned(tree: NpmTree, source: NpmSource, where: Where): void {
  for (const [path, each] of Object.entries(tree.packages)) {
    if (path === '' || each.integrity !== undefined || each.inBundle === true) continue;
    fail(
      'package_install_failed',
      `${source.declared} depends on ${path.replace(/^.*node_modules\//, '')} from outside the registry (${each.resolved ?? 'no address'}), which nothing pins.`,
      'Use a version that depends on registry packages only, or build an image of your own with `build:`.',
      where,
    );
  }
}

/** The program that the package starts: its `bin` of its own name, or the only one. */
export function entryOf(tree: NpmTree, name: string, where: Where = {}): string[] {
  const bin = tree.packages[`node_modules/${name}`]?.bin;
  const programs = typeof bin === 'string' ? { [name]: bin } : (bin ?? {});
  const own = programs[name.replace(/^@[^/]+\//, '')] ?? programs[name];
  const only = Object.values(programs).length === 1 ? Object.values(programs)[0] : undefined;
  const path = own ?? only;
  if (path !== undefined) return ['node', `/app/node_modules/${name}/${path.replace(/^\.\//, '')}`];
  return fail(
    'package_install_failed',
    `${name} has ${Object.keys(programs).length === 0 ? 'no program to start' : `several programs (${Object.keys(programs).join(', ')})`}.`,
    `Say which file to run: \`command: [node, /app/node_modules/${name}/FILE]\`.`,
    where,
  );
}

/** Installs the pinned tree into `folder`, scripts off but for the packages that the lock allows. */
export async function installTree(
  folder: string,
  locked: LockedNpm,
  tree: NpmTree,
  platform: string,
  where: Where,
): Promise<void> {
  const wanted = (tree.packages[''] as { dependencies?: Record<string, string> } | undefined)?.dependencies;
  await writeManifest(folder, locked.package, wanted?.[locked.package] ?? locked.version);
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(tree));
  const steps = [['ci', '--ignore-scripts', '--omit=dev', ...npmArguments(platform)]];
  if (locked.allowScripts.length > 0) steps.push(['rebuild', ...locked.allowScripts]);
  for (const step of steps) {
    const result = await npm(folder, step);
    if (result.code === 0) continue;
    fail(
      'package_install_failed',
      `npm cannot install ${locked.package}@${locked.version} from the lock: ${wordsOf(result)}`,
      'If the registry now gives something else for the pinned integrity, do not go on; otherwise run `toolcrib lock` anew.',
      where,
    );
  }
}
