/** The image of a PyPI server: the pinned wheels, installed, on the Python runtime. */
import { join } from 'node:path';
import { archived } from './archive.js';
import { consoleScript } from './console-script.js';
import { entriesOf } from './context.js';
import type { ContextEntry } from './context.js';
import type { Maker } from './maker.js';
import { librariesOf, programEntry } from './host-libraries.js';
import { installWheels } from './pypi.js';
import type { LockedPypi } from './pypi.js';
import type { PinnedWheels } from './pypi-tree.js';
import type { HostPython } from './host-python.js';
import { compiledEntries } from './python-compiled.js';
import { compilesFor } from './python-target.js';
import type { PythonTarget } from './python-target.js';
import { librariesOfPython } from './runtime-python.js';
import { inThrowawayFolder } from './throwaway.js';
import type { Where } from './where.js';

const SITE = 'app/site-packages/';

export interface PypiImage {
  source: LockedPypi;
  pinned: PinnedWheels;
  target: PythonTarget;
  /** Id of the Python runtime's image. */
  base: string;
  /** That runtime was made from this host. */
  ownRuntime: boolean;
}

/** Installs, and hands the build context to `use` while the files are there. */
export function pypiEntries<T>(
  { source, pinned, target, base, ownRuntime }: PypiImage,
  maker: Maker,
  where: Where,
  use: (entries: ContextEntry[]) => Promise<T>,
): Promise<T> {
  return inThrowawayFolder(async (folder) => {
    const python = await maker.python();
    await installWheels(folder, source, pinned, target, python, where);
    const site = join(folder, 'site-packages');
    // pip's own scripts name this host's Python in their first line.
    const installed = await entriesOf(site, SITE, { includes: () => true, prunes: (each) => each === 'bin' });
    const compiling = { folder, sources: site, at: `/${SITE.slice(0, -1)}`, below: SITE };
    const compiled = compilesFor(target, python) ? await compiledEntries(compiling, installed) : [];
    const libraries = ownRuntime ? await librariesBesides(site, installed, python, maker) : [];
    const script = await consoleScript(site, source.package);
    const start: ContextEntry[] = script
      ? [{ path: `app/bin/${script.name}`, type: 'text', text: script.text, executable: false }]
      : [];
    const app = await archived(folder, 'app.tar', [...installed, ...compiled, ...libraries, ...start]);
    const text = dockerfile(base, script ? ['python3', `/app/bin/${script.name}`] : NO_PROGRAM);
    return use([{ path: 'Dockerfile', type: 'text', text, executable: false }, app]);
  });
}

/** The entrypoint of an image whose package has no program: Python alone. */
export const NO_PROGRAM = ['python3'];

/** A wheel may load what systems usually have (PEP 600); the runtime has only what Python itself and most wheels load. */
async function librariesBesides(
  site: string,
  installed: readonly ContextEntry[],
  python: HostPython,
  maker: Maker,
): Promise<ContextEntry[]> {
  const objects = installed.flatMap((each) =>
    each.type === 'file' && /\.so(\.[\d.]+)?$/.test(each.path) ? [each.from] : [],
  );
  // What the loader finds nowhere here, the server's own words tell when it is locked.
  const { paths } = await librariesOf(objects).catch(() => ({ paths: [] }));
  const there = new Set(await librariesOfPython(python, maker));
  const besides = paths.filter((path) => !there.has(path) && !path.startsWith(`${site}/`));
  const entries = await Promise.all(besides.map((path) => programEntry(path)));
  return entries.map((each) => ({ ...each, path: each.path.replace(/^root\//, '') }));
}

function dockerfile(base: string, entry: string[]): string {
  return `FROM ${base}
ADD app.tar /
ENV PYTHONPATH=/${SITE.slice(0, -1)} PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 65532:65532
ENTRYPOINT ${JSON.stringify(entry)}
CMD []
`;
}
