/** Two applies at once; two projects and a stranger on one engine. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { did } from '../support/by-hand.js';
import { expectToolcrib, start, toolcrib } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import { containerOf, containersOf, HOST, inspect } from '../support/engine-state.js';
import type { Inspected } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const declaration = (mark: string): string => `servers:
  echo: {build: ./echo, env: {MARK: "${mark}"}, resources: {memory: 64Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: [echo]}]
`;

let it1: Project;
let other: Project;
beforeAll(async () => {
  it1 = await project('together', declaration('a'));
  other = await project('together-not', declaration('a'));
  for (const each of [it1, other]) {
    await expectToolcrib(each.dir, ['lock']);
    await expectToolcrib(each.dir, ['apply', '--auto-approve']);
  }
}, 600_000);
afterAll(async () => {
  await it1.end();
  await other.end();
}, 300_000);

/** Everything of a project, and of a stranger's container, as the engine tells it: mounts in an order of its mood. */
async function everything(name: string, strangers: string[]): Promise<Inspected[]> {
  const ids = [...(await containersOf(name)).map((each) => each.Id), ...strangers].sort();
  const all = await Promise.all([...new Set(ids)].map((id) => inspect(id)));
  for (const { Mounts } of all) Mounts.sort((a, b) => (a.Destination < b.Destination ? -1 : 1));
  return all;
}

describe('on one engine', () => {
  it('two applies at once: one wins, the other ends with 4 and changes nothing', { timeout: 300_000 }, async () => {
    await it1.declare(declaration('b'));
    let seen = (): void => undefined;
    const holding = new Promise<void>((resolve) => (seen = resolve));
    const engine = await countingEngine(join(it1.dir, 'first.sock'), HOST, ({ path }) => {
      if (path.includes('/containers/create') && path.includes('.server.echo')) seen();
    });
    const second = await countingEngine(join(it1.dir, 'second.sock'), HOST);
    const socket = HOST.replace('unix://', '');
    try {
      const first = start(it1.dir, ['apply', '--auto-approve'], {
        DOCKER_HOST: engine.host,
        TOOLCRIB_ENGINE_SOCKET: socket,
      });
      await holding;
      // However quick it is: it holds the lock until it may go on.
      first.child.kill('SIGSTOP');
      const late = await toolcrib(it1.dir, ['apply', '--auto-approve', '--lock-timeout', '0s'], {
        DOCKER_HOST: second.host,
        TOOLCRIB_ENGINE_SOCKET: socket,
      });
      expect([late.code, late.stderr]).toEqual([4, expect.stringMatching(/since|holds/)]);
      first.child.kill('SIGCONT');
      // It tries to create the lock, and looks after whether that is still held; nothing else.
      const writes = second.calls.filter(({ write }) => write > 0).map(({ path }) => path);
      expect(writes.filter((path) => !path.includes('.lock'))).toEqual([]);
      expect((await first.ended).code).toBe(0);
    } finally {
      await engine.close();
      await second.close();
    }
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    expect((await inspect((await containerOf(it1.name, 'server.echo')).Id)).Config.Env).toContain('MARK=b');
  });

  it('what is another project’s, and a stranger’s, stays as it is, byte for byte', { timeout: 300_000 }, async () => {
    const image = (await inspect((await containerOf(other.name, 'server.echo')).Id)).Image;
    const { Id } = JSON.parse(
      await did('POST', `/containers/create?name=${it1.name}-stranger`, { Image: image, Cmd: ['x'] }),
    ) as { Id: string };
    try {
      const before = await everything(other.name, [Id]);
      await it1.declare(declaration('c'));
      await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
      await expectToolcrib(it1.dir, ['destroy', '--auto-approve', '--volumes']);
      expect(await everything(other.name, [Id])).toEqual(before);
    } finally {
      await did('DELETE', `/containers/${Id}?force=1`);
    }
    await expectToolcrib(other.dir, ['plan', '--detailed-exitcode'], 0);
  });
});
