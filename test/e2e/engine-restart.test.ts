/** The engine goes down and comes back: nobody runs a command, and all is as before; an apply it cut off is applied again. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, start } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import { ownEngine } from '../support/own-engine.js';
import type { OwnEngine } from '../support/own-engine.js';
import type { Project } from '../support/project.js';

const declaration = (mark: string): string => `servers:
  echo: {build: ./echo, env: {MARK: "${mark}"}, resources: {memory: 64Mi}}
  other: {build: ./echo, env: {MARK: "${mark}"}, resources: {memory: 64Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: [echo]}, {server: other, tools: [echo]}]
`;
const BACK_MS = 120_000;

let engine: OwnEngine;
let it1: Project;
let token = '';
beforeAll(async () => {
  engine = await ownEngine('restart');
  await engine.start();
  process.env.DOCKER_HOST = engine.host;
  process.env.TOOLCRIB_TEST_POOL = '10.91.0.0/16';
  const { issueToken, project } = await import('../support/project.js');
  it1 = await project('restart', declaration('a'));
  await expectToolcrib(it1.dir, ['lock']);
  token = await issueToken(it1.dir, 'bot');
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
}, 600_000);
afterAll(async () => {
  await it1.end();
  await engine.end();
}, 300_000);

/** Which generation of each server answers; an error as its words. */
async function answers(): Promise<string[]> {
  return Promise.all(['echo', 'other'].map((name) => call(name).catch((error: unknown) => String(error))));
}

async function call(server: string): Promise<string> {
  const url = `http://127.0.0.1:${it1.port}/mcp`;
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    Authorization: `Bearer ${token}`,
  };
  const post = async (id: number, method: string, params: object): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
      signal: AbortSignal.timeout(30_000),
    });
  const clientInfo = { name: 'restart', version: '1.0.0' };
  const opened = await post(0, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  await opened.text();
  headers['Mcp-Session-Id'] = opened.headers.get('mcp-session-id') ?? '';
  const text = await (await post(1, 'tools/call', { name: `${server}__echo`, arguments: { message: 'm' } })).text();
  return /\\"generation\\":\\"(\w+)\\"/.exec(text)?.[1] ?? text;
}

/** One call after the other, whatever becomes of each. */
function callOn(server: string): { end: () => Promise<string[]> } {
  const said: string[] = [];
  const state = { ended: false };
  const running = (async () => {
    while (!state.ended) {
      said.push(await call(server).catch((error: unknown) => String(error)));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    end: async () => {
      state.ended = true;
      await running;
      return said;
    },
  };
}

async function untilAnswered(mark: string): Promise<void> {
  const deadline = Date.now() + BACK_MS;
  for (;;) {
    const said = await answers();
    if (said.every((each) => each === mark)) return;
    if (Date.now() > deadline) throw new Error(`the servers do not come back: ${said.join('; ')}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe('the engine', () => {
  it(
    'restarted under calls: each one ends, all comes back by itself, and the plan is empty',
    { timeout: 600_000 },
    async () => {
      expect(await answers()).toEqual(['a', 'a']);
      const calling = callOn('echo');
      await engine.stop();
      await engine.start();
      await untilAnswered('a');
      const said = await calling.end();
      // Served, refused in words, or not let in: nothing hangs, and nobody gets what is not an answer.
      const known = /^a$|"reason":"(unavailable|server_exited|cut_off)"|fetch failed|ECONN|terminated|Stopping|^$/;
      expect(said.filter((each) => !known.test(each))).toEqual([]);
      expect(said.filter((each) => each === 'a').length).toBeGreaterThan(0);
      // Whoever got an answer is in the audit, the old proxy's and the new one's.
      const { stdout } = await expectToolcrib(it1.dir, ['audit', '--json', '--server', 'echo']);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string; outcome?: string });
      const served = lines.filter(({ type, outcome }) => type === 'outcome' && outcome === 'ok').length;
      expect(served).toBeGreaterThanOrEqual(said.filter((each) => each === 'a').length);
      await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    },
  );

  it.each([
    ['creating', /^\/containers\/create\?name=.*server\.echo/],
    ['gating', /^\/containers\/[0-9a-f]+\/archive/],
  ])('restarted while apply is %s: the next apply converges', { timeout: 600_000 }, async (_when, path) => {
    const mark = _when;
    await it1.declare(declaration(mark));
    let seen: (() => void) | null = null;
    const reached = new Promise<void>((resolve) => (seen = resolve));
    const between = await countingEngine(join(it1.dir, 'between.sock'), engine.host, (each) => {
      if (each.write > 0 && path.test(each.path)) seen?.();
    });
    const env = { DOCKER_HOST: between.host, TOOLCRIB_ENGINE_SOCKET: engine.host.replace('unix://', '') };
    const running = start(it1.dir, ['apply', '--auto-approve'], env);
    await reached;
    await engine.stop();
    const ran = await running.ended;
    expect(ran.code).not.toBe(0);
    await between.close();
    await engine.start();
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    await untilAnswered(mark);
  });
});
