/** What is looked at to notice that a declaration was edited. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LOCK_FILE, LOCK_FOLDER } from '../lock/names.js';
import type { Context, Loaded } from './context.js';

/** Changes whenever a file of the declaration does, or one comes or goes. */
export async function lookAt(
  context: Pick<Context, 'dir' | 'files' | 'variableFiles'>,
  loaded: Pick<Loaded, 'config'>,
): Promise<string> {
  const { config } = loaded;
  const within = async (folder: string, counts = (_name: string): boolean => true): Promise<string[]> =>
    (await readdir(folder).catch(() => [])).filter(counts).map((name) => join(folder, name));
  const { tls } = config.project.proxy;
  const declared = (name: string): boolean => name === 'toolbox.yaml' || name.endsWith('.toolbox.yaml');
  const files = [
    ...[...config.files, ...context.files, ...context.variableFiles].map((file) => resolve(context.dir, file)),
    ...(context.files.length === 0 ? await within(context.dir, declared) : []),
    join(config.root, LOCK_FILE),
    ...(await within(join(config.root, LOCK_FOLDER))),
    ...(await within(join(config.root, 'toolbox.tokens'))),
    ...(tls ? [tls.cert, tls.key] : []),
  ];
  const found = await Promise.all(
    [...new Set(files)].sort().map((file) =>
      stat(file).then(
        ({ mtimeMs, size, ino }) => `${file} ${mtimeMs} ${size} ${ino}`,
        () => file,
      ),
    ),
  );
  return found.join('\n');
}
