/** `unlock`, on the real engine: it ends the lock that is meant, and no other. */
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquireLock } from '../../src/docker/apply-lock.js';
import type { ApplyLock } from '../../src/docker/apply-lock.js';
import { connectEngine } from '../../src/docker/connect.js';
import { expectToolcrib } from '../support/cli.js';
import { containersOf } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

let home: Project;
let lock: ApplyLock;

beforeAll(async () => {
  home = await project('unlock', 'servers: {}\n');
  await expectToolcrib(home.dir, ['lock']);
  await expectToolcrib(home.dir, ['apply', '--auto-approve']);
});
afterAll(() => home.end());

const hold = async (): Promise<ApplyLock> => {
  const engine = await connectEngine({ env: process.env });
  const [proxy] = (await containersOf(home.name)).filter((each) => each.Names[0]?.includes('.proxy.'));
  const image = (await engine.inspectContainer(proxy?.Id ?? ''))?.Image ?? '';
  const since = new Date(Date.now() - 200_000).toISOString();
  const holder = { who: 'ann', host: hostname(), since, command: 'apply' };
  return acquireLock(engine, home, { image, holder, timeoutSeconds: 0 });
};

describe('unlock', () => {
  it('has nothing to do while nobody holds the lock', async () => {
    expect((await expectToolcrib(home.dir, ['unlock'])).stdout).toBe('Nobody holds the lock.\n');
    const { stdout } = await expectToolcrib(home.dir, ['unlock', '--json']);
    expect(JSON.parse(stdout)).toEqual({ lock: null, removed: false });
  });

  it('a refused apply names holder, age, and the command that frees it', async () => {
    lock = await hold();
    await home.declare('servers: {}\nvolumes: {more: {}}\n');
    const { stderr } = await expectToolcrib(home.dir, ['apply', '--auto-approve'], 4);
    expect(stderr).toMatch(/locked by ann on .*, running `toolcrib apply`, since .*, 3 min ago\./);
    expect(stderr).toMatch(/`toolcrib unlock [0-9a-f]{12}` frees it/);
  });

  it('asks; where nobody can answer, the lock is left alone', async () => {
    for (const args of [['unlock'], ['unlock', '--auto-approve']]) {
      const { stdout, stderr } = await expectToolcrib(home.dir, args, 4);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/Lock [0-9a-f]{12} is held by ann on .*, for 3 min\./);
      expect(stderr).toContain('error[unlock_refused]');
    }
    expect(lock.lost.aborted).toBe(false);
  });

  it('leaves another lock alone than the one that is meant', async () => {
    const { stderr } = await expectToolcrib(home.dir, ['unlock', '0123456789ab', '--auto-approve'], 4);
    expect(stderr).toMatch(/The lock that is held is [0-9a-f]{12}, not 0123456789ab: ann/);
    expect(lock.lost.aborted).toBe(false);
  });

  it('ends the one that is meant; its holder is told, and the next apply has it', async () => {
    const refused = await expectToolcrib(home.dir, ['unlock'], 4);
    const id = /toolcrib unlock ([0-9a-f]{12}) /.exec(refused.stderr)?.[1] ?? '';
    const lost = new Promise<void>((resolve) => lock.lost.addEventListener('abort', () => resolve()));
    const { stdout, stderr } = await expectToolcrib(home.dir, ['unlock', id, '--auto-approve']);
    expect(stdout).toBe(`Unlocked: ${id} is gone.\n`);
    expect(stderr).toContain('Next: toolcrib apply');
    await lost;
    await expectToolcrib(home.dir, ['apply', '--auto-approve']);
  });
});
