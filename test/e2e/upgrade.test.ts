/**
 * An apply by another build of toolcrib, whose proxy reads policies of another form: it converges, what is taken away is
 * taken away first, and an agent loses no more than it must.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callInALoop } from '../support/caller.js';
import { expectToolcrib } from '../support/cli.js';
import { containersOf } from '../support/engine-state.js';
import { NEWER_FORM, otherBuild } from '../support/other-build.js';
import type { OtherBuild } from '../support/other-build.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const declaration = (mark: string, tools: string, more = ''): string => `servers:
  kept: {build: ./echo, env: {MARK: "${mark}"}, resources: {memory: 64Mi}}
${more ? `  ${more}: {build: ./echo, env: {MARK: "0"}, resources: {memory: 64Mi}}\n` : ''}agents:
  bot:
    authenticate: [{token: {}}]
    grants:
      - {server: kept, tools: ${tools}}
${more ? `      - {server: ${more}, tools: [echo]}\n` : ''}`;

let it1: Project;
let newer: OtherBuild;
let token = '';
beforeAll(async () => {
  it1 = await project('upgraded', declaration('0', '[echo, whoami]', 'comes'));
  await expectToolcrib(it1.dir, ['lock']);
  token = await issueToken(it1.dir, 'bot');
  await it1.declare(declaration('0', '[echo, whoami]'));
  newer = await otherBuild('newer', NEWER_FORM);
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
}, 600_000);
afterAll(async () => {
  await it1.end();
  await newer.end();
}, 300_000);

const url = (): string => `http://127.0.0.1:${it1.port}/mcp`;

async function outcome(tool: string): Promise<string> {
  const caller = await callInALoop(url(), token, tool);
  await caller.end();
  return caller.calls[0]?.error ?? 'allowed';
}

async function imagesOfSystem(): Promise<string[]> {
  const system = (await containersOf(it1.name)).filter(
    (each) => !each.Labels['io.toolcrib.address']?.startsWith('server.'),
  );
  return [...new Set(system.map((each) => (each as unknown as { ImageID: string }).ImageID))];
}

describe('an apply by another build', () => {
  it(
    'whose policies the proxy would refuse: it converges, and access moves as declared',
    { timeout: 600_000 },
    async () => {
      const before = await imagesOfSystem();
      await it1.declare(declaration('1', '[echo]', 'comes'));
      const part = ['plan', '--target', 'server.kept'];
      expect((await expectToolcrib(it1.dir, part, 1, {}, newer.program)).stderr).toContain('was made by another build');
      const ran = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 0, {}, newer.program);
      expect(ran.stderr).toMatch(/taking away access that goes[^]*proxy: starting[^]*presenting new servers/);
      await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0, {}, newer.program);
      expect(await outcome('kept__echo')).toBe('allowed');
      expect(await outcome('comes__echo')).toBe('allowed');
      expect(await outcome('kept__whoami')).toContain('Unknown tool');
      const after = await imagesOfSystem();
      expect([before.length, after.length, before[0] === after[0]]).toEqual([1, 1, false]);
    },
  );

  it('that cannot read the policy in force: it converges as well', { timeout: 600_000 }, async () => {
    await it1.declare(declaration('1', '[echo]'));
    const plan = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 2);
    expect(plan.stdout).toContain('the one in force was written by another build');
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    expect(await outcome('kept__echo')).toBe('allowed');
    expect(await outcome('comes__echo')).toContain('Unknown tool');
  });
});
