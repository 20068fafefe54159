/** Commands that only look never write to the engine: asserted on the wire. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import { engineApi, containerOf, HOST } from '../support/engine-state.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const DECLARATION = `servers:
  echo: {build: ./echo, resources: {memory: 64Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: [echo]}]
`;

let it1: Project;
beforeAll(async () => {
  it1 = await project('reads', DECLARATION);
  await expectToolcrib(it1.dir, ['lock']);
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
});
afterAll(() => it1.end());

async function callsOf(args: string[]): Promise<{ methods: string[]; code: number | null; count: number }> {
  const engine = await countingEngine(join(it1.dir, 'reads.sock'), HOST);
  try {
    const env = {
      DOCKER_HOST: engine.host,
      TOOLCRIB_ENGINE_SOCKET: process.env.TOOLCRIB_ENGINE_SOCKET ?? HOST.replace('unix://', ''),
    };
    const { code } = await toolcrib(it1.dir, args, env);
    return { methods: [...new Set(engine.calls.map((each) => each.method))], code, count: engine.calls.length };
  } finally {
    await engine.close();
  }
}

describe('commands that only look', () => {
  it.each([
    [['plan', '--detailed-exitcode'], 0],
    [['status'], 0],
    [['audit'], 0],
    [['logs', 'echo'], 0],
  ])('%j makes no call that writes', async (args, code) => {
    const seen = await callsOf(args);
    expect(seen.code).toBe(code);
    expect(seen.count).toBeGreaterThan(0);
    expect(seen.methods.filter((method) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  });

  it.each([[['validate']], [['explain', 'bot', 'echo', 'echo']], [['token', 'list']]])(
    '%j asks no engine at all',
    async (args) => {
      const seen = await callsOf(args);
      expect(seen).toEqual({ methods: [], code: 0, count: 0 });
    },
  );

  it('plan stays as true, and as quiet, when something drifted', async () => {
    const { Id } = await containerOf(it1.name, 'server.echo');
    await engineApi('POST', `/containers/${Id}/update`, { Memory: 96 << 20, MemorySwap: 96 << 20 });
    const seen = await callsOf(['plan', '--detailed-exitcode']);
    expect(seen.code).toBe(2);
    expect(seen.methods).toEqual(['GET']);
  });
});
