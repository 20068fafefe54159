/** A declared source → a pinned one. What is pinned already stays, while its declaration does. */
import type { SourceConfig } from '../config/config.js';
import type { Range } from '../diagnostics/diagnostic.js';
import type { LockedServer } from '../model/lock.js';
import { buildDigest } from './build-folder.js';
import type { Maker } from './ensure.js';
import { pinImage } from './image.js';
import { pinNpm } from './npm.js';

export type Pinned = Pick<LockedServer, 'source' | 'tree'>;

/** @throws Failure `package_not_found`, `package_install_failed`, `image_not_found`, `image_not_usable`. */
export async function pinSource(
  source: SourceConfig,
  before: LockedServer | undefined,
  maker: Maker,
  where: { address: string; range?: Range | undefined },
): Promise<Pinned> {
  switch (source.type) {
    case 'npm':
      return isPinned(source, before) ? before : pinNpm(source, maker.platform, where);
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
