/** A declared source → a pinned one. What is pinned already stays, while its declaration does. */
import type { SourceConfig } from '../config/config.js';
import type { Range } from '../diagnostics/diagnostic.js';
import type { Lock, LockedServer } from '../model/lock.js';
import { buildDigest } from './build-folder.js';
import type { Maker } from './maker.js';
import { pinImage } from './image.js';
import { pinNpm } from './npm.js';
import { pinPypi } from './pypi.js';
import { targetOf } from './python-target.js';
import { factsFor } from './runtime.js';

export type Pinned = Pick<LockedServer, 'source' | 'tree'>;

/**
 * @param runtimes what the images will be built on: packages must fit it.
 * @throws Failure `package_not_found`, `package_install_failed`, `image_not_found`, `image_not_usable`, `lock_stale`.
 */
export async function pinSource(
  source: SourceConfig,
  before: LockedServer | undefined,
  runtimes: Lock['runtimes'],
  maker: Maker,
  where: { address: string; range?: Range | undefined },
): Promise<Pinned> {
  switch (source.type) {
    case 'npm':
      if (isPinned(source, before)) return before;
      return pinNpm(source, { platform: maker.platform, libc: factsFor(runtimes.node, maker.platform).libc }, where);
    case 'pypi':
      return pinPypi(source, before, targetOf(runtimes.python, maker.platform, where), maker, where);
    case 'build': {
      const { declared, network } = source;
      return { source: { type: 'build', declared, context: await buildDigest(source, where), network }, tree: null };
    }
    case 'image': {
      const { declared } = source;
      const { digest, id } = await pinImage(maker.engine, declared, (line) => maker.onLine(line), where);
      return { source: { type: 'image', declared, digest, id }, tree: null };
    }
    case 'remote':
      return { source: { type: 'remote', declared: source.declared }, tree: null };
  }
}

function isPinned(
  source: Extract<SourceConfig, { type: 'npm' }>,
  before: LockedServer | undefined,
): before is LockedServer {
  return (
    before?.source.type === 'npm' &&
    before.source.declared === source.declared &&
    before.source.allowScripts.join() === [...source.allowScripts].sort().join()
  );
}
