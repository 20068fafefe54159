/**
 * SIGKILL of `apply` at every call with which it changes the engine: once the engine has carried the call out, and
 * before apply hears of it. The next apply converges, from the engine's state alone, and nothing is left over. Agents in
 * session meanwhile see nothing of a server's replacement, and lose no call when proxy and bridge move.
 */
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentInSession } from '../support/agent-in-session.js';
import type { AgentInSession } from '../support/agent-in-session.js';
import { expectToolcrib, start, toolcrib } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import type { EngineCall } from '../support/counting-engine.js';
import { containerOf, containersOf, HOST, inspect, remains } from '../support/engine-state.js';
import { NEWER_FORM, otherBuild } from '../support/other-build.js';
import { freePort, issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const agent = (tools: string, servers: string[]): string =>
  `agents:\n  bot:\n    authenticate: [{token: {}}]\n    grants:\n${servers.map((s) => `      - {server: ${s}, tools: ${tools}}`).join('\n')}\n`;
const server = (name: string, mark: string): string =>
  `  ${name}: {build: ./echo, env: {MARK: "${mark}"}, resources: {memory: 64Mi}}\n`;

/** One replaced, one deleted, one created, one updated in place; access lost, kept and gained. */
const BEFORE = `servers:\n${server('kept', 'a')}${server('leaves', 'a')}${agent('[echo, whoami]', ['kept', 'leaves'])}`;
const AFTER = `servers:\n${server('kept', 'b')}${server('comes', 'b')}${agent('[echo]', ['kept', 'comes'])}`;

/** Of the last walks, every third is enough for each run; TOOLCRIB_KILL_STRIDE=1 walks all. */
const STRIDE = Number(process.env.TOOLCRIB_KILL_STRIDE ?? 3);

let it1: Project;
let token = '';
beforeAll(async () => {
  it1 = await project('killed', `servers:\n${server('kept', 'a')}${server('leaves', 'a')}${server('comes', 'b')}`);
  await expectToolcrib(it1.dir, ['lock']);
  // Locks for both declarations, so that the walk below never needs `lock`.
});
afterAll(() => it1.end());

/** @param write which call, counting those that write, or how to know it. */
async function applyKilledAfter(
  write: number | ((call: EngineCall) => boolean),
  program?: string,
): Promise<{ killed: boolean; calls: EngineCall[] }> {
  let kill = (): void => undefined;
  const engine = await countingEngine(join(it1.dir, 'counting.sock'), HOST, (call) => {
    if (typeof write === 'number' ? call.write === write : write(call)) kill();
  });
  try {
    const through = { DOCKER_HOST: engine.host, TOOLCRIB_ENGINE_SOCKET: HOST.replace('unix://', '') };
    const running = start(it1.dir, ['apply', '--auto-approve'], through, program);
    kill = () => running.child.kill('SIGKILL');
    const ran = await running.ended;
    if (ran.signal === null && ran.code !== 0) throw new Error(`apply ended with ${ran.code}: ${ran.stderr}`);
    return { killed: ran.signal === 'SIGKILL', calls: engine.calls };
  } finally {
    await engine.close();
  }
}

/** Node 20's fetch may wait for ever where a connection is taken and closed at once, as the engine's forwarder does. */
async function healthOf(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5_000) })).status;
}

const inSession = (): Promise<AgentInSession[]> =>
  Promise.all([1, 2].map(() => agentInSession(`http://127.0.0.1:${it1.port}/mcp`, token, 'kept__echo')));

async function ended(agents: AgentInSession[]): Promise<void> {
  await Promise.all(agents.map((each) => each.more(2)));
  await Promise.all(agents.map((each) => each.end()));
}

/** Calls that a proxy let through, by the audit: each is one call of the server's. */
async function taken(): Promise<number> {
  const lines = (await expectToolcrib(it1.dir, ['audit', '--json'])).stdout.split('\n').filter((line) => line !== '');
  const decisions = lines.map((line) => JSON.parse(line) as { method?: string; decision?: string });
  return decisions.filter((each) => each.method === 'tools/call' && each.decision === 'allow').length;
}

async function converges(servers: string[], program?: string): Promise<void> {
  await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 0, {}, program);
  await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0, {}, program);
  const addresses = (await containersOf(it1.name)).map((each) => each.Labels['io.toolcrib.address']).sort();
  expect(addresses).toEqual(['bridge', 'control', 'proxy', ...servers.map((name) => `server.${name}`)]);
}

describe('apply killed at every engine call', () => {
  it('creating everything', { timeout: 1_800_000 }, async () => {
    await it1.declare(BEFORE);
    await expectToolcrib(it1.dir, ['lock']);
    let write = 1;
    for (; ; write += 1) {
      const { killed } = await applyKilledAfter(write);
      if (!killed) break;
      await converges(['kept', 'leaves']);
      await expectToolcrib(it1.dir, ['destroy', '--auto-approve', '--volumes']);
      expect(await remains(it1.name)).toEqual([]);
    }
    expect(write).toBeGreaterThan(15);
  });

  it('replacing, deleting and creating side by side', { timeout: 1_800_000 }, async () => {
    await it1.declare(`servers:\n${server('kept', 'a')}${server('leaves', 'a')}${server('comes', 'b')}`);
    await expectToolcrib(it1.dir, ['lock']);
    await it1.declare(BEFORE);
    token ||= await issueToken(it1.dir, 'bot');
    await converges(['kept', 'leaves']);
    const agents = await inSession();
    let write = 1;
    for (; ; write += 1) {
      await it1.declare(AFTER);
      const { killed } = await applyKilledAfter(write);
      if (!killed) break;
      await converges(['comes', 'kept']);
      await it1.declare(BEFORE);
      await converges(['kept', 'leaves']);
    }
    expect(write).toBeGreaterThan(8);
    await ended(agents);
    for (const { calls, sessions } of agents) {
      expect(calls.filter(({ error, tries }) => error !== null || tries > 1)).toEqual([]);
      expect(sessions()).toBe(1);
    }
  });

  it('moving the proxy to another port', { timeout: 1_800_000 }, async () => {
    await it1.declare(BEFORE);
    await converges(['kept', 'leaves']);
    const ports = [it1.port, await freePort()];
    let write = 1;
    // To and fro, so that nothing has to be put back before the next.
    for (let turn = 1; ; turn += 1, write += STRIDE) {
      const port = ports[turn % 2] ?? 0;
      await it1.declare(BEFORE, port);
      const { killed } = await applyKilledAfter(write);
      await converges(['kept', 'leaves']);
      expect(await healthOf(port)).toBe(200);
      if (!killed) break;
    }
    expect(write).toBeGreaterThan(6);
  });

  it('between the old proxy and a new one that cannot serve: there is a way back', { timeout: 600_000 }, async () => {
    await it1.declare(BEFORE);
    await converges(['kept', 'leaves']);
    const { Id: old } = await containerOf(it1.name, 'proxy');
    const taken = await freePort();
    const stranger = net.createServer();
    await new Promise<void>((resolve) => stranger.listen(taken, '127.0.0.1', resolve));
    try {
      await it1.declare(BEFORE, taken);
      const { killed } = await applyKilledAfter(({ path }) => path.startsWith(`/containers/${old}/stop`));
      expect([killed, (await inspect(old)).State.Running]).toEqual([true, false]);
      const ran = await toolcrib(it1.dir, ['apply', '--auto-approve']);
      expect([ran.code, ran.stderr]).toEqual([6, expect.stringContaining('The old proxy was started again.')]);
      expect((await inspect(old)).State.Running).toBe(true);
      await expect.poll(() => healthOf(it1.port).catch(String), { timeout: 30_000 }).toBe(200);
    } finally {
      stranger.close();
    }
    await converges(['kept', 'leaves']);
    await it1.declare(BEFORE);
    await converges(['kept', 'leaves']);
  });

  it('by another build, with agents in session', { timeout: 1_800_000 }, async () => {
    const other = await otherBuild('other');
    await it1.declare(BEFORE);
    token ||= await issueToken(it1.dir, 'bot');
    await converges(['kept', 'leaves']);
    const before = await taken();
    const agents = await inSession();
    try {
      let write = 1;
      for (let turn = 1; ; turn += 1, write += STRIDE) {
        const program = turn % 2 === 1 ? other.program : undefined;
        const { killed } = await applyKilledAfter(write, program);
        await converges(['kept', 'leaves'], program);
        if (!killed) break;
      }
      expect(write).toBeGreaterThan(10);
    } finally {
      await ended(agents);
      await converges(['kept', 'leaves']);
      await other.end();
    }
    expect(agents.flatMap(({ calls }) => calls.flatMap(({ error }) => error ?? []))).toEqual([]);
    // None was carried out and not answered, and none twice: the old one answers what it has before it ends.
    expect((await taken()) - before).toBe(agents.reduce((sum, { calls }) => sum + calls.length, 0));
  });

  it('by another build, whose policies the proxy cannot read', { timeout: 1_800_000 }, async () => {
    const newer = await otherBuild('newer', NEWER_FORM);
    try {
      await it1.declare(BEFORE);
      await converges(['kept', 'leaves']);
      let write = 1;
      // To and fro as well: each build is the other's other.
      for (let turn = 1; ; turn += 1, write += STRIDE) {
        const program = turn % 2 === 1 ? newer.program : undefined;
        const { killed } = await applyKilledAfter(write, program);
        await converges(['kept', 'leaves'], program);
        expect(await healthOf(it1.port)).toBe(200);
        if (!killed) break;
      }
      expect(write).toBeGreaterThan(10);
      await converges(['kept', 'leaves']);
    } finally {
      await newer.end();
    }
  });
});
