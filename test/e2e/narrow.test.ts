/**
 * Access that goes is gone before anything is waited for: while an image is built, and though a server fails. Whoever
 * keeps theirs is served meanwhile, also by a server that has to stop before its successor starts.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { did } from '../support/by-hand.js';
import { expectToolcrib, start } from '../support/cli.js';
import { countingEngine } from '../support/counting-engine.js';
import { HOST } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const declaration = (left: string, bad: string): string => `volumes:
  notes: {}
servers:
  kept:
    build: ./echo
    resources: {memory: 64Mi}
    mounts: [{volume: notes, target: /notes}]
  bad: {build: ./echo, env: {${bad}}, resources: {memory: 64Mi}}
agents:
  stays:
    authenticate: [{token: {}}]
    grants: [{server: kept, tools: [echo]}]
  leaves:
    authenticate: [{token: {}}]
    grants: [{server: bad, tools: [echo]}${left}]
`;
const GRANTED = ', {server: kept, tools: [echo]}';

let it1: Project;
beforeAll(async () => {
  it1 = await project('narrowed', declaration(GRANTED, 'MARK: a'));
  await expectToolcrib(it1.dir, ['lock']);
}, 300_000);
afterAll(() => it1.end(), 300_000);

async function connect(agent: string): Promise<Client> {
  const token = await issueToken(it1.dir, agent);
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
  const client = new Client({ name: agent, version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${it1.port}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  return client;
}

const echo = (client: Client, server: string): Promise<unknown> =>
  client.callTool({ name: `${server}__echo`, arguments: { message: 'm' } });

/** The image that the new lock asks for, gone again, so that apply has to build it. */
async function forget(before: ReadonlySet<string>): Promise<void> {
  for (const tag of await images()) if (!before.has(tag)) await did('DELETE', `/images/${tag}`);
}
async function images(): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`io.toolcrib.project-id=${it1.id}`] }));
  const listed = JSON.parse(await did('GET', `/images/json?filters=${filters}`)) as { RepoTags: string[] | null }[];
  return listed.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.includes('/server-'));
}

it('a revoked agent is denied before the build is over, and nobody else waits', { timeout: 600_000 }, async () => {
  const [stays, leaves] = [await connect('stays'), await connect('leaves')];
  await expect(echo(leaves, 'kept')).resolves.toMatchObject({ content: [{ type: 'text' }] });
  const before = new Set(await images());
  await appendFile(join(it1.dir, 'echo/server.js'), '\n// another image\n');
  await expectToolcrib(it1.dir, ['lock']);
  await forget(before);
  await it1.declare(declaration('', 'EXIT_AT_ONCE: "1"'));

  const seen: { denied: unknown; served: unknown }[] = [];
  const socket = join(it1.dir, 'building.sock');
  const engine = await countingEngine(socket, HOST, undefined, async ({ method, path }) => {
    if (method !== 'POST' || !path.startsWith('/build') || seen.length > 0) return;
    const denied = await echo(leaves, 'kept').catch((cause: unknown) => cause);
    seen.push({ denied, served: await echo(stays, 'kept').catch((cause: unknown) => cause) });
  });
  try {
    const through = { DOCKER_HOST: engine.host, TOOLCRIB_ENGINE_SOCKET: HOST.replace('unix://', '') };
    const ran = await start(it1.dir, ['apply', '--auto-approve'], through).ended;
    // The other server failed; what went, went all the same.
    expect([ran.code, ran.stderr]).toEqual([6, expect.stringContaining('cannot find the config file')]);
  } finally {
    await engine.close();
  }
  expect(seen).toMatchObject([{ denied: { code: -32602 }, served: { content: [{ type: 'text' }] } }]);
  await expect(echo(leaves, 'kept')).rejects.toMatchObject({ code: -32602 });
  await expect(echo(stays, 'kept')).resolves.toMatchObject({ content: [{ type: 'text' }] });
  await expect(echo(leaves, 'bad')).resolves.toMatchObject({ content: [{ type: 'text' }] });
  await Promise.all([stays.close(), leaves.close()]);
});
