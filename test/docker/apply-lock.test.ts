import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { acquireLock } from '../../src/docker/apply-lock.js';
import type { ApplyLock, LockRequest } from '../../src/docker/apply-lock.js';
import { lockContainer } from '../../src/docker/lock-container.js';
import { engineName, LABEL } from '../../src/model/labels.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';

let b: Bench;
let folder: string;
const held: ApplyLock[] = [];
beforeAll(async () => {
  b = await bench('lock');
  folder = await mkdtemp(join(tmpdir(), 'toolcrib-lock-'));
});
afterEach(async () => {
  for (const lock of held.splice(0)) await lock.release();
});
afterAll(async () => {
  await b.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const holder = (who: string): LockRequest['holder'] => ({
  who,
  host: 'box',
  pid: 1,
  since: '2026-01-02T03:04:05Z',
  command: 'apply',
});

async function acquire(who: string, more: Partial<LockRequest> = {}): Promise<ApplyLock> {
  const lock = await acquireLock(b.engine, b.project, {
    image: b.tag,
    holder: holder(who),
    timeoutSeconds: 0,
    ...more,
  });
  held.push(lock);
  return lock;
}

const present = async (): Promise<number> =>
  (await b.engine.listContainersNamed(engineName.lock(b.project.name))).length;

test('one holds it, the next is told who, and it is free when given back', async () => {
  const first = await acquire('ann');
  await expect(acquire('bob')).rejects.toMatchObject({
    exit: 4,
    diagnostics: [
      {
        code: 'apply_locked',
        detail: expect.stringMatching(/ann on box .*toolcrib apply.*since 2026-01-02/) as string,
      },
    ],
  });
  expect(first.lost.aborted).toBe(false);
  await Promise.all([first.release(), first.release()]);
  expect(await present()).toBe(0);
  expect(first.lost.aborted).toBe(false);
  const second = await acquire('bob');
  await second.release();
  expect(await present()).toBe(0);
});

test('who waits gets it when it becomes free, and hears whom it waits for', async () => {
  const first = await acquire('ann');
  const heard: string[] = [];
  const waiting = acquire('bob', { timeoutSeconds: 60, onWait: (text) => heard.push(text) });
  await expect.poll(() => heard, { timeout: 20_000 }).toEqual([expect.stringContaining('held by ann on box')]);
  await first.release();
  await (await waiting).release();
});

test('of many at once exactly one gets it', async () => {
  const tries = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((who) => acquire(who)));
  const refused = tries.filter((each) => each.status === 'rejected');
  expect(refused).toHaveLength(4);
  for (const each of refused) expect(each.reason).toMatchObject({ diagnostics: [{ code: 'apply_locked' }] });
});

test('it runs hardened, outside every network, and is no container of apply’s', async () => {
  await acquire('ann');
  const live = await b.engine.inspectContainer(engineName.lock(b.project.name));
  expect(live?.HostConfig).toMatchObject({
    AutoRemove: true,
    ReadonlyRootfs: true,
    NetworkMode: 'none',
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
  });
  expect(live?.Config).toMatchObject({ StdinOnce: true, User: '65532:65532' });
  expect(live?.Config.Labels).not.toHaveProperty([LABEL.generation]);
});

test('a holder that is killed gives it up', async () => {
  const child = await holdInAnotherProcess();
  await expect(acquire('bob')).rejects.toMatchObject({ diagnostics: [{ code: 'apply_locked' }] });
  child.kill('SIGKILL');
  const lock = await acquire('bob', { timeoutSeconds: 30 });
  await lock.release();
});

test('a lock whose maker died before it ran is taken over', async () => {
  const { engine, project } = b;
  const spec = lockContainer(project, b.tag, holder('ghost'));
  const dead = await engine.createContainer(engineName.lock(project.name), spec, { autoRemove: true, stdinOnce: true });
  const lock = await acquire('bob');
  expect(await engine.inspectContainer(dead)).toBeNull();
  await lock.release();
});

test('a lock that goes while it is held is reported as lost', async () => {
  const lock = await acquire('ann');
  const lost = new Promise((resolve) => lock.lost.addEventListener('abort', () => resolve(lock.lost.reason)));
  await b.engine.removeContainer(engineName.lock(b.project.name));
  expect(await lost).toMatchObject({ diagnostics: [{ code: 'engine_error' }] });
  await lock.release();
});

test('another project’s container of that name is left alone', async () => {
  const { engine, project } = b;
  const id = await engine.createContainer(engineName.lock(project.name), b.spec('1', { labels: {} }));
  await expect(acquire('ann')).rejects.toMatchObject({ diagnostics: [{ code: 'project_conflict' }] });
  expect(await engine.inspectContainer(id)).not.toBeNull();
  await engine.removeContainer(id);
});

test('an image that cannot hold it locks nothing, and nothing is left', async () => {
  await expect(acquire('ann', { image: 'no/such:image' })).rejects.toThrow(/No such image/);
  expect(await present()).toBe(0);
});

/** A process that holds the lock until it is killed. */
async function holdInAnotherProcess(): Promise<ChildProcess> {
  const outfile = join(folder, 'hold.mjs');
  const contents = `
    import { connectEngine } from './src/docker/connect.js';
    import { acquireLock } from './src/docker/apply-lock.js';
    const engine = await connectEngine({ env: process.env });
    const [project, image] = JSON.parse(process.argv[2]);
    const holder = { who: 'child', host: 'box', since: 'now' };
    await acquireLock(engine, project, { image, holder, timeoutSeconds: 0 });
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
  });
  const child = spawn(process.execPath, [outfile, JSON.stringify([b.project, b.tag])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', (code) => reject(new Error(`ended with ${code}`))),
  );
  ended.catch(() => undefined);
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
  return child;
}
