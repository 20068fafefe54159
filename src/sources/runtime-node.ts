/**
 * The base of Node images. From the host's own Node: the binary, what it loads, and two users, on nothing at all
 * (`FROM scratch`), so that everything works where no image can be pulled. Or a named image, pinned by digest.
 */
import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import type { RuntimeConfig } from '../config/config.js';
import type { LockedRuntime } from '../model/lock.js';
import { digestOfEntries } from './context.js';
import type { ContextEntry } from './context.js';
import { pinImage } from './image.js';

/** The Node that runs this program. */
export interface HostNode {
  /** `process.execPath`. */
  path: string;
  /** `v20.20.2`. */
  version: string;
  /** `linux/amd64`. */
  platform: string;
}

const PASSWD = 'root:x:0:0:root:/:\nnonroot:x:65532:65532:nonroot:/:\n';
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';

/** Pins what `runtimes.node` declares. */
export async function pinRuntime(
  declared: RuntimeConfig,
  engine: Engine,
  host: HostNode,
  onLine: (line: string) => void,
): Promise<LockedRuntime> {
  if (declared.type === 'image') {
    const { digest, id } = await pinImage(engine, declared.reference ?? '', onLine, { address: 'image.runtime-node' });
    return { type: 'image', declared: declared.reference ?? '', digest, id };
  }
  const { platform } = await engine.facts();
  refuseForeign(platform, host);
  const digest = await digestOfEntries(await hostNodeEntries(host));
  return { type: 'host', platforms: { [platform]: { digest, version: host.version } } };
}

export function refuseForeign(enginePlatform: string, host: HostNode): void {
  if (enginePlatform === host.platform) return;
  fail(
    'runtime_unavailable',
    `\`runtimes: {node: {host: true}}\` makes images of this machine's own Node (${host.platform}), but the engine runs ${enginePlatform}.`,
    'Name a base image instead, `runtimes: {node: {image: "node:22-slim"}}`, or run this on a machine like the engine.',
  );
}

/** Everything that the base image holds. Paths are where the loader will look for them. */
export async function hostNodeEntries(host: HostNode): Promise<ContextEntry[]> {
  const libraries = await loadedLibraries(host.path);
  const files = [{ at: '/usr/local/bin/node', from: host.path }, ...libraries.map((at) => ({ at, from: at }))];
  const entries: ContextEntry[] = [];
  for (const { at, from } of files) {
    const real = await realpath(from);
    entries.push({ path: `root${at}`, type: 'file', from: real, size: (await stat(real)).size, executable: true });
  }
  entries.push({ path: 'root/tmp', type: 'folder', mode: 0o1777 });
  entries.push({ path: 'root/etc/passwd', type: 'text', text: PASSWD, executable: false });
  entries.push({ path: 'root/etc/group', type: 'text', text: GROUP, executable: false });
  return entries;
}

/** `ldd` names the libraries with the loader itself; a line without a path (the kernel's vdso) is no file. */
async function loadedLibraries(binary: string): Promise<string[]> {
  let output: string;
  try {
    output = (await promisify(execFile)('ldd', [binary])).stdout;
  } catch (error) {
    const words = error instanceof Error ? error.message.trim() : String(error);
    if (/not a dynamic executable|statically linked/.test(words)) return [];
    return fail(
      'runtime_unavailable',
      `\`ldd ${binary}\` does not tell which libraries this Node loads: ${words}`,
      'Name a base image instead: `runtimes: {node: {image: "node:22-slim"}}`.',
    );
  }
  const missing = /(\S+) => not found/.exec(output)?.[1];
  if (missing === undefined)
    return [...new Set(output.match(/\/\S+/g) ?? [])].filter((path) => !path.endsWith(':')).sort();
  return fail(
    'runtime_unavailable',
    `This Node (${binary}) needs ${missing}, which \`ldd\` finds only with this shell's settings, if at all.`,
    'Use a Node whose libraries the loader finds by itself, or name a base image: `runtimes: {node: {image: "node:22-slim"}}`.',
  );
}

export const RUNTIME_DOCKERFILE = `FROM scratch
COPY root/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production
ENTRYPOINT ["node"]
`;
