/** The image of an npm server: the pinned tree, installed, on the Node runtime. */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { entriesOf, tarOf } from './context.js';
import type { ContextEntry } from './context.js';
import { inThrowawayFolder } from './npm-client.js';
import { installTree } from './npm.js';
import type { LockedNpm } from './npm.js';
import { entryOf } from './npm-tree.js';
import type { NpmTree } from './npm-tree.js';
import type { Where } from './where.js';

/**
 * Installs, and hands the build context to `use` while the files are there.
 * @param base id of the Node runtime's image.
 */
export function npmEntries<T>(
  locked: LockedNpm,
  tree: NpmTree,
  platform: string,
  base: string,
  where: Where,
  use: (entries: ContextEntry[]) => Promise<T>,
): Promise<T> {
  return inThrowawayFolder(async (folder) => {
    await installTree(folder, locked, tree, platform, where);
    const from = join(folder, 'app.tar');
    const files = await entriesOf(join(folder, 'node_modules'), 'app/node_modules/');
    await pipeline(tarOf(files), createWriteStream(from));
    const { size } = await stat(from);
    const text = dockerfile(base, entryOf(tree, locked.package) ?? ['node']);
    return use([
      { path: 'Dockerfile', type: 'text', text, executable: false },
      { path: 'app.tar', type: 'file', from, size, executable: false },
    ]);
  });
}

/**
 * One archive instead of thousands of files, which the classic builder would unpack, hash and copy one by one (seen:
 * three times as long). A function of tree and base alone, because these name the image; `command` goes into
 * the container.
 */
function dockerfile(base: string, entry: string[]): string {
  return `FROM ${base}\nADD app.tar /\nWORKDIR /app\nUSER 65532:65532\nENTRYPOINT ${JSON.stringify(entry)}\nCMD []\n`;
}
