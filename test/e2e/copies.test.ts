/**
 * Copies come and go with sessions, whatever apply is at: what changes of their template in place changes of those that
 * are there by then, none that is in use is removed for it, and a plan that was saved stays good meanwhile.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBodyOf, did } from '../support/by-hand.js';
import { expectToolcrib } from '../support/cli.js';
import { containersOf, inspect, remains } from '../support/engine-state.js';
import type { Listed } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const declaration = (memory: number, pids = 64): string => `servers:
  many: {build: ./echo, instances: session, resources: {memory: ${memory}Mi, cpus: 0.5, pids: ${pids}}}
agents:
  bot: {authenticate: [{token: {}}], grants: [{server: many, tools: [echo]}]}
`;

let it1: Project;
let token: string;
beforeAll(async () => {
  it1 = await project('copies', declaration(64));
  await expectToolcrib(it1.dir, ['lock']);
  token = await issueToken(it1.dir, 'bot');
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
}, 300_000);
afterAll(async () => {
  await it1.end();
  expect(await remains('copies')).toEqual([]);
}, 120_000);

interface Session {
  call(): Promise<void>;
  end(): Promise<void>;
}

/** One that has called, and so has its copy. */
async function session(): Promise<Session> {
  const client = new Client({ name: 'copies', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${it1.port}/server/many/mcp`), {
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  const call = async (): Promise<void> => {
    expect((await client.callTool({ name: 'echo', arguments: { message: 'm' } })).isError).not.toBe(true);
  };
  await call();
  const end = async (): Promise<void> => {
    await transport.terminateSession();
    await client.close();
  };
  return { call, end };
}

/** Sessions that begin, call and end, until they are told not to. */
function comings(): { begun: () => number; end(): Promise<void> } {
  let [begun, ended] = [0, false];
  const loop = async (): Promise<void> => {
    while (!ended) {
      const one = await session();
      begun += 1;
      await one.end();
    }
  };
  const loops = Promise.all([loop(), loop()]);
  return {
    begun: () => begun,
    end: async () => {
      ended = true;
      await loops;
    },
  };
}

const copies = async (): Promise<Listed[]> =>
  (await containersOf('copies')).filter(({ Labels }) => Labels['io.toolcrib.instance'] !== undefined);
const none = async (): Promise<void> => expect.poll(copies, { timeout: 30_000 }).toEqual([]);
const limits = async (): Promise<[number, unknown][]> =>
  Promise.all(
    (await copies()).map(async ({ Id }) => {
      const { Memory, PidsLimit } = (await inspect(Id)).HostConfig;
      return [Memory >> 20, PidsLimit];
    }),
  );

describe('limits of a template', () => {
  it(
    'are changed while sessions begin and end: each apply is done, nothing is left to do, and nobody loses a copy',
    { timeout: 300_000 },
    async () => {
      const staying = await session();
      const [{ Id }] = (await copies()) as [Listed];
      const others = comings();
      for (const [memory, pids] of [
        [80, 64],
        [96, 80],
        [64, 96],
      ] as const) {
        const before = others.begun();
        await it1.declare(declaration(memory, pids));
        const { stdout } = await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
        expect(stdout).toMatch(/^Applied: \d+ steps\.$/m);
        await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
        const { HostConfig } = await inspect(Id);
        expect(HostConfig).toMatchObject({ Memory: memory << 20, PidsLimit: pids });
        await staying.call();
        expect(others.begun()).toBeGreaterThan(before);
      }
      await others.end();
      await staying.end();
      await none();
    },
  );
});

describe('a saved plan', () => {
  it('is good for the sessions that there are when it is applied', { timeout: 120_000 }, async () => {
    const ended = await session();
    await it1.declare(declaration(80, 96));
    await expectToolcrib(it1.dir, ['plan', '--out', 'next.plan']);
    await ended.end();
    await none();
    const begun = await session();
    await expectToolcrib(it1.dir, ['apply', 'next.plan']);
    expect(await limits()).toEqual([[80, 96]]);
    await begun.call();
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    await begun.end();
    await none();
  });

  it('does nothing to a copy that it did not show', { timeout: 120_000 }, async () => {
    await it1.declare(declaration(96, 96));
    await expectToolcrib(it1.dir, ['plan', '--out', 'next.plan']);
    const begun = await session();
    const [{ Id }] = (await copies()) as [Listed];
    const { body } = await createBodyOf(Id);
    const made = JSON.parse(await did('POST', '/containers/create?name=copies-stranger', body)) as { Id: string };
    try {
      const { stderr } = await expectToolcrib(it1.dir, ['apply', 'next.plan'], 3);
      expect(stderr).toContain(`copies of server.many: as they are → server.many: removing ${made.Id.slice(0, 12)}`);
    } finally {
      await did('DELETE', `/containers/${made.Id}?force=1`);
    }
    await did('POST', `/containers/${Id}/update`, { NanoCpus: 250_000_000 });
    const { stderr } = await expectToolcrib(it1.dir, ['apply', 'next.plan'], 3);
    expect(stderr).toContain('copies of server.many: as they are → server.many: updating memory, cpus of its copies');
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    expect(await limits()).toEqual([[96, 96]]);
    await begun.call();
    await begun.end();
  });

  it('of a destroy takes the copies of sessions that began since', { timeout: 120_000 }, async () => {
    await expectToolcrib(it1.dir, ['plan', '--destroy', '--out', 'end.plan']);
    await session();
    await expectToolcrib(it1.dir, ['apply', 'end.plan']);
    expect(await containersOf('copies')).toEqual([]);
  });
});
