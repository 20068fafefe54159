/**
 * The base of Python images, made from this host's own Python: the interpreter where it is (it may look for its libraries
 * and its standard library from there), the standard library without what only developers use, and every shared library.
 */
import { stat } from 'node:fs/promises';
import { fail } from '../diagnostics/failure.js';
import { entriesOf } from './context.js';
import type { ContextEntry } from './context.js';
import type { Maker } from './maker.js';
import { librariesOf, programEntry, SURROUNDINGS } from './host-libraries.js';
import type { HostPython } from './host-python.js';
import { PYTHON_FACTS } from './host-python.js';
import { compiledEntries } from './python-compiled.js';
import type { HostFiles, RuntimeRecipe } from './runtime-recipe.js';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** Where systems keep the authorities that they trust: Debian, Fedora, Alpine. */
const AUTHORITIES = [CERTIFICATES, '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/** Never imported by a server: tests, tools with windows, what installs pip, what extensions are compiled with. */
const LEFT_OUT =
  /(^|\/)(__pycache__|tests?|idlelib|idle_test|tkinter|turtledemo|ensurepip|site-packages|dist-packages|config-[^/]*)(\/|$)|^turtle\.py$|\/_?(test\w*|tkinter|ctypes_test|xxlimited\w*|xxsubtype)\.[^/]*\.so$/;

export const PYTHON: RuntimeRecipe<'python'> = {
  kind: 'python',
  name: 'Python',
  image: 'python:3.13-slim',
  dockerfile: `FROM scratch
ADD root.tar /
ENV PATH=/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 SSL_CERT_FILE=${CERTIFICATES}
ENTRYPOINT ["python3"]
`,
  question: ['python3', '-c', PYTHON_FACTS],
  host: async (maker) => refuseOther(await maker.python()),
  files: async (host, maker) => hostPythonFiles(host as HostPython, await librariesOfPython(host as HostPython, maker)),
  derived: (host, folder, entries) => compiledRuntime(host as HostPython, folder, entries),
};

function refuseOther(host: HostPython): HostPython {
  if (host.implementation === 'CPython') return host;
  return fail(
    'runtime_unavailable',
    `\`python3\` is ${host.implementation} (${host.path}); a runtime is made of CPython only.`,
    'Put CPython first on PATH, or name a base image: `runtimes: {python: {image: "python:3.13-slim"}}`.',
  );
}

async function hostPythonFiles(host: HostPython, libraries: readonly string[]): Promise<HostFiles> {
  const entries: ContextEntry[] = [await programEntry(host.path)];
  for (const at of libraries) entries.push(await programEntry(at));
  entries.push(...(await standardLibrary(host)));
  for (const name of ['python3', 'python']) {
    const at = `/usr/local/bin/${name}`;
    if (at !== host.path) entries.push({ path: `root${at}`, type: 'link', target: host.path });
  }
  const authorities = await firstFile(AUTHORITIES);
  if (authorities) entries.push({ ...(await programEntry(CERTIFICATES, authorities)), ...NOT_EXECUTABLE });
  return { entries: [...entries, ...SURROUNDINGS], libc: host.libc };
}

const NOT_EXECUTABLE = { executable: false } as const;

function standardLibrary({ stdlib }: HostPython): Promise<ContextEntry[]> {
  return entriesOf(stdlib, `root${stdlib}/`, {
    includes: (path) => !LEFT_OUT.test(path),
    prunes: (folder) => LEFT_OUT.test(folder),
  });
}

/**
 * What the interpreter and its own shared objects load, and the two libraries besides libc's that wheels may expect of
 * every system (PEP 599): the Node that runs this program knows where they are.
 */
export async function librariesOfPython(host: HostPython, maker: Maker): Promise<string[]> {
  const own = (await standardLibrary(host)).flatMap((each) =>
    each.type === 'file' && each.path.endsWith('.so') ? [each.from] : [],
  );
  try {
    const loaded = await librariesOf([host.path, ...own]);
    const expected = (await librariesOf([maker.host.path])).paths.filter((path) =>
      /\/lib(stdc\+\+|gcc_s|m|dl|rt|pthread|util)\.so/.test(path),
    );
    return [...new Set([...loaded.paths, ...expected])].sort();
  } catch (error) {
    return fail(
      'runtime_unavailable',
      `\`ldd\` does not tell which libraries the Python at ${host.path} loads: ${error instanceof Error ? error.message : String(error)}`,
      'Name a base image instead: `runtimes: {python: {image: "python:3.13-slim"}}`.',
    );
  }
}

async function firstFile(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await stat(path).catch(() => null)) return path;
  return null;
}

/** Without them, each start of a server would compile hundreds of modules that it then throws away. */
function compiledRuntime(
  { stdlib }: HostPython,
  folder: string,
  entries: readonly ContextEntry[],
): Promise<ContextEntry[]> {
  return compiledEntries({ folder, sources: stdlib, at: stdlib, below: `root${stdlib}/` }, entries);
}
