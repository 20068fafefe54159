/** The image of an npm server: the pinned tree, installed, on the Node runtime. */
import { join } from 'node:path';
import { archived } from './archive.js';
import { entriesOf } from './context.js';
import type { ContextEntry } from './context.js';
import { installTree } from './npm.js';
import type { LockedNpm, NpmTarget } from './npm.js';
import { entryOf } from './npm-tree.js';
import type { NpmTree } from './npm-tree.js';
import { inThrowawayFolder } from './throwaway.js';
import type { Where } from './where.js';

/**
 * Installs, and hands the build context to `use` while the files are there.
 * @param base id of the Node runtime's image.
 */
export function npmEntries<T>(
  locked: LockedNpm,
  tree: NpmTree,
  target: NpmTarget,
  base: string,
  where: Where,
  use: (entries: ContextEntry[]) => Promise<T>,
): Promise<T> {
  return inThrowawayFolder(async (folder) => {
    await installTree(folder, locked, tree, target, where);
    const files = await entriesOf(join(folder, 'node_modules'), 'app/node_modules/');
    const app = await archived(folder, 'app.tar', files);
    const text = dockerfile(base, entryOf(tree, locked.package) ?? ['node']);
    return use([{ path: 'Dockerfile', type: 'text', text, executable: false }, app]);
  });
}

/** A function of tree and base alone, because these name the image; `command` goes into the container. */
function dockerfile(base: string, entry: string[]): string {
  return `FROM ${base}\nADD app.tar /\nWORKDIR /app\nUSER 65532:65532\nENTRYPOINT ${JSON.stringify(entry)}\nCMD []\n`;
}
