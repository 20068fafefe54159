/** Images made from pinned sources on the real engine, and the definitions of real servers read from them, sealed off. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerConfig, SourceConfig } from '../../src/config/config.js';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { Failure } from '../../src/diagnostics/failure.js';
import { probeServer } from '../../src/lock/probe.js';
import { sealed } from '../../src/lock/sealed.js';
import type { ServerDefinitions } from '../../src/model/definitions.js';
import { engineName, LABEL, LABEL_PREFIX } from '../../src/model/labels.js';
import type { Lock, LockedRuntime } from '../../src/model/lock.js';
import { ensureRuntime, ensureServer, ensureSystem, presentImage } from '../../src/sources/ensure.js';
import type { Ensured } from '../../src/sources/ensure.js';
import { hostPython } from '../../src/sources/host-python.js';
import type { Maker } from '../../src/sources/maker.js';
import { runtimeImage, serverImage, systemImage } from '../../src/sources/names.js';
import type { NamedImage } from '../../src/sources/names.js';
import { INSTALL_SECONDS, RESOLVE_SECONDS } from '../../src/sources/npm-client.js';
import { pinSource } from '../../src/sources/pin.js';
import { dockerPlatform } from '../../src/sources/platform.js';
import { pinRuntime } from '../../src/sources/runtime.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';
import { folderOf } from './folder.js';

let place: Bench;
let maker: Maker;
let locked: LockedRuntime;
let runtimes: Lock['runtimes'];
let runtime: NamedImage;
let base: Ensured;
const lines: string[] = [];

beforeAll(async () => {
  place = await bench('sources');
  const host = {
    path: process.execPath,
    version: process.version,
    platform: dockerPlatform(process.platform, process.arch),
  };
  const { platform } = await place.engine.facts();
  maker = {
    engine: place.engine,
    project: place.project,
    host,
    python: hostPython,
    platform,
    onLine: (line) => void lines.push(line),
  };
  locked = await pinRuntime('node', HOST, maker);
  runtimes = { node: locked };
  runtime = runtimeImage('node', place.project, { node: locked }, platform);
  base = await ensureRuntime('node', maker, runtime, locked);
});
afterAll(() => place.cleanUp());

/** The product's own deadlines for npm, and some for the engine. */
const NPM_MS = (2 * RESOLVE_SECONDS + INSTALL_SECONDS + 60) * 1000;

const where = { address: 'server.files' };
const HOST = { type: 'host', reference: null } as const;

function config(source: SourceConfig, more: Partial<ServerConfig> = {}): ServerConfig {
  return {
    name: 'files',
    toolbox: 'engineering',
    prefix: 'files',
    source,
    transport: { type: 'stdio' },
    instances: 'shared',
    replicas: 1,
    command: null,
    args: [],
    env: {},
    user: null,
    workdir: null,
    healthcheck: null,
    mounts: [],
    resources: { memory: 1, nanoCpus: 1, pids: 1 },
    replace: null,
    restart: 'always',
    preventDestroy: false,
    at: { file: 'toolbox.yaml', path: ['servers', 'files'] },
    ...more,
  };
}

async function make(source: SourceConfig, more: Partial<ServerConfig> = {}): Promise<Ensured & { named: NamedImage }> {
  const pinned = await pinSource(source, undefined, runtimes, maker, where);
  const named = serverImage(place.project, 'files', pinned, { node: runtime }, maker.platform);
  return { ...(await ensureServer(maker, named, config(source, more), pinned, runtimes, { node: base })), named };
}

/** Asks a fresh sealed container of the image. */
async function definitions(image: Ensured, args: string[], mounts: string[] = []): Promise<ServerDefinitions> {
  const inspect = await place.engine.inspectImage(image.id);
  const spec = place.spec('', {
    image: image.reference,
    imageId: image.id,
    entrypoint: inspect?.Config?.Entrypoint ?? [],
    cmd: args,
    env: Object.fromEntries((inspect?.Config?.Env ?? []).map((each) => each.split(/=(.*)/s, 2) as [string, string])),
    mounts: mounts.map((target) => ({ type: 'bind', source: '/etc', target, readonly: true })),
  });
  return probeServer(place.engine, sealed(spec), engineName.probe(place.project.name, 'files', 'x'), {
    address: 'server.files',
    clientInfo: { name: 'toolcrib', version: '0.0.1' },
    envelope: { protocolVersion: '2025-11-25', capabilities: {} },
    signal: new AbortController().signal,
    timeoutSeconds: 60,
  });
}

async function refusal(work: Promise<unknown>): Promise<Diagnostic> {
  const error: unknown = await work.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  );
  const only = error instanceof Failure && error.diagnostics.length === 1 ? error.diagnostics[0] : undefined;
  if (!only) throw new Error(`not one diagnostic: ${String(error)}`);
  return only;
}

const npm = (name: string, range: string): SourceConfig => ({
  type: 'npm',
  package: name,
  range,
  declared: `${name}@${range}`,
  allowScripts: [],
});

describe('the runtime made from this host’s Node', () => {
  it('runs Node as nobody on an image of little else', async () => {
    const inspect = await place.engine.inspectImage(base.reference);
    expect(inspect?.Config?.Labels).toEqual({
      ...place.labels,
      [LABEL.address]: 'image.runtime-node',
      [LABEL.inputs]: runtime.inputs,
    });
    const script = `console.error(process.version, process.getuid(), require('fs').readdirSync('/').join(), require('fs').statSync('/tmp').mode & 0o7777)`;
    const tag = {
      image: base.reference,
      imageId: base.id,
      entrypoint: ['node'],
      env: { PATH: '/usr/local/bin' },
      tmpfs: {},
    };
    const id = await place.engine.createContainer(
      engineName.seed(place.project.name, 'x'),
      place.spec(script, { ...tag, log: { type: 'json-file', config: {} } }),
    );
    await place.engine.startContainer(id);
    expect(await place.engine.waitContainer(id)).toBe(0);
    const said: string[] = [];
    for await (const { line } of place.engine.readLogs(id, {})) said.push(line);
    await place.engine.removeContainer(id);
    expect(said.join('\n')).toContain(`${process.version} 65532 `);
    expect(said.join('\n')).toContain(String(0o1777));
    expect(said.join('\n')).not.toMatch(/\b(home|root|opt)\b/);
  });

  it('is the same every time, and not made twice', async () => {
    const again = await pinRuntime('node', HOST, maker);
    expect(again).toEqual(locked);
    expect(await ensureRuntime('node', maker, runtime, locked)).toEqual({ ...base, built: false });
  });

  it('another Node than the locked one is refused, with what to do', async () => {
    const other: LockedRuntime = {
      type: 'host',
      platforms: { [maker.platform]: { digest: `sha256:${'0'.repeat(64)}`, version: 'v18.0.0' } },
    };
    const named = runtimeImage('node', place.project, { node: other }, maker.platform);
    const found = await refusal(ensureRuntime('node', maker, named, other));
    expect(found.code).toBe('runtime_unavailable');
    expect(found.detail).toContain('v18.0.0');
    expect(found.detail).toContain(process.version);
  });

  it('an engine of another platform is refused, with what to do', async () => {
    const mac = { ...maker, host: { ...maker.host, platform: 'darwin/arm64' } };
    const found = await refusal(pinRuntime('node', HOST, mac));
    expect(found).toMatchObject({
      code: 'runtime_unavailable',
      fix: expect.stringContaining('runtimes: {node: {image:') as string,
    });
  });

  it('nor is this host’s Python taken for an engine of another platform', async () => {
    const arm = { ...maker, platform: 'linux/arm64' };
    const found = await refusal(pinRuntime('python', HOST, arm));
    expect(found.code).toBe('runtime_unavailable');
    expect(found.detail).toMatch(/own Python \(linux\/\w+\), but the engine runs linux\/arm64/);
    expect(found.fix).toContain('runtimes: {python: {image:');
  });

  it('a program that ldd cannot read is refused', async () => {
    const folder = await folderOf({ 'node*': 'not a program' });
    const found = await refusal(
      pinRuntime('node', HOST, { ...maker, host: { ...maker.host, path: join(folder, 'nowhere') } }),
    );
    expect(found.code).toBe('runtime_unavailable');
  });
});

describe('a named runtime', () => {
  it('is asked which one it is, sealed off, and nothing stays', async () => {
    const pinned = await pinRuntime('node', { type: 'image', reference: place.tag }, maker);
    expect(pinned).toEqual({
      type: 'image',
      declared: place.tag,
      digest: null,
      id: place.image,
      version: process.version,
      libc: expect.stringMatching(/^(glibc \d+\.\d+|musl)$/) as string,
    });
    const left = await place.engine.listContainersNamed(`toolcrib.${place.project.name}.probe.`);
    expect(left).toEqual([]);
  });

  it('that has no such program is refused, in its own words', async () => {
    const found = await refusal(pinRuntime('python', { type: 'image', reference: place.tag }, maker));
    expect(found).toMatchObject({ code: 'runtime_unavailable', address: 'image.runtime-python' });
    expect(found.detail).toContain('python3');
  });
});

describe('npm servers', () => {
  it('server-filesystem: built once, asked sealed off, hardened user', { timeout: NPM_MS }, async () => {
    const source = npm('@modelcontextprotocol/server-filesystem', '2026.8.31');
    const made = await make(source);
    expect(made.built).toBe(true);
    const inspect = await place.engine.inspectImage(made.reference);
    expect(inspect?.Config?.User).toBe('65532:65532');
    expect(inspect?.Config?.Labels).toMatchObject({
      ...place.labels,
      [LABEL.address]: 'image.files',
      [LABEL.inputs]: made.named.inputs,
    });
    expect(inspect?.Config?.Labels).not.toHaveProperty(LABEL.generation);
    const { tools, serverInfo } = await definitions(made, ['/data'], ['/data']);
    expect(serverInfo.name).toBe('secure-filesystem-server');
    expect(tools.map((tool) => tool.name)).toEqual(
      expect.arrayContaining(['read_text_file', 'list_directory', 'write_file']),
    );
    expect(await make(source)).toEqual({ ...made, built: false });
  });

  it('server-everything: tools, prompts, resources and templates', { timeout: NPM_MS }, async () => {
    const made = await make(npm('@modelcontextprotocol/server-everything', '2026.8.31'));
    const seen = await definitions(made, []);
    expect(seen.tools.map((tool) => tool.name)).toContain('echo');
    expect(seen.prompts.length).toBeGreaterThan(0);
    expect(seen.resourceTemplates.length).toBeGreaterThan(0);
    expect(seen.protocolVersion).toBe('2025-11-25');
  });

  it('install scripts are not run on a machine that is another than the engine, or with another Node', async () => {
    const source = { type: 'npm' as const, declared: 'a@1', package: 'a', version: '1.0.0', integrity: 'x' };
    const pinned = { source: { ...source, tree: 'sha256:1' as const, allowScripts: ['a'] }, tree: { packages: {} } };
    const named: NamedImage = { ...runtime, reference: `${place.project.name}/none:1`, inputs: 'sha256:0' };
    const server = config({ ...source, range: '1', allowScripts: ['a'] }, { command: ['node', 'x'] });
    const attempt = (by: Maker, facts: Lock['runtimes']): Promise<Diagnostic> =>
      refusal(ensureServer(by, named, server, pinned, facts, { node: base }));
    const foreign = await attempt({ ...maker, host: { ...maker.host, platform: 'darwin/arm64' } }, runtimes);
    expect(foreign).toMatchObject({ code: 'package_install_failed', ...where });
    expect(foreign.detail).toMatch(/build for darwin\/arm64 and Node v\d+.*runs on linux\//);
    const image = { type: 'image' as const, declared: 'node:18', digest: null, id: base.id, version: 'v18.0.0' };
    expect((await attempt(maker, { node: image })).detail).toContain('Node v18.0.0');
  });

  it('a package without a program is refused, unless a command says what to start', { timeout: NPM_MS }, async () => {
    const source = npm('content-type', '1.0.5');
    const found = await refusal(make(source));
    expect(found).toMatchObject({ code: 'package_install_failed', address: 'server.files' });
    expect(found.detail).toContain('no program to start');
    expect((await make(source, { command: ['node', '/app/x.js'] })).built).toBe(true);
  });
});

describe('build folders', () => {
  const dockerfile =
    'ARG TOOLCRIB_RUNTIME_NODE\nFROM ${TOOLCRIB_RUNTIME_NODE}\nCOPY server.js /app/server.js\nENTRYPOINT ["node", "/app/server.js"]\n';
  const build = (folder: string, network = false): SourceConfig => ({
    type: 'build',
    declared: './server',
    folder,
    dockerfile: 'Dockerfile',
    network,
  });

  it('are built on the Node runtime, once, and again when a file changes', async () => {
    const server = await readFile('test/support/echo-server/server.js', 'utf8');
    const folder = await folderOf({ Dockerfile: dockerfile, 'server.js': server });
    const made = await make(build(folder));
    expect(made.built).toBe(true);
    expect((await definitions(made, [])).tools.length).toBeGreaterThan(0);
    expect((await make(build(folder))).built).toBe(false);
    await writeFile(join(folder, 'server.js'), `${server}\n// changed\n`);
    const changed = await make(build(folder));
    expect(changed.built).toBe(true);
    expect(changed.reference).not.toBe(made.reference);
  });

  it('that changed since they were locked are refused', async () => {
    const folder = await folderOf({ Dockerfile: dockerfile, 'server.js': '' });
    const source = build(folder);
    const pinned = await pinSource(source, undefined, runtimes, maker, where);
    await writeFile(join(folder, 'server.js'), 'changed');
    const named = serverImage(place.project, 'files', pinned, { node: runtime }, maker.platform);
    expect(await refusal(ensureServer(maker, named, config(source), pinned, runtimes, { node: base }))).toMatchObject({
      code: 'lock_stale',
      ...where,
    });
  });

  it('that do not build are told with the engine’s words', async () => {
    const found = await refusal(
      make(build(await folderOf({ Dockerfile: `${dockerfile}COPY nowhere /x\n`, 'server.js': '' }))),
    );
    expect(found.code).toBe('build_failed');
    expect(found.detail).toContain('nowhere');
  });

  it('build without network unless they ask', async () => {
    const script = `const { networkInterfaces } = require('os'); process.exit(Object.keys(networkInterfaces()).join() === 'lo' ? 0 : 9)`;
    const run = `RUN ["node", "-e", ${JSON.stringify(script)}]\n`;
    const folder = await folderOf({ Dockerfile: dockerfile + run, 'server.js': '' });
    expect((await make(build(folder))).built).toBe(true);
    // Other files, or the builder would answer from its cache.
    const other = await folderOf({ Dockerfile: dockerfile + run, 'server.js': '// with network' });
    expect(await refusal(make(build(other, true)))).toMatchObject({ code: 'build_failed' });
  });
});

describe('declared images', () => {
  it('that are on the engine are pinned by id where no registry knows them', async () => {
    const made = await make({ type: 'image', declared: place.tag });
    expect(made).toMatchObject({ reference: place.image, id: place.image, built: false });
  });

  it('that carry our labels are refused', async () => {
    const found = await refusal(
      pinSource({ type: 'image', declared: base.reference }, undefined, runtimes, maker, where),
    );
    expect(found).toMatchObject({ code: 'image_not_usable', ...where });
    expect(found.detail).toContain(LABEL_PREFIX);
  });

  it('that are nowhere are said, with the engine’s words', async () => {
    const found = await refusal(
      pinSource({ type: 'image', declared: `${place.project.name}/nowhere:1` }, undefined, runtimes, maker, where),
    );
    expect(found).toMatchObject({ code: 'image_not_found', ...where });
    expect(found.detail).toContain(`${place.project.name}/nowhere:1`);
  });

  it('that were locked on another engine and are not here are said', async () => {
    const source: SourceConfig = { type: 'image', declared: 'acme/x:1' };
    const id = `sha256:${'1'.repeat(64)}`;
    const pinned = { source: { type: 'image' as const, declared: 'acme/x:1', digest: null, id }, tree: null };
    const named = serverImage(place.project, 'files', pinned, { node: runtime }, maker.platform);
    const found = await refusal(ensureServer(maker, named, config(source), pinned, runtimes, { node: base }));
    expect(found.code).toBe('image_not_found');
    expect(found.fix).toContain('docker load');
  });
});

describe('the system image', () => {
  const manifest = JSON.stringify({ role: ['role.js', 'package.json', 'role-chunks/a.js'] });
  const distribution = {
    'manifest.json': manifest,
    'role.js': `import { said } from './role-chunks/a.js'; import { readdirSync } from 'node:fs'; console.error(said, process.argv[2], readdirSync('/var/lib/toolcrib').join(), readdirSync('/toolcrib').join());`,
    'role-chunks/a.js': 'export const said = "role";',
    'package.json': '{"type":"module"}',
    'toolcrib.js': 'the command line',
  };

  it('holds the role’s files alone, and the folders that volumes go to', async () => {
    const named = systemImage(place.project, 'sha256:1', runtime);
    const made = await ensureSystem(maker, named, await folderOf(distribution), base);
    expect(made.built).toBe(true);
    const inspect = await place.engine.inspectImage(made.id);
    const spec = place.spec('', {
      image: made.reference,
      imageId: made.id,
      entrypoint: inspect?.Config?.Entrypoint ?? [],
      cmd: ['proxy'],
      env: { PATH: '/usr/local/bin' },
      log: { type: 'json-file', config: {} },
    });
    const id = await place.engine.createContainer(engineName.seed(place.project.name, 'y'), spec);
    await place.engine.startContainer(id);
    expect(await place.engine.waitContainer(id)).toBe(0);
    const said: string[] = [];
    for await (const { line } of place.engine.readLogs(id, {})) said.push(line);
    await place.engine.removeContainer(id);
    expect(said).toEqual(['role proxy ack,audit,policy package.json,role-chunks,role.js']);
    expect(await presentImage(maker, named)).toMatchObject({ id: made.id });
  });

  it('gets its name back, unless it has become somebody else’s', async () => {
    const named = systemImage(place.project, 'sha256:4', runtime);
    const { id } = await ensureSystem(maker, named, await folderOf(distribution), base);
    const [repo = '', tag = ''] = named.reference.split(':');
    await place.engine.tagImage(place.image, repo, tag);
    expect(await presentImage(maker, named)).toEqual({ reference: named.reference, id, built: false });
    expect((await place.engine.inspectImage(named.reference))?.Id).toBe(id);
    await place.engine.tagImage(id, `${place.project.name}-mine`, 'x');
    await place.engine.tagImage(place.image, repo, tag);
    expect(await presentImage(maker, named)).toBeNull();
    await place.engine.removeImage(`${place.project.name}-mine:x`);
  });

  it('built twice at once is one image, and nothing is left of the other', async () => {
    const named = systemImage(place.project, 'sha256:5', runtime);
    const twice = await Promise.all([
      ensureSystem(maker, named, await folderOf(distribution), base),
      ensureSystem(maker, named, await folderOf({ ...distribution, 'package.json': '{"type": "module"}' }), base),
    ]);
    expect(twice[0].id).toBe(twice[1].id);
    const label = `${LABEL.inputs}=${named.inputs}`;
    expect((await place.engine.listImages([label])).map(({ id }) => id)).toEqual([twice[0].id]);
  });

  it('is not made of half a distribution', async () => {
    const { 'role-chunks/a.js': _, ...half } = distribution;
    const named = systemImage(place.project, 'sha256:2', runtime);
    const found = await refusal(ensureSystem(maker, named, await folderOf(half), base));
    expect(found.detail).toContain('role-chunks/a.js');
  });
});

describe('what has the name but not the inputs', () => {
  it('is not taken for it', async () => {
    const named = systemImage(place.project, 'sha256:3', runtime);
    const [repo = '', tag = ''] = named.reference.split(':');
    await place.engine.tagImage(place.image, repo, tag);
    expect(await presentImage(maker, named)).toBeNull();
  });
});
