/** Python's modules compiled ahead, so that containers with a read-only root start as fast as others the second time. */
import { join, posix } from 'node:path';
import { entriesOf } from './context.js';
import type { ContextEntry } from './context.js';
import { runProgram } from './run-program.js';

const SECONDS = 300;
/** Hundreds of modules that no image has: what `entries` leave out would be compiled for nothing. */
const NOT_SHIPPED = '/(tests?|idlelib|tkinter|turtledemo|lib2to3/tests|site-packages|dist-packages)/[^/]';

export interface Compiling {
  /** Where to put what is compiled; on this host. */
  folder: string;
  /** The modules on this host, and where they will be in the image. */
  sources: string;
  at: string;
  /** The same place as paths in the context begin. */
  below: string;
}

/**
 * `.pyc` files of those modules in `entries`. They are marked as never to be checked against the source (PEP 552): times
 * are zero in images, and nothing there can change. A module that does not compile is left as it is: many are meant so.
 */
export async function compiledEntries(
  { folder, sources, at, below }: Compiling,
  entries: readonly ContextEntry[],
): Promise<ContextEntry[]> {
  const cache = join(folder, 'compiled');
  const args = ['-X', `pycache_prefix=${cache}`, '-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash'];
  const words = {
    late: (): Error => new Error(`compileall did not end within ${SECONDS} s`),
    missing: (e: Error) => e,
  };
  await runProgram(
    'python3',
    [...args, '-x', NOT_SHIPPED, '-s', sources, '-p', at, sources],
    { folder, seconds: SECONDS },
    words,
  );
  const modules = new Set(entries.filter(({ path }) => path.endsWith('.py')).map(({ path }) => path.slice(0, -3)));
  const compiled = await entriesOf(join(cache, sources), '').catch(() => []);
  return compiled.flatMap((each) => {
    const [, module = '', tag] = /^(.*)\.([^./]+)\.pyc$/.exec(each.path) ?? [];
    if (!modules.has(below + module)) return [];
    const path = `${below}${posix.join(posix.dirname(module), '__pycache__', `${posix.basename(module)}.${tag}.pyc`)}`;
    return [{ ...each, path }];
  });
}
