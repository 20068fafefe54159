/** Makes sure that named images are on the engine: found, pulled, or built from pinned inputs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerConfig } from '../config/config.js';
import { fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import type { ProjectIdentity } from '../model/labels.js';
import { LABEL } from '../model/labels.js';
import type { LockedRuntime, LockedServer } from '../model/lock.js';
import { buildEntries } from './build-folder.js';
import { digestOfEntries, entriesOf, tarOf } from './context.js';
import type { ContextEntry } from './context.js';
import { inThrowawayFolder } from './npm-client.js';
import { entryOf, installTree } from './npm.js';
import type { NpmTree } from './npm.js';
import type { NamedImage } from './names.js';
import { hostNodeEntries, refuseForeign, RUNTIME_DOCKERFILE } from './runtime-node.js';
import type { HostNode } from './runtime-node.js';

export interface Ensured {
  reference: string;
  id: string;
  built: boolean;
}

export interface Maker {
  engine: Engine;
  project: ProjectIdentity;
  host: HostNode;
  /** Of the engine: `linux/amd64`. */
  platform: string;
  onLine(line: string): void;
}

/** What the engine has under that name; null: nothing, or something else. */
async function present(engine: Engine, image: NamedImage): Promise<string | null> {
  const found = await engine.inspectImage(image.reference);
  if (!found) return null;
  if (image.inputs !== null && found.Config?.Labels?.[LABEL.inputs] !== image.inputs) return null;
  return found.Id;
}

export async function ensureRuntime(maker: Maker, image: NamedImage, locked: LockedRuntime): Promise<Ensured> {
  const id = await present(maker.engine, image);
  if (id !== null) return { reference: image.reference, id, built: false };
  if (locked.type === 'image') return pullOrRefuse(maker, image, locked.declared);
  refuseForeign(maker.platform, maker.host);
  const entries = await hostNodeEntries(maker.host);
  await refuseOtherNode(entries, locked, maker);
  return build(
    maker,
    image,
    [text('Dockerfile', RUNTIME_DOCKERFILE), { path: 'tmp', type: 'folder' }, ...entries],
    true,
  );
}

/** Another Node than the locked one is said plainly, never silently taken. */
async function refuseOtherNode(
  entries: ContextEntry[],
  locked: Extract<LockedRuntime, { type: 'host' }>,
  { platform, host }: Maker,
): Promise<void> {
  const pinned = locked.platforms[platform];
  if (pinned?.digest === (await digestOfEntries(entries))) return;
  fail(
    'runtime_unavailable',
    `The lock pins Node ${pinned?.version ?? '(none)'} for ${platform}, which the engine does not have yet, and this machine has another: ${host.version} at ${host.path}, or other libraries.`,
    'Run `toolcrib lock` to pin this one, and commit it; or apply from a machine with the locked Node.',
  );
}

export async function ensureServer(
  maker: Maker,
  image: NamedImage,
  server: ServerConfig,
  locked: Pick<LockedServer, 'source' | 'tree'>,
  runtime: Ensured,
): Promise<Ensured> {
  const id = await present(maker.engine, image);
  if (id !== null) return { reference: image.reference, id, built: false };
  const { source } = locked;
  if (source.type === 'image') return pullOrRefuse(maker, image, source.declared);
  if (source.type === 'npm') {
    const tree = locked.tree as NpmTree;
    return inThrowawayFolder(async (folder) => {
      await installTree(folder, source, tree, maker.platform, { address: `server.${server.name}` });
      const entry = server.command ? ['node'] : entryOf(tree, source.package);
      const entries = await entriesOf(join(folder, 'node_modules'), 'app/node_modules/');
      return build(maker, image, [text('Dockerfile', npmDockerfile(runtime.id, entry)), ...entries], false);
    });
  }
  if (server.source.type !== 'build') throw new Error(`the lock of ${server.name} is of another source`);
  return build(maker, image, await buildEntries(server.source), source.network, {
    dockerfile: server.source.dockerfile,
    buildArgs: { TOOLCRIB_RUNTIME_NODE: runtime.id },
  });
}

export async function ensureSystem(
  maker: Maker,
  image: NamedImage,
  distribution: string,
  runtime: Ensured,
): Promise<Ensured> {
  const id = await present(maker.engine, image);
  if (id !== null) return { reference: image.reference, id, built: false };
  const { role } = JSON.parse(await readFile(join(distribution, 'manifest.json'), 'utf8')) as { role: string[] };
  const wanted = new Set(role);
  const entries = await entriesOf(distribution, 'toolcrib/', (path) => wanted.has(path));
  const manifest = text('toolcrib/package.json', '{"type":"module"}\n');
  const folders: ContextEntry[] = [{ path: 'empty', type: 'folder' }];
  return build(
    maker,
    image,
    [text('Dockerfile', systemDockerfile(runtime.id)), manifest, ...folders, ...entries],
    false,
  );
}

async function pullOrRefuse(maker: Maker, image: NamedImage, declared: string): Promise<Ensured> {
  if (image.how === 'pull') await maker.engine.pullImage(image.reference, (line) => maker.onLine(line));
  const found = await maker.engine.inspectImage(image.reference);
  if (found) return { reference: image.reference, id: found.Id, built: false };
  return fail(
    'image_not_found',
    `${declared} was locked as ${image.reference}, which this engine does not have and no registry offers.`,
    'Push it to a registry and run `toolcrib lock` again, or load it onto this engine with `docker load`.',
    { address: image.address },
  );
}

async function build(
  { engine, project, onLine }: Maker,
  image: NamedImage,
  entries: ContextEntry[],
  network: boolean,
  options: { dockerfile?: string; buildArgs?: Record<string, string> } = {},
): Promise<Ensured> {
  const labels = {
    [LABEL.project]: project.name,
    [LABEL.projectId]: project.id,
    [LABEL.address]: image.address,
    [LABEL.inputs]: image.inputs ?? '',
  };
  const id = await engine.buildImage(tarOf(entries), { tag: image.reference, labels, network, onLine, ...options });
  const found = await engine.inspectImage(image.reference);
  return { reference: image.reference, id: found?.Id ?? id, built: true };
}

function text(path: string, content: string): ContextEntry {
  return { path, type: 'text', text: content, executable: false };
}

function npmDockerfile(base: string, entry: string[]): string {
  return `FROM ${base}\nCOPY app /app\nWORKDIR /app\nUSER 65532:65532\nENTRYPOINT ${JSON.stringify(entry)}\nCMD []\n`;
}

function systemDockerfile(base: string): string {
  const folders = [
    '/var/lib/toolcrib/policy',
    '/var/lib/toolcrib/ack',
    '/var/lib/toolcrib/audit',
    '/run/toolcrib',
    '/seed',
  ];
  const copies = folders.map((folder) => `COPY empty ${folder}\n`).join('');
  return `FROM ${base}\nCOPY toolcrib /toolcrib\n${copies}ENTRYPOINT ["node", "/toolcrib/role.js"]\nCMD []\n`;
}
