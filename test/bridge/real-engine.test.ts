/** The bridge on the real engine: what the engine in memory claims is so, and bytes survive the way. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBridge, type Bridge } from '../../src/bridge/bridge.js';
import type { LogLine, ServerReport } from '../../src/bridge/protocol.js';
import { realTimers } from '../../src/bridge/timers.js';
import { connectEngine } from '../../src/docker/connect.js';
import { EngineRefusal } from '../../src/docker/errors.js';
import type { Engine } from '../../src/engine/engine.js';
import type { ResolvedContainer } from '../../src/model/container.js';
import { engineName, LABEL } from '../../src/model/labels.js';
import { nodeImage } from '../support/docker-image.js';
import { ask, connect, open } from './peer.js';

const PROGRAM = `
const programs = {
  echo: () => process.stdin.pipe(process.stdout),
  pid: () => { console.log(process.hrtime.bigint().toString()); process.stdin.resume(); },
  crash: () => { console.error('cannot find /data'); console.log('bye'); process.exitCode = 3; },
  flood: () => { const part = Buffer.alloc(65536, 0x61); let left = 400;
    const more = () => { while (left-- > 0) if (!process.stdout.write(part)) return process.stdout.once('drain', more); process.stdout.write('\\n'); };
    more(); process.stdin.resume(); },
  web: () => { console.log('listening'); console.error('ready'); setInterval(() => undefined, 1000);
    process.stdin.on('data', () => process.exit(9)); },
  greedy: () => { const kept = []; setInterval(() => kept.push(Buffer.alloc(16e6, 1)), 5); },
};
programs[process.argv[2]]();
`;

const project = { name: `bridge-${randomUUID().slice(0, 8)}`, id: randomUUID() };
const WAIT = { timeout: 20_000, interval: 50 };

let engine: Engine;
let image: string;
let inheriting: string;
let folder: string;
let socket: string;
let bridge: Bridge;
const log: LogLine[] = [];
const containers: string[] = [];

const spec = (server: string, generation: number, program: string): ResolvedContainer => ({
  image,
  imageId: image,
  entrypoint: ['node', '/server.js'],
  cmd: [program],
  env: { PATH: '/usr/bin' },
  user: '65532:65532',
  workdir: '/',
  healthcheck: null,
  stdin: true,
  mounts: [],
  tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
  capAdd: [],
  capDrop: ['ALL'],
  groupAdd: [],
  readonlyRootfs: true,
  memory: 192 * 1024 * 1024,
  nanoCpus: 1e9,
  pids: 64,
  nofile: 1024,
  init: true,
  network: 'none',
  joins: [],
  dns: [],
  ports: [],
  restart: 'no',
  log: { type: 'none', config: {} },
  stopTimeout: 2,
  labels: labels(server, generation),
});

const labels = (server: string, generation: number): Record<string, string> => ({
  [LABEL.project]: project.name,
  [LABEL.projectId]: project.id,
  [LABEL.address]: `server.${server}`,
  [LABEL.generation]: String(generation),
});

async function make(server: string, program: string, change: Partial<ResolvedContainer> = {}): Promise<string> {
  const name = engineName.server(project.name, server, 1);
  const id = await engine.createContainer(name, { ...spec(server, 1, program), ...change });
  containers.push(id);
  return id;
}

const isRunning = async (id: string): Promise<boolean> => (await engine.inspectContainer(id))?.State.Running ?? false;
const events = (server: string): string[] =>
  log.filter((line) => line.server === server && line.event).map((line) => `${line.event}: ${line.detail}`);

beforeAll(async () => {
  engine = await connectEngine({ env: process.env });
  image = await nodeImage(engine, `${project.name}:test`, { files: { '/server.js': PROGRAM } });
  inheriting = await nodeImage(engine, `${project.name}:inheriting`, {
    files: { '/server.js': PROGRAM },
    labels: labels('evil', 1),
  });
  folder = await mkdtemp(path.join(os.tmpdir(), 'toolcrib-bridge-'));
  socket = path.join(folder, 'bridge.sock');
  bridge = await startBridge({
    engine,
    project,
    socketPath: socket,
    socketGroup: null,
    log: (line) => log.push(line),
    now: () => new Date(),
    timers: realTimers,
  });
});

afterEach(async () => {
  for (const id of containers.splice(0)) await engine.removeContainer(id);
});

afterAll(async () => {
  await bridge.close();
  // By name: the same content may bear that of another run as well. And the engine's builder may have made one the
  // parent of the other, or of somebody else's.
  for (const tag of ['inheriting', 'test']) {
    await engine.removeImage(`${project.name}:${tag}`).catch((cause: unknown) => {
      if (!(cause instanceof EngineRefusal && cause.status === 409)) throw cause;
    });
  }
  await rm(folder, { recursive: true, force: true });
});

describe('a connection', () => {
  it('is the stdin and stdout of the server, and its end is the end of the process', async () => {
    const id = await make('echo', 'echo');
    const { peer, answer } = await open(socket, 'echo');
    expect(answer).toEqual({ ok: true });
    peer.send('{"jsonrpc":"2.0","id":1,"method":"initialize"}\n');
    expect(await peer.line()).toBe('{"jsonrpc":"2.0","id":1,"method":"initialize"}');
    peer.close();
    await vi.waitFor(async () => expect(await isRunning(id)).toBe(false), WAIT);
  });

  it('carries a line of 10 MB, and characters split anywhere', async () => {
    await make('echo', 'echo');
    const { peer } = await open(socket, 'echo');
    for (const byte of Buffer.from('"häßlich 😀"\n')) {
      peer.send(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await peer.line()).toBe('"häßlich 😀"');
    const long = '€😀x'.repeat(1_250_000);
    peer.send(`${long}\n`);
    const hash = (text: string | null): string =>
      createHash('sha256')
        .update(text ?? '')
        .digest('hex');
    expect(hash(await peer.line())).toBe(hash(long));
    peer.close();
  });

  it('is a fresh process each time, also for one that ran already', async () => {
    const id = await make('pid', 'pid');
    await engine.startContainer(id);
    const seen = new Set<string | null>();
    for (let i = 0; i < 3; i++) {
      const { peer } = await open(socket, 'pid');
      seen.add(await peer.line());
      if (i === 0) peer.close();
    }
    expect(seen.size).toBe(3);
    expect(seen.has(null)).toBe(false);
  });

  it('holds the server back while nobody reads, and loses nothing', async () => {
    await make('flood', 'flood');
    const peer = connect(socket);
    peer.send('{"op":"open","server":"flood","generation":1}\n');
    peer.socket.pause();
    await vi.waitFor(() => expect(events('flood').some((line) => line.startsWith('started'))).toBe(true), WAIT);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(26_000_000);
    peer.socket.resume();
    expect(await peer.line()).toBe('{"ok":true}');
    expect((await peer.line())?.length).toBe(400 * 65536);
    peer.close();
  });
});

describe('a process that ends', () => {
  it('closes the connection after its last line, with exit code and stderr known', async () => {
    await make('crash', 'crash');
    const { peer } = await open(socket, 'crash');
    expect(await peer.line()).toBe('bye');
    expect(await peer.line()).toBeNull();
    expect(events('crash')).toContain('exited: exit code 3');
    const { answer } = await ask(socket, { op: 'list' });
    const report = (answer as { servers: ServerReport[] }).servers.find((each) => each.server === 'crash');
    expect(report).toMatchObject({ state: 'stopped', lastError: 'exit code 3', stderr: ['cannot find /data'] });
    const again = await open(socket, 'crash');
    expect(again.answer).toEqual({ ok: true });
    expect(events('crash').some((line) => /^restarting: in 0\.\d+ s$/.test(line))).toBe(true);
  });

  it('is noticed when it is killed from outside, and starts anew at the next open', async () => {
    const id = await make('killed', 'echo');
    const { peer } = await open(socket, 'killed');
    await engine.killContainer(id);
    expect(await peer.line()).toBeNull();
    expect(events('killed')).toContain('exited: exit code 137');
    const again = await open(socket, 'killed');
    again.peer.send('back\n');
    expect(await again.peer.line()).toBe('back');
    again.peer.close();
  });

  it('is reported as out of memory when it was', async () => {
    await make('greedy', 'greedy', { memory: 64 * 1024 * 1024 });
    const { peer } = await open(socket, 'greedy');
    expect(await peer.line()).toBeNull();
    expect(events('greedy').at(-1)).toMatch(/out of memory|exit code 137/);
  });

  it('is said to be gone when its container was removed', async () => {
    const id = await make('removed', 'echo');
    const { peer } = await open(socket, 'removed');
    await engine.removeContainer(id);
    expect(await peer.line()).toBeNull();
    expect((await open(socket, 'removed')).answer).toMatchObject({ ok: false });
  });

  it('tells why it could not start at all', async () => {
    await make('nothing', 'echo', { entrypoint: ['/bin/nothing'], init: false });
    const { answer } = await open(socket, 'nothing');
    expect(answer).toMatchObject({ ok: false });
    expect((answer as { error: string }).error).toContain('/bin/nothing');
  });

  it('leaves on stderr what its init could not run', async () => {
    await make('uninit', 'echo', { entrypoint: ['/bin/nothing'] });
    const { peer } = await open(socket, 'uninit');
    expect(await peer.line()).toBeNull();
    expect(events('uninit')).toContain('exited: exit code 127');
    expect(log.find((line) => line.server === 'uninit' && line.stderr)?.stderr).toContain('/bin/nothing');
  });
});

describe('a server that speaks HTTP', () => {
  it('runs while the connection stands, and what it writes is log', async () => {
    const id = await make('web', 'web', { stdin: false });
    const { peer, answer } = await open(socket, 'web');
    expect(answer).toEqual({ ok: true });
    peer.send('nobody reads this\n');
    const said = (): string[] => log.filter((line) => line.server === 'web').flatMap((line) => line.stderr ?? []);
    await vi.waitFor(() => expect(said().sort()).toEqual(['listening', 'ready']), WAIT);
    expect(await isRunning(id)).toBe(true);
    await engine.killContainer(id);
    expect(await peer.line()).toBeNull();
    expect(events('web')).toContain('exited: exit code 137');
    const again = await open(socket, 'web');
    expect(again.answer).toEqual({ ok: true });
    again.peer.close();
    await vi.waitFor(async () => expect(await isRunning(id)).toBe(false), WAIT);
  });
});

describe('an instance', () => {
  it('is its template in everything but name and label, and goes with its connection', async () => {
    const id = await make('many', 'echo', { labels: { ...labels('many', 1), [LABEL.instances]: 'agent' } });
    const { peer, answer } = await open(socket, 'many', 1, 'a1');
    expect(answer).toEqual({ ok: true });
    peer.send('x\n');
    expect(await peer.line()).toBe('x');
    const name = engineName.instance(project.name, 'many', 1, 'a1');
    const [copy, template] = [await engine.inspectContainer(name), await engine.inspectContainer(id)];
    expect(copy?.HostConfig).toEqual(template?.HostConfig);
    expect(copy?.Config).toEqual({
      ...template?.Config,
      Image: image,
      Labels: { ...template?.Config.Labels, [LABEL.instance]: 'a1' },
    });
    expect(copy?.Image).toBe(template?.Image);
    expect(template?.State.Status).toBe('created');
    peer.close();
    await vi.waitFor(async () => expect(await engine.inspectContainer(name)).toBeNull(), WAIT);
  });
});

describe('what is not this project’s', () => {
  it('is not opened: another project at the same address', async () => {
    const id = await make('foreign', 'echo', {
      labels: { ...labels('foreign', 1), [LABEL.projectId]: randomUUID() },
    });
    expect((await open(socket, 'foreign')).answer).toMatchObject({ ok: false, code: 'unknown_server' });
    expect(await isRunning(id)).toBe(false);
  });

  it('is not opened: a container whose labels are its image’s', async () => {
    const id = await make('evil', 'echo', { image: inheriting, imageId: inheriting, labels: {} });
    expect((await engine.inspectContainer(id))?.Config.Labels?.[LABEL.projectId]).toBe(project.id);
    expect((await open(socket, 'evil')).answer).toMatchObject({ ok: false, code: 'unknown_server' });
    expect(await isRunning(id)).toBe(false);
  });
});

describe('the bridge’s own end', () => {
  it('stops what runs', async () => {
    const id = await make('last', 'echo');
    const { peer } = await open(socket, 'last');
    await bridge.close();
    expect(await peer.line()).toBeNull();
    expect(await isRunning(id)).toBe(false);
  });
});
