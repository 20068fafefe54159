/**
 * What comes between: Ctrl-C once and twice in a real apply, and an apply that finds the control container gone while a
 * new generation fails its gate. Agents see nothing of it, and the next apply goes on.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentInSession } from '../support/agent-in-session.js';
import type { AgentInSession } from '../support/agent-in-session.js';
import { expectToolcrib, start } from '../support/cli.js';
import type { Running } from '../support/cli.js';
import { containerOf, containersOf, engineApi } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const declaration = (env: string): string => `servers:
  kept: {build: ./echo, env: {${env}}, resources: {memory: 64Mi}}
  other: {build: ./echo, env: {MARK: "0"}, resources: {memory: 64Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: kept, tools: [echo]}, {server: other, tools: [echo]}]
`;

let it1: Project;
let agents: AgentInSession[] = [];
beforeAll(async () => {
  it1 = await project('interrupted', declaration('MARK: "0"'));
  await expectToolcrib(it1.dir, ['lock']);
  const token = await issueToken(it1.dir, 'bot');
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
  const url = `http://127.0.0.1:${it1.port}/mcp`;
  agents = await Promise.all(['kept__echo', 'other__echo'].map((tool) => agentInSession(url, token, tool)));
}, 600_000);
afterAll(async () => {
  await Promise.all(agents.map((each) => each.end()));
  await it1.end();
}, 300_000);

const addresses = async (): Promise<string[]> =>
  (await containersOf(it1.name)).map((each) => each.Labels['io.toolcrib.address'] ?? each.Names.join()).sort();
const ALL = ['bridge', 'control', 'proxy', 'server.kept', 'server.other'];

async function nobodyNoticed(): Promise<void> {
  await Promise.all(agents.map((each) => each.more(3)));
  for (const { calls, sessions } of agents) {
    expect(calls.filter(({ error, tries }) => error !== null || tries > 1)).toEqual([]);
    expect(sessions()).toBe(1);
  }
}

/** Resolves when it says so on stderr. */
function says({ child }: Running, text: string): Promise<void> {
  let heard = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`it ended without ${text}: ${heard}`)));
  });
}

describe('an apply', () => {
  it(
    'told to stop during a gate takes back what it presented, and says how to go on',
    { timeout: 600_000 },
    async () => {
      await it1.declare(declaration('MUTE: "1"'));
      const running = start(it1.dir, ['apply', '--auto-approve']);
      await says(running, 'gating generation 2: waiting for the handshake (up to 90 s)');
      running.child.kill('SIGINT');
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([6, expect.stringContaining('Stopping after the running step.')]);
      expect(stderr).toContain('it was interrupted, and continues where it stopped');
      expect(await addresses()).toEqual(ALL);
      await nobodyNoticed();
    },
  );

  it('told twice leaves at once; one that waits for its lock is told once', { timeout: 600_000 }, async () => {
    const running = start(it1.dir, ['apply', '--auto-approve']);
    await says(running, 'waiting for the handshake');
    const waiting = start(it1.dir, ['apply', '--auto-approve', '--lock-timeout', '10m']);
    await says(waiting, 'waiting for the lock that is held by');
    waiting.child.kill('SIGINT');
    const waited = await waiting.ended;
    expect([waited.code, waited.stderr]).toEqual([1, expect.stringContaining('It waited for the project’s lock.')]);
    running.child.kill('SIGINT');
    await says(running, 'Stopping after');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    await nobodyNoticed();
    await it1.declare(declaration('MARK: "1"'));
    await expectToolcrib(it1.dir, ['apply', '--auto-approve', '--lock-timeout', '30s']);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    expect(await addresses()).toEqual(ALL);
    await nobodyNoticed();
  });

  it(
    'that finds control gone while a new generation fails its gate: the old one serves on',
    { timeout: 600_000 },
    async () => {
      await engineApi('DELETE', `/containers/${(await containerOf(it1.name, 'control')).Id}?force=true`);
      await it1.declare(declaration('EXIT_AT_ONCE: "1"'));
      const { stderr } = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 6);
      expect(stderr).toContain('cannot find the config file /etc/echo.conf');
      await nobodyNoticed();
      expect(await addresses()).toEqual(ALL);
      const next = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 2);
      expect(next.stdout).toContain(
        'Plan: 0 to create, 0 to update in place, 1 to replace, 0 to delete; access: 0 granted, 0 revoked.',
      );
      await it1.declare(declaration('MARK: "2"'));
      await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
      await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
      await nobodyNoticed();
    },
  );
});
