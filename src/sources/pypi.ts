/**
 * `pypi:` sources. The tree is resolved once for each platform, by the user's own pip; after that exactly those wheels are
 * installed, by hash, wherever the command runs. Wheels only: a source distribution runs its author's code to be built.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../config/config.js';
import { digestOf } from '../definitions/hash.js';
import { fail } from '../diagnostics/failure.js';
import type { LockedServer, LockedSource } from '../model/lock.js';
import type { Maker } from './maker.js';
import { asJson, constraintsOf, fits, pinnedWheels, requirementsOf } from './pypi-tree.js';
import type { PinnedWheels, PypiTree } from './pypi-tree.js';
import { INSTALL_SECONDS, pip, RESOLVE_SECONDS, wordsOf } from './pip-client.js';
import type { HostPython } from './host-python.js';
import { markersOf, targetArguments } from './python-target.js';
import type { PythonTarget } from './python-target.js';
import type { ProgramResult } from './run-program.js';
import { inThrowawayFolder } from './throwaway.js';
import type { Where } from './where.js';

export type PypiSource = Extract<SourceConfig, { type: 'pypi' }>;
export type LockedPypi = Extract<LockedSource, { type: 'pypi' }>;

/**
 * What is pinned for this platform stays, and what other machines pinned for theirs.
 * @throws Failure `package_not_found`, `package_install_failed`.
 */
export async function pinPypi(
  source: PypiSource,
  before: Pick<LockedServer, 'source' | 'tree'> | undefined,
  target: PythonTarget,
  maker: Maker,
  where: Where,
): Promise<{ source: LockedPypi; tree: PypiTree }> {
  const same = before?.source.type === 'pypi' && before.source.declared === source.declared;
  const others = same ? (before.tree as PypiTree) : {};
  const pinned = others[target.platform];
  if (fits(pinned, target)) return locked(source, others);
  const python = await maker.python();
  const chosen = await inThrowawayFolder((folder) => resolveTree(folder, source, target, python, others, where));
  return locked(source, { ...others, [target.platform]: chosen });
}

function locked(source: PypiSource, tree: PypiTree): { source: LockedPypi; tree: PypiTree } {
  const platforms = Object.keys(tree).sort();
  const sorted = Object.fromEntries(platforms.map((each) => [each, tree[each] as PinnedWheels]));
  const own = Object.values(sorted).flatMap(({ wheels }) => wheels.filter(({ name }) => name === source.package));
  return {
    source: {
      type: 'pypi',
      declared: source.declared,
      package: source.package,
      version: own[0]?.version ?? '',
      wheels: Object.fromEntries(platforms.map((each) => [each, digestOf(asJson(tree[each] as PinnedWheels))])),
    },
    tree: sorted,
  };
}

async function resolveTree(
  folder: string,
  source: PypiSource,
  target: PythonTarget,
  python: HostPython,
  others: PypiTree,
  where: Where,
): Promise<PinnedWheels> {
  const extras = source.extras.length > 0 ? `[${source.extras.join(',')}]` : '';
  await writeFile(join(folder, 'constraints.txt'), constraintsOf(others));
  const result = await pip(
    python,
    folder,
    [
      '--dry-run',
      '--ignore-installed',
      '--report=report.json',
      '--constraint=constraints.txt',
      '--target=nowhere',
      ...targetArguments(target),
      `${source.package}${extras}${source.range}`,
    ],
    RESOLVE_SECONDS,
    markersOf(target, python),
  );
  if (result.code !== 0) refuseResolution(result, source, target, where);
  return pinnedWheels(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')), target, source.declared, where);
}

function refuseResolution(result: ProgramResult, source: PypiSource, target: PythonTarget, where: Where): never {
  const [, missing = '', versions = ''] =
    /requirement (\S+?)(?:\[[^\]]*\])?(?:[=<>~!][^(]*)?(?: from .*?)? ?\(from versions: (.*)\)/.exec(result.stderr) ??
    [];
  const itself = missing.toLowerCase().replace(/[-_.]+/g, '-') === source.package;
  const built = `Python ${target.python} on ${target.platform} (${target.libc})`;
  if (itself && versions === 'none')
    return fail(
      'package_not_found',
      `The index has no package ${source.package}, or no wheel of it that runs on ${built}.`,
      'Check its name. One that has no wheels can be installed by a Dockerfile of your own, declared with `build:`.',
      where,
    );
  if (itself)
    return fail(
      'package_not_found',
      `${source.package} has no version ${source.range.replace(/^==/, '')} that runs on ${built}. It has ${newest(versions)}.`,
      'Declare one that is there.',
      where,
    );
  return fail(
    'package_install_failed',
    `pip cannot resolve ${source.declared} for ${built}: ${wordsOf(result)}`,
    'Mend what pip complains about. A dependency that has no wheels can be installed by a Dockerfile of your own, declared with `build:`.',
    where,
  );
}

/** pip lists the oldest first. */
function newest(versions: string): string {
  const all = versions.split(', ').reverse();
  return all.length > 5 ? `${all.slice(0, 5).join(', ')} and ${all.length - 5} others` : all.join(', ');
}

/**
 * Installs exactly the pinned wheels into `folder`/site-packages.
 * @throws Failure `package_install_failed`, also where the index gives something else than was pinned.
 */
export async function installWheels(
  folder: string,
  source: LockedPypi,
  pinned: PinnedWheels,
  target: PythonTarget,
  python: HostPython,
  where: Where,
): Promise<void> {
  await writeFile(join(folder, 'requirements.txt'), requirementsOf(pinned));
  const result = await pip(
    python,
    folder,
    [
      '--no-deps',
      '--require-hashes',
      '--requirement=requirements.txt',
      '--target=site-packages',
      ...targetArguments(target),
    ],
    INSTALL_SECONDS,
    markersOf(target, python),
  );
  if (result.code !== 0) refuseInstall(result, source, where);
}

function refuseInstall(result: ProgramResult, locked: LockedPypi, where: Where): never {
  const name = `${locked.package}@${locked.version}`;
  if (result.stderr.includes('DO NOT MATCH THE HASHES'))
    return fail(
      'package_install_failed',
      `The index gives something else for ${name} than what was locked: ${wordsOf(result)}`,
      'Do not go on before you know why: compare the lock with its history in git, and ask the package’s authors.',
      where,
    );
  return fail(
    'package_install_failed',
    `pip cannot install ${name} from the lock: ${wordsOf(result)}`,
    'Check the way to the package index (`pip download` with the same package); a lock that does not fit any more is made anew by `toolcrib lock`.',
    where,
  );
}
