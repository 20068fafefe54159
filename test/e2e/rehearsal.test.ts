/**
 * Toolcrib's own containers, replaced and started: a new proxy or bridge that would not serve is found out while the old
 * one serves, one that ends as soon as it is started is told of although nothing else waits for it, and a move that goes
 * well costs no more than the calls in flight.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine } from '../../src/docker/connect.js';
import { agentInSession } from '../support/agent-in-session.js';
import type { AgentInSession } from '../support/agent-in-session.js';
import { did } from '../support/by-hand.js';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containerOf, containersOf, inspect } from '../support/engine-state.js';
import { otherBuild } from '../support/other-build.js';
import type { Edit, OtherBuild } from '../support/other-build.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const SERVER = `servers:
  kept: {build: ./echo, env: {MARK: "0"}, resources: {memory: 64Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: kept, tools: [echo]}]
`;

/** The proxy cannot open its audit; the bridge knows no engine; the bridge cannot make its socket. */
const NO_AUDIT: Edit = { of: 'role', find: '"audit.jsonl"', put: '"gone/audit.jsonl"' };
const NO_ENGINE: Edit = { of: 'role', find: 'unix:///var/run/docker.sock', put: 'unix:///var/run/gone.sock' };
/** It rehearses well, listens, takes the policy, and ends: again and again. */
const ENDS_LATER: Edit = {
  of: 'role',
  find: '="ack.json",DEBOUNCE_MS',
  put: '=(process.argv.includes("proxy")&&setTimeout(()=>process.exit(7),3e3),"ack.json"),DEBOUNCE_MS',
};
const NO_SOCKET: Edit = { of: 'role', find: '}/bridge.sock', put: '}/gone/bridge.sock' };

const builds: OtherBuild[] = [];
let it1: Project;
let token = '';
let agents: AgentInSession[] = [];
beforeAll(async () => {
  it1 = await project('rehearsed', 'servers: {}\n');
});
afterAll(async () => {
  await Promise.all(agents.map((each) => each.end()));
  await it1.end();
  for (const each of builds) await each.end();
}, 300_000);

async function build(name: string, ...edits: Edit[]): Promise<string> {
  const made = await otherBuild(name, edits);
  builds.push(made);
  return made.program;
}

const ids = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await containersOf(it1.name))
      .sort((a, b) => a.Labels['io.toolcrib.address']!.localeCompare(b.Labels['io.toolcrib.address']!))
      .map((each) => [`${each.Labels['io.toolcrib.address']} ${each.State}`, each.Id]),
  );
/** Calls that a proxy let through, and took note of, by the audit: each is one call of the server's. */
async function taken(): Promise<number> {
  const lines = (await expectToolcrib(it1.dir, ['audit', '--json'])).stdout.trim().split('\n');
  const decisions = lines.map((line) => JSON.parse(line) as { type: string; method?: string; decision?: string });
  return decisions.filter((each) => each.method === 'tools/call' && each.decision === 'allow').length;
}
async function leave(proxy: string, owner: number): Promise<void> {
  const engine = await connectEngine({ env: process.env });
  const file = { path: 'audit.pub.new', content: Buffer.from('left'), mode: 0o600, uid: owner, gid: owner };
  const Mounts = [{ Type: 'volume', Source: `toolcrib.${it1.name}.audit`, Target: '/audit' }];
  const body = { Image: (await inspect(proxy)).Image, HostConfig: { Mounts } };
  const { Id } = JSON.parse(await did('POST', '/containers/create', body)) as { Id: string };
  await engine.writeArchive(Id, '/audit', [file]);
  await did('DELETE', `/containers/${Id}`);
}
const ofSystem = (all: Record<string, string>): string[] =>
  Object.entries(all).flatMap(([name, id]) => (name.startsWith('server.') ? [] : [id]));
const marks = (): string[] => [
  ...new Set(
    agents.flatMap(({ calls }) => calls.map(({ text }) => (JSON.parse(text) as { generation: string }).generation)),
  ),
];
const answered = (): number => agents.reduce((sum, { calls }) => sum + calls.length, 0);
const failed = (): string[] => agents.flatMap(({ calls }) => calls.flatMap(({ error }) => error ?? []));

describe('toolcrib’s own containers', () => {
  it('a bridge that ends as soon as it is started, with no server to gate', { timeout: 600_000 }, async () => {
    await expectToolcrib(it1.dir, ['lock']);
    const broken = await build('no-socket', NO_SOCKET);
    const ran = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 6, {}, broken);
    expect(ran.stderr).toMatch(
      /The bridge was started, and ended at once, (with exit code 1|again and again)\.[^]*crashed: Error: [^]*EACCES/,
    );
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
  });

  it('new ones that would not serve: no call fails, and nothing is touched', { timeout: 600_000 }, async () => {
    await it1.declare(SERVER);
    await expectToolcrib(it1.dir, ['lock']);
    token = await issueToken(it1.dir, 'bot');
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    const url = `http://127.0.0.1:${it1.port}/mcp`;
    agents = await Promise.all([1, 2, 3].map(() => agentInSession(url, token, 'kept__echo')));
    await Promise.all(agents.map((each) => each.more(3)));
    const before = await ids();
    for (const [role, edit, said] of [
      ['proxy', NO_AUDIT, 'gone/audit.jsonl'],
      ['bridge', NO_ENGINE, 'gone.sock'],
    ] as const) {
      const broken = await build(`broken-${role}`, edit);
      await it1.declare(SERVER.replace('MARK: "0"', `MARK: "${role}"`));
      const ran = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 6, {}, broken);
      expect(ran.stderr).toContain(`The new ${role} would not serve: its rehearsal ended with exit code 1.`);
      expect(ran.stderr).toContain(said);
      const now = await ids();
      // The server is as declared all the same, and has one generation.
      expect(Object.keys(now)).toEqual(Object.keys(before));
      expect(ofSystem(now)).toEqual(ofSystem(before));
    }
    await Promise.all(agents.map((each) => each.more(3)));
    expect(failed()).toEqual([]);
    expect(marks()).toEqual(['0', 'proxy', 'bridge']);
    expect(agents.map((each) => each.sessions())).toEqual([1, 1, 1]);
    // What the broken builds left is their images alone.
    const left = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 2);
    expect(left.stdout).toContain('Plan: 0 to create, 0 to update in place, 0 to replace, 2 to delete');
  });

  it('a proxy and bridge that move lose at most the calls in flight', { timeout: 600_000 }, async () => {
    const old = (await containerOf(it1.name, 'proxy')).Id;
    const newer = await build('newer');
    // Somebody put a file of their own where it writes.
    await leave(old, 0);
    const refused = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 6, {}, newer);
    expect(refused.stderr).toContain(
      '/var/lib/toolcrib/audit/audit.pub.new cannot be read and written by uid 65532, as whom the proxy runs: it is of 0:0 with mode 0600.',
    );
    await leave(old, 65532);
    const ran = await toolcrib(it1.dir, ['apply', '--auto-approve'], {}, newer);
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('proxy: rehearsing generation')]);
    await Promise.all(agents.map((each) => each.more(3)));
    expect((await containerOf(it1.name, 'proxy')).Id).not.toBe(old);
    expect(failed()).toEqual([]);
    expect(agents.map((each) => each.sessions())).toEqual([2, 2, 2]);
    await Promise.all(agents.map((each) => each.end()));
    // Told to stop, the old one answered what it had: no call was carried out and not answered, or carried out twice.
    expect(await taken()).toBe(answered());
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0, {}, newer);
  });

  it('a proxy that takes over and ends again and again: the old one is put back', { timeout: 600_000 }, async () => {
    const broken = await build('ends-later', ENDS_LATER);
    const before = await ids();
    const agent = await agentInSession(`http://127.0.0.1:${it1.port}/mcp`, token, 'kept__echo');
    const ran = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 6, {}, broken);
    expect(ran.stderr).toMatch(/The proxy ended after it had taken over, (with exit code 7|again and again)\./);
    expect(ran.stderr).toContain('The old bridge and the old proxy were started again.');
    expect(await ids()).toEqual(before);
    // Whoever was not answered tried again, and is served.
    await agent.more(3);
    await agent.end();
    expect(agent.calls.flatMap(({ error }) => error ?? [])).toEqual([]);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 2);
  });
});
