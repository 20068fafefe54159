/**
 * Law: each single change made behind toolcrib's back is told as one line that names the field with both values, cause
 * drift; apply mends it, and the plan is empty. Each change has a server of its own, so that a round of them costs one
 * plan and one apply.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine } from '../../src/docker/connect.js';
import { readPolicyFiles } from '../../src/docker/control.js';
import { createBodyOf, did, recreate } from '../support/by-hand.js';
import type { CreateBody } from '../support/by-hand.js';
import { expectToolcrib } from '../support/cli.js';
import { containersOf, inspect } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const MIB = 1024 * 1024;

interface Case {
  name: string;
  /** Of a new container in the old one's place. */
  recreate?: (body: CreateBody) => void;
  /** Of the container as it stands. */
  live?: (id: string) => Promise<unknown>;
  /** `field: as declared ← as found`; null: the bridge mends it by itself, and nothing is to be told. */
  line: string | null;
}

const host =
  (set: Record<string, unknown>) =>
  ({ HostConfig }: CreateBody): void =>
    void Object.assign(HostConfig, set);
const top =
  (set: Record<string, unknown>) =>
  (body: CreateBody): void =>
    void Object.assign(body, set);
const update =
  (set: Record<string, unknown>) =>
  (id: string): Promise<unknown> =>
    did('POST', `/containers/${id}/update`, set);

const CASES: Case[] = [
  { name: 'env-more', recreate: (body) => body.Env.push('EXTRA=1'), line: 'env.EXTRA: null ← "1"' },
  {
    name: 'env-other',
    recreate: (body) => void (body.Env = body.Env.map((each) => (each === 'MARK=a' ? 'MARK=z' : each))),
    line: 'env.MARK: "a" ← "z"',
  },
  {
    name: 'env-less',
    recreate: (body) => void (body.Env = body.Env.filter((each) => each !== 'MARK=a')),
    line: 'env.MARK: "a" ← null',
  },
  {
    name: 'command',
    recreate: top({ Entrypoint: ['node', '--no-warnings', '/server.js'] }),
    line: 'command: ["node","/server.js"] ← ["node","--no-warnings","/server.js"]',
  },
  { name: 'args', recreate: top({ Cmd: ['--verbose'] }), line: 'args: [] ← ["--verbose"]' },
  { name: 'user', recreate: top({ User: '0:0' }), line: 'user: "65532:65532" ← "0:0"' },
  { name: 'workdir', recreate: top({ WorkingDir: '/tmp' }), line: 'workdir: "/" ← "/tmp"' },
  { name: 'caps', recreate: host({ CapAdd: ['NET_RAW'] }), line: 'caps: [] ← ["NET_RAW"]' },
  { name: 'caps-kept', recreate: host({ CapDrop: [] }), line: 'caps_dropped: ["ALL"] ← []' },
  {
    name: 'mounts',
    recreate: host({ Mounts: [{ Type: 'bind', Source: '/usr/share', Target: '/extra', ReadOnly: true }] }),
    line: 'mounts./extra: null ← "bind /usr/share (read-only)"',
  },
  { name: 'networks', recreate: host({ NetworkMode: 'bridge' }), line: 'networks: [] ← ["bridge"]' },
  { name: 'root', recreate: host({ ReadonlyRootfs: false }), line: 'readonly_root: true ← false' },
  { name: 'security', recreate: host({ SecurityOpt: [] }), line: 'security: ["no-new-privileges"] ← []' },
  {
    name: 'labels',
    recreate: (body) => void (body.Labels['io.toolcrib.instance'] = 'x'),
    line: 'labels.instance: null ← "x"',
  },
  {
    name: 'ports',
    recreate: host({ PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
    line: 'ports: [] ← ["80/tcp on 127.0.0.1:"]',
  },
  {
    name: 'memory',
    live: update({ Memory: 96 * MIB, MemorySwap: 96 * MIB }),
    line: `memory: ${64 * MIB} ← ${96 * MIB}`,
  },
  { name: 'swap', live: update({ MemorySwap: 128 * MIB }), line: `swap: ${64 * MIB} ← ${128 * MIB}` },
  { name: 'cpus', live: update({ NanoCpus: 250_000_000 }), line: 'cpus: 0.5 ← 0.25' },
  { name: 'pids', live: update({ PidsLimit: 50 }), line: 'pids: 64 ← 50' },
  { name: 'restart', live: update({ RestartPolicy: { Name: 'always' } }), line: 'restart: "no" ← "always"' },
  { name: 'paused', live: (id) => did('POST', `/containers/${id}/pause`), line: 'state: "running" ← "paused"' },
  { name: 'stopped', live: (id) => did('POST', `/containers/${id}/stop?t=1`), line: null },
  { name: 'killed', live: (id) => did('POST', `/containers/${id}/kill`), line: null },
];

const servers = CASES.map(({ name }) => name);
const DECLARATION = `servers:
${servers.map((name) => `  ${name}: {build: ./echo, env: {MARK: a}, resources: {memory: 64Mi, cpus: 0.5, pids: 64}}`).join('\n')}
  removed: {build: ./echo, resources: {memory: 64Mi}}
  renamed: {build: ./echo, resources: {memory: 64Mi}}
  copied: {build: ./echo, replicas: 2, resources: {memory: 64Mi}}
  keeps: {build: ./echo, mounts: [{volume: notes, target: /notes}], resources: {memory: 64Mi}}
volumes:
  notes: {}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: keeps, tools: [echo]}]
`;

let it1: Project;
beforeAll(async () => {
  it1 = await project('drift', DECLARATION);
  await expectToolcrib(it1.dir, ['lock']);
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
}, 900_000);
afterAll(() => it1.end(), 300_000);

interface PlanJson {
  resource_changes: {
    address: string;
    cause: string | null;
    change: { actions: string[] };
    fields: { field: string; before: unknown; after: unknown; cause: string }[];
  }[];
  access_changes: { text: string }[];
}

/** `server.docs: memory: 64 ← 32`, one line a field; what has none says what is done. All of them drift. */
async function lines(): Promise<string[]> {
  const ran = await expectToolcrib(it1.dir, ['plan', '--json']);
  const { resource_changes: changes, access_changes: access } = JSON.parse(ran.stdout) as PlanJson;
  const told = changes.flatMap(({ address, cause, change: { actions }, fields }) => {
    if (actions[0] === 'no-op') return [];
    if (actions.join() === 'create' || actions.join() === 'delete' || fields.length === 0)
      return [`${address}: ${actions.join()} (${cause})`];
    return fields.map(
      (each) =>
        `${address}: ${each.field}: ${JSON.stringify(each.after)} ← ${JSON.stringify(each.before)}${each.cause === 'drift' ? '' : ` (${each.cause})`}`,
    );
  });
  return [...told, ...access.map(({ text }) => text)].sort();
}

async function mends(): Promise<void> {
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
  await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
}

async function idOf(address: string): Promise<string> {
  const generations = (await containersOf(it1.name)).filter(({ Labels }) => !Labels['io.toolcrib.instance']);
  const found = generations.filter(({ Labels }) => Labels['io.toolcrib.address'] === address);
  if (found.length !== 1) throw new Error(`${found.length} containers of ${address}`);
  return found[0]?.Id ?? '';
}

async function untilRunning(address: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { State } = await inspect(await idOf(address));
    if (State.Running) return;
    if (Date.now() > deadline) throw new Error(`${address} does not come back`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe('behind toolcrib’s back', () => {
  it(
    'each changed server is one line, apply mends all, and then nothing is left to do',
    { timeout: 900_000 },
    async () => {
      for (const { name, recreate: change, live } of CASES) {
        const id = await idOf(`server.${name}`);
        if (change) await recreate(id, change);
        await live?.(id);
      }
      for (const { name, line } of CASES) if (line === null) await untilRunning(`server.${name}`);
      await did('DELETE', `/containers/${await idOf('server.removed')}?force=1`);
      await did('POST', `/containers/${await idOf('server.renamed')}/rename?name=${it1.name}-elsewhere`);
      const expected = [
        ...CASES.flatMap(({ name, line }) => (line === null ? [] : [`server.${name}: ${line}`])),
        'server.removed: create (drift)',
        `server.renamed: name: "toolcrib.${it1.name}.server.renamed.g1" ← "${it1.name}-elsewhere"`,
      ];
      expect(await lines()).toEqual(expected.sort());
      await mends();
    },
  );

  it(
    'an extra container that bears our labels goes; an image that bears them is left alone',
    { timeout: 300_000 },
    async () => {
      const { body } = await createBodyOf(await idOf('server.keeps'));
      await did('POST', `/containers/create?name=${it1.name}-copy`, body);
      const { Id } = JSON.parse(
        await did('POST', `/containers/create?name=${it1.name}-source`, { Image: body.Image }),
      ) as {
        Id: string;
      };
      const labels = ['project', 'project-id', 'address', 'generation'].map(
        (each) => `LABEL io.toolcrib.${each}=${body.Labels[`io.toolcrib.${each}`]}`,
      );
      await did(
        'POST',
        `/commit?container=${Id}&repo=${it1.name}-labelled&${labels.map((each) => `changes=${encodeURIComponent(each)}`).join('&')}`,
        {},
      );
      await did('DELETE', `/containers/${Id}?force=1`);
      try {
        expect(await lines()).toEqual(['server.keeps@1: delete (drift)']);
        await mends();
        await did('GET', `/images/${it1.name}-labelled/json`);
      } finally {
        await did('DELETE', `/images/${it1.name}-labelled?force=1`);
      }
    },
  );

  it('copies of a template are as it is, and it never runs itself', { timeout: 300_000 }, async () => {
    const copy = async (key: string): Promise<string> => {
      for (const deadline = Date.now() + 60_000; ;) {
        const all = await containersOf(it1.name);
        const found = all.find(({ Labels, State }) => Labels['io.toolcrib.instance'] === key && State === 'running');
        if (found) return found.Id;
        if (Date.now() > deadline) throw new Error(`no copy ${key}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    };
    await update({ Memory: 96 * MIB, MemorySwap: 96 * MIB })(await copy('r1'));
    await did('POST', `/containers/${await copy('r2')}/pause`);
    const template = await idOf('server.copied');
    await did('POST', `/containers/${template}/start`);
    const { body } = await createBodyOf(template);
    body.Labels['io.toolcrib.instance'] = 'mine';
    await did('POST', `/containers/create?name=${it1.name}-copy`, body);
    expect(await lines()).toEqual([
      'server.copied: state: "created" ← "running"',
      'server.copied@mine: delete (drift)',
      `server.copied@r1: memory: ${64 * MIB} ← ${96 * MIB}`,
      'server.copied@r2: state: "running" ← "paused"',
    ]);
    await mends();
    expect((await inspect(template)).State.Running).toBe(false);
    // In place, of the template and of its copies.
    const [one, two] = [await copy('r1'), await copy('r2')];
    await it1.declare(DECLARATION.replace(/(copied: .*memory: )64Mi/, '$180Mi'));
    expect(await lines()).toEqual([`server.copied: memory: ${80 * MIB} ← ${64 * MIB} (config)`]);
    await mends();
    for (const id of [one, two]) expect((await inspect(id)).HostConfig.Memory).toBe(80 * MIB);
    await it1.declare(DECLARATION);
    await mends();
  });

  it('a killed bridge is one line, whatever servers it had', { timeout: 300_000 }, async () => {
    await did('POST', `/containers/${await idOf('bridge')}/kill`);
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // the proxy notices, and says so of its servers
    expect(await lines()).toEqual(['bridge: state: "running" ← "exited"']);
    await mends();
  });

  it('the policy, edited in its volume, is put back', { timeout: 300_000 }, async () => {
    const engine = await connectEngine({ env: process.env });
    const control = await idOf('control');
    const [newest] = await readPolicyFiles(engine, control);
    const policy = JSON.parse(newest?.text ?? '') as { agents: Record<string, { grants: { tools: string[] }[] }> };
    policy.agents.bot?.grants[0]?.tools.push('secret');
    const text = JSON.stringify(policy);
    const digest = createHash('sha256').update(text).digest('hex');
    const path = `policies/${String((newest?.seq ?? 0) + 1).padStart(8, '0')}-${digest}.json`;
    await engine.writeArchive(control, '/var/lib/toolcrib/policy', [{ path, content: Buffer.from(text) }]);
    expect(await lines()).toEqual(['bot loses keeps:secret', `policy: digest: "${newest?.digest}" ← "${digest}"`]);
    await mends();
  });

  it.each(['proxy', 'bridge', 'control'])('%s, removed, is made again', { timeout: 300_000 }, async (address) => {
    await did('DELETE', `/containers/${await idOf(address)}?force=1`);
    const told = await lines();
    expect(told.filter((each) => each.startsWith(address))).toEqual([`${address}: create (drift)`]);
    await mends();
    const generations = (await containersOf(it1.name)).filter(({ Labels }) => !Labels['io.toolcrib.instance']);
    expect(generations.length).toBe(servers.length + 7);
  });

  it('the proxy with an alias, and on a network, that nobody declared', { timeout: 300_000 }, async () => {
    const published = `toolcrib.${it1.name}.published`;
    await recreate(
      await idOf('proxy'),
      (body) => void (body.NetworkingConfig.EndpointsConfig[published] = { Aliases: ['postgres'] }),
      true,
    );
    // It was started anew, and says in its own time what it enforces.
    await expect.poll(lines, { timeout: 60_000 }).toEqual(['proxy: aliases: [] ← ["postgres"]']);
    await mends();
    const elsewhere = `${it1.name}-elsewhere`;
    await did('POST', '/networks/create', { Name: elsewhere, IPAM: { Config: [{ Subnet: '10.89.255.0/28' }] } });
    try {
      await did('POST', `/networks/${elsewhere}/connect`, { Container: await idOf('proxy') });
      expect(await lines()).toEqual([`proxy: networks: ["${published}"] ← ["${elsewhere}","${published}"]`]);
      await mends();
    } finally {
      await did('DELETE', `/networks/${elsewhere}`);
    }
  });

  it('what ends by itself is no line, and what may hold data is a warning', { timeout: 300_000 }, async () => {
    const control = await idOf('control');
    await did('POST', `/containers/${control}/start`);
    await expect.poll(async () => (await inspect(control)).State.Running, { timeout: 30_000 }).toBe(false);
    const stray = `toolcrib.${it1.name}.volume.stray`;
    const Labels = { 'io.toolcrib.project': it1.name, 'io.toolcrib.project-id': it1.id };
    await did('POST', '/volumes/create', { Name: stray, Labels });
    try {
      expect(await lines()).toEqual([]);
      const { stderr } = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
      expect(stderr).toContain(`${stray} is no longer declared; it is kept, because it holds data.`);
    } finally {
      await did('DELETE', `/volumes/${stray}`);
    }
  });

  it('a network, and a volume with its data, removed', { timeout: 300_000 }, async () => {
    const published = `toolcrib.${it1.name}.published`;
    await did('POST', `/networks/${published}/disconnect`, { Container: await idOf('proxy'), Force: true });
    await did('DELETE', `/networks/${published}`);
    const told = await lines();
    expect(told.map((each) => each.split(':')[0])).toEqual(['network.published', 'proxy']);
    expect(told[0]).toBe('network.published: create (drift)');
    await mends();

    // No engine lets a volume go before the containers that mount it.
    await did('DELETE', `/containers/${await idOf('server.keeps')}?force=1`);
    await did('DELETE', `/volumes/toolcrib.${it1.name}.volume.notes`);
    expect(await lines()).toEqual(['server.keeps: create (drift)', 'volume.notes: create (drift)']);
    await mends();
  });
});
