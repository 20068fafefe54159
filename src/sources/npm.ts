/**
 * `npm:` sources. The tree is resolved once, by the user's own npm; after that everything is installed from the
 * pinned tree alone, by integrity, wherever the command runs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../config/config.js';
import { digestOf } from '../definitions/hash.js';
import { fail } from '../diagnostics/failure.js';
import type { LockedSource } from '../model/lock.js';
import { errorCode, INSTALL_SECONDS, missingPackage, npm, RESOLVE_SECONDS, wordsOf } from './npm-client.js';
import type { NpmResult } from './npm-client.js';
import { asJson, pinnedTree, refuseUnpinned } from './npm-tree.js';
import type { NpmTree } from './npm-tree.js';
import { versionsThatExist } from './npm-versions.js';
import { npmArguments } from './platform.js';
import { inThrowawayFolder } from './throwaway.js';
import type { Where } from './where.js';

export type NpmSource = Extract<SourceConfig, { type: 'npm' }>;
export type LockedNpm = Extract<LockedSource, { type: 'npm' }>;

/** What packages are chosen for: `linux/amd64`, and the libc of the Node there (`glibc 2.36`, `musl`). */
export interface NpmTarget {
  platform: string;
  libc?: string | undefined;
}

/** A version, a range or a tag; never an address or another package's name. */
const RANGE = /^[\w.^~<>=|*+ -]*$/;

/** @throws Failure `package_not_found`, `package_install_failed`. */
export async function pinNpm(
  source: NpmSource,
  target: NpmTarget,
  where: Where,
): Promise<{ source: LockedNpm; tree: NpmTree }> {
  if (!RANGE.test(source.range)) refuseRange(source, where);
  const lockfile = await inThrowawayFolder((folder) => resolveTree(folder, source, target, where));
  refuseUnpinned(lockfile, source.declared, where);
  const tree = pinnedTree(lockfile);
  const { version = '', integrity = '' } = tree.packages[`node_modules/${source.package}`] ?? {};
  return {
    source: {
      type: 'npm',
      declared: source.declared,
      package: source.package,
      version,
      integrity,
      tree: digestOf(asJson(tree)),
      allowScripts: [...source.allowScripts].sort(),
    },
    tree,
  };
}

async function resolveTree(folder: string, source: NpmSource, target: NpmTarget, where: Where): Promise<NpmTree> {
  await writeManifest(folder, source.package, source.range || 'latest');
  const args = ['--package-lock-only', '--ignore-scripts', '--omit=dev', '--omit-lockfile-registry-resolved'];
  const result = await npm(
    folder,
    ['install', ...args, ...npmArguments(target.platform, target.libc)],
    RESOLVE_SECONDS,
  );
  if (result.code !== 0) await refuseResolution(folder, result, source, where);
  return JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as NpmTree;
}

async function writeManifest(folder: string, name: string, range: string): Promise<void> {
  const manifest = { name: 'pinned', version: '0.0.0', private: true, dependencies: { [name]: range } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
}

async function refuseResolution(folder: string, result: NpmResult, source: NpmSource, where: Where): Promise<never> {
  const code = errorCode(result);
  const isItself = (missingPackage(result) ?? source.package) === source.package;
  if (code === 'EINVALIDPACKAGENAME' || (code === 'E404' && isItself)) {
    return fail(
      'package_not_found',
      `There is no package ${source.package} in the registry, or it is not to be seen without logging in.`,
      'Check its name; for a private package, `npm login` to its registry.',
      where,
    );
  }
  if ((code === 'ETARGET' || code === 'ENOVERSIONS') && isItself) {
    const existing = await versionsThatExist(folder, source.package, source.range);
    return fail(
      'package_not_found',
      `${source.package} has no version ${source.range || 'at all'}.${existing}`,
      `Declare one that is there; \`npm view ${source.package} versions\` lists all.`,
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

function refuseRange(source: NpmSource, where: Where): never {
  return fail(
    'package_not_found',
    `${source.range} is no version, range or tag of ${source.package}.`,
    'Write `npm: NAME@VERSION`; what is not in a registry can be declared with `build:`.',
    where,
  );
}

/**
 * Installs the pinned tree into `folder`/node_modules, scripts off but for the packages that the lock allows.
 * @throws Failure `package_install_failed`, also where the registry gives something else than was pinned.
 */
export async function installTree(
  folder: string,
  locked: LockedNpm,
  tree: NpmTree,
  target: NpmTarget,
  where: Where,
): Promise<void> {
  const declared = tree.packages['']?.dependencies?.[locked.package] ?? locked.version;
  await writeManifest(folder, locked.package, declared);
  // Cut down again: a lock file from elsewhere may hold addresses.
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ name: 'pinned', version: '0.0.0', ...pinnedTree(tree) }),
  );
  const steps = [['ci', '--ignore-scripts', '--omit=dev', ...npmArguments(target.platform, target.libc)]];
  if (locked.allowScripts.length > 0) steps.push(['rebuild', '--ignore-scripts=false', '--', ...locked.allowScripts]);
  for (const step of steps) {
    const result = await npm(folder, step, INSTALL_SECONDS);
    if (result.code !== 0) refuseInstall(result, locked, where);
  }
}

function refuseInstall(result: NpmResult, locked: LockedNpm, where: Where): never {
  const name = `${locked.package}@${locked.version}`;
  if (errorCode(result) === 'EINTEGRITY') {
    return fail(
      'package_install_failed',
      `The registry gives something else for ${name} than what was locked: ${wordsOf(result)}`,
      'Do not go on before you know why: compare the lock with its history in git, and ask the package’s authors.',
      where,
    );
  }
  return fail(
    'package_install_failed',
    `npm cannot install ${name} from the lock: ${wordsOf(result)}`,
    'Check the way to the package registry (`npm ping`); a lock that does not fit any more is made anew by `toolcrib lock`.',
    where,
  );
}
