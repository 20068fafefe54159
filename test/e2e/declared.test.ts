/**
 * What a declaration says about the life of its servers, on the real engine: environments, other names, what may not be
 * removed, and servers that crash.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, toolcrib, type Ran } from '../support/cli.js';
import { containerOf, containersOf, engineApi, inspect, remains } from '../support/engine-state.js';
import { freePort, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const server = (name: string, fields: string): string =>
  `  ${name}: {build: ./echo, resources: {memory: 64Mi}${fields && `, ${fields}`}}\n`;
const agent = (name: string): string =>
  `agents:\n  bot: {authenticate: [{token: {}}], grants: [{server: ${name}, tools: [echo]}]}\n`;
const NOTES = 'mounts: [{volume: notes, target: /notes}]';
const volumes = (...names: string[]): string => `volumes:\n${names.map((each) => `  ${each}: {}\n`).join('')}`;

let it1: Project;
beforeAll(async () => {
  it1 = await project('declared', `servers:\n${server('one', '')}${server('two', '')}${agent('one')}`);
  await expectToolcrib(it1.dir, ['lock']);
}, 300_000);
afterAll(async () => {
  await it1.declare(`servers:\n${server('one', '')}${agent('one')}`);
  await it1.end();
}, 300_000);

async function apply(...options: string[]): Promise<void> {
  await expectToolcrib(it1.dir, ['apply', '--auto-approve', ...options]);
  await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode', ...options], 0);
}

interface Status {
  health: { state: string; problems: { address: string }[] };
  servers: { address: string; state: string; reason: string | null; restarts: number; stderr: string[] }[];
}

/** As the wait ends, or as it is when it has taken too long. */
async function statusOnce(ready: (status: Status) => boolean): Promise<Status> {
  for (let tries = 60; ; tries -= 1) {
    const status = JSON.parse((await expectToolcrib(it1.dir, ['status', '--json'])).stdout) as Status;
    if (ready(status) || tries === 0) return status;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe('a server', () => {
  it(
    'that crashes again and again is unhealthy, with the reason and its last words',
    { timeout: 300_000 },
    async () => {
      await it1.declare(`servers:\n${server('one', 'env: {CRASH_AFTER: 1500}')}${server('two', '')}${agent('one')}`);
      await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
      const status = await statusOnce(({ servers }) =>
        servers.some(({ state, restarts }) => state === 'unhealthy' && restarts > 0),
      );
      expect(status.servers.find(({ address }) => address === 'server.one')).toMatchObject({
        state: 'unhealthy',
        reason: expect.stringMatching(/after \d+ restarts?/) as string,
        stderr: expect.arrayContaining(['the disk is full']) as string[],
      });
      expect(status.health).toMatchObject({ state: 'degraded', problems: [{ address: 'server.one' }] });
    },
  );

  it('with `restart: never` stays ended, also under a bridge that was restarted', { timeout: 300_000 }, async () => {
    await it1.declare(
      `servers:\n${server('one', 'restart: never, env: {CRASH_AFTER: 1500}')}${server('two', '')}${agent('one')}`,
    );
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    const ended = ({ servers }: Status): boolean => servers.some(({ reason }) => reason?.includes('stays so') === true);
    expect((await statusOnce(ended)).servers[0]).toMatchObject({ state: 'unhealthy' });
    const { Id: id } = await containerOf(it1.name, 'server.one');
    const { StartedAt } = (await inspect(id)).State as unknown as { StartedAt: string };
    const bridge = await containerOf(it1.name, 'bridge');
    await engineApi('POST', `/containers/${bridge.Id}/restart?t=5`);
    // The other one is back, so this one was asked for as well.
    const back = ({ servers }: Status): boolean => servers[1]?.state === 'running' && servers[1].restarts > 0;
    expect((await statusOnce((status) => back(status) && ended(status))).servers).toMatchObject([
      { state: 'unhealthy', reason: expect.stringContaining('stays so') as string },
      { state: 'running' },
    ]);
    expect((await inspect(id)).State).toMatchObject({ StartedAt });
  });
});

describe('a name', () => {
  const written = (): string => `/containers/${marker}/archive?path=/notes`;
  let marker = '';
  const volumeOf = async (address: string): Promise<string> =>
    (await inspect((await containerOf(it1.name, address)).Id)).Mounts.find(
      ({ Destination }) => Destination === '/notes',
    )?.Source ?? '';

  it('of a server and of a volume is another, and the data is the same', { timeout: 300_000 }, async () => {
    await it1.declare(`servers:\n${server('one', NOTES)}${volumes('notes')}${agent('one')}`);
    await apply();
    marker = (await containerOf(it1.name, 'server.one')).Id;
    expect((await engineApi('GET', written())).status).toBe(200);
    const before = await volumeOf('server.one');
    await it1.declare(
      `servers:\n${server('three', NOTES.replace('notes', 'papers'))}${volumes('papers')}${agent('three')}moved:\n  - {from: server.one, to: server.three}\n  - {from: volume.notes, to: volume.papers}\n`,
    );
    await expectToolcrib(it1.dir, ['lock']);
    await apply();
    expect(await volumeOf('server.three')).toBe(before);
    expect((await containersOf(it1.name)).map((each) => each.Labels['io.toolcrib.address']).sort()).toEqual([
      'bridge',
      'control',
      'proxy',
      'server.three',
    ]);
  });

  it('of a server alone, by --target, and the rest stays as it lives', { timeout: 300_000 }, async () => {
    const before = await volumeOf('server.three');
    const papers = NOTES.replace('notes', 'papers');
    await it1.declare(
      `servers:\n${server('four', papers)}${server('two', '')}${volumes('papers')}${agent('four')}moved:\n  - {from: server.one, to: server.three}\n  - {from: server.three, to: server.four}\n  - {from: volume.notes, to: volume.papers}\n`,
    );
    await expectToolcrib(it1.dir, ['lock']);
    const system = await Promise.all(['proxy', 'bridge', 'control'].map((each) => containerOf(it1.name, each)));
    await apply('--target', 'server.four');
    expect(await volumeOf('server.four')).toBe(before);
    const there = await containersOf(it1.name);
    expect(there.map((each) => each.Labels['io.toolcrib.address']).sort()).toEqual([
      'bridge',
      'control',
      'proxy',
      'server.four',
    ]);
    expect(there.map(({ Id }) => Id)).toEqual(expect.arrayContaining(system.map(({ Id }) => Id)));
    await apply();
    expect(await volumeOf('server.four')).toBe(before);
    await containerOf(it1.name, 'server.two');
  });

  it('of a protected server cannot be taken out: exit 5, and nothing is changed', { timeout: 300_000 }, async () => {
    const kept = `servers:\n${server('two', 'prevent_destroy: true')}${agent('two')}`;
    await it1.declare(kept);
    await expectToolcrib(it1.dir, ['lock']);
    await apply();
    const before = (await containersOf(it1.name)).map(({ Id }) => Id).sort();
    await it1.declare(`servers: {}\n`);
    expect((await toolcrib(it1.dir, ['plan'])).code).toBe(5);
    const refused = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 5);
    expect(refused.stderr).toContain('error[prevent_destroy]');
    await it1.declare(kept);
    await expectToolcrib(it1.dir, ['destroy', '--auto-approve'], 5);
    expect((await containersOf(it1.name)).map(({ Id }) => Id).sort()).toEqual(before);
    await it1.declare(kept.replace(', prevent_destroy: true', ''));
    await apply();
  });
});

describe('an environment', () => {
  it('stands beside the project, and goes without it', { timeout: 300_000 }, async () => {
    const rest = `servers:\n${server('two', 'env: {MARK: "${mark}"}')}${agent('two')}variables: {mark: {default: here}}\n`;
    await it1.declare(
      `  environments:\n    prod: {name: declared-prod, variables: {mark: there}, proxy: {listen: "127.0.0.1:${await freePort()}"}}\n${rest}`,
    );
    await apply();
    await apply('-e', 'prod');
    const marks = await Promise.all(
      [it1.name, 'declared-prod'].map(
        async (name) => (await inspect((await containerOf(name, 'server.two')).Id)).Config.Env,
      ),
    );
    expect(marks).toMatchObject([expect.arrayContaining(['MARK=here']), expect.arrayContaining(['MARK=there'])]);
    await expectToolcrib(it1.dir, ['destroy', '--auto-approve', '--volumes', '-e', 'prod']);
    expect(await remains('declared-prod')).toEqual([]);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
  });
});

describe('a project', () => {
  it('under another name keeps its data, and leaves nothing under the old one', { timeout: 300_000 }, async () => {
    const old = await project('earlier', `servers:\n${server('one', NOTES)}${volumes('notes')}${agent('one')}`);
    const path = join(old.dir, 'toolbox.yaml');
    const run = (args: string[], code = 0): Promise<Ran> => expectToolcrib(old.dir, args, code);
    const notes = async (name: string): Promise<string> =>
      (await inspect((await containerOf(name, 'server.one')).Id)).Mounts.find((each) => each.Destination === '/notes')
        ?.Source ?? '';
    try {
      await run(['lock']);
      await run(['apply', '--auto-approve']);
      const before = await notes('earlier');
      const text = await readFile(path, 'utf8');
      const renamed = text.replace('  name: earlier\n', '  name: later\n');
      await writeFile(path, renamed);
      expect((await run(['plan'], 1)).stderr).toContain('previously: [earlier]');
      await writeFile(path, renamed.replace('  name: later\n', '  name: later\n  previously: [earlier]\n'));
      expect((await run(['apply', '--auto-approve'])).stderr).toMatch(/rehearsing[^]*proxy: stopping/);
      expect((await run(['plan', '--detailed-exitcode'])).stdout).toContain('No changes');
      expect(await notes('later')).toBe(before);
      expect(await containersOf('earlier')).toEqual([]);
      expect((await remains('earlier')).filter((each) => !each.startsWith('volume '))).toEqual([]);
    } finally {
      await old.end();
    }
    expect([...(await remains('earlier')), ...(await remains('later'))]).toEqual([]);
  });
});
