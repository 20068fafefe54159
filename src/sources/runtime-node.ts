/** The base of Node images, made from this host's own Node: the binary, and what it loads, on nothing at all. */
import { fail } from '../diagnostics/failure.js';
import type { HostRuntime } from './host-runtime.js';
import { isMusl, librariesOf, programEntry, SURROUNDINGS } from './host-libraries.js';
import type { Libraries } from './host-libraries.js';
import type { HostFiles, RuntimeRecipe } from './runtime-recipe.js';

const ELSE = 'name a base image: `runtimes: {node: {image: "node:22-slim"}}`';

export const NODE: RuntimeRecipe<'node'> = {
  kind: 'node',
  name: 'Node',
  image: 'node:22-slim',
  dockerfile: `FROM scratch
COPY root/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production
ENTRYPOINT ["node"]
`,
  question: [
    'node',
    '-e',
    'const {glibcVersionRuntime: glibc} = process.report.getReport().header; console.log(JSON.stringify({version: process.version, libc: glibc ? `glibc ${glibc}` : "musl"}))',
  ],
  host: (maker) => Promise.resolve(maker.host),
  files: hostNodeFiles,
};

/** Everything that the base image holds. Paths are where the loader will look for them. */
async function hostNodeFiles(host: HostRuntime): Promise<HostFiles> {
  const libraries = await loadedLibraries(host.path);
  const entries = [await programEntry('/usr/local/bin/node', host.path)];
  for (const at of libraries.paths) entries.push(await programEntry(at));
  return { entries: [...entries, ...SURROUNDINGS], libc: isMusl(libraries) ? 'musl' : 'glibc' };
}

async function loadedLibraries(binary: string): Promise<Libraries> {
  const libraries = await librariesOf([binary]).catch((error: unknown) =>
    fail(
      'runtime_unavailable',
      `\`ldd ${binary}\` does not tell which libraries this Node loads: ${error instanceof Error ? error.message : String(error)}`,
      `Rather ${ELSE}.`,
    ),
  );
  const [missing] = libraries.missing;
  if (missing === undefined) return libraries;
  return fail(
    'runtime_unavailable',
    `This Node (${binary}) needs ${missing}, which \`ldd\` finds only with this shell's settings, if at all.`,
    `Use a Node whose libraries the loader finds by itself, or ${ELSE}.`,
  );
}
