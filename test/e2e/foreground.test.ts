/** `toolcrib proxy`: a real client, an edit under its session, and nothing left behind but images. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { expectToolcrib, start, toolcrib, type Running } from '../support/cli.js';
import { containersOf, engineApi } from '../support/engine-state.js';
import { issueToken, project, type Project } from '../support/project.js';

const declaration = (tools: string, memory = '96Mi', volume = ''): string => `servers:
  echo: {build: ./echo, resources: {memory: ${memory}}${volume && ', mounts: [{volume: data, target: /data}]'}}
${volume && `volumes: {data: {name: ${volume}}}`}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: ${tools}}]
`;

let own: Project;
let running: Running;
let said = '';
let client: Client;

beforeAll(async () => {
  own = await project('forefront', declaration('"*"'));
  await expectToolcrib(own.dir, ['lock']);
  const token = await issueToken(own.dir, 'bot');
  running = start(own.dir, ['proxy', '--state', 'state']);
  running.child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await vi.waitFor(() => expect(said).toContain('serving at'), { timeout: 110_000, interval: 100 });
  client = new Client({ name: 'forefront', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const url = new URL(`http://127.0.0.1:${own.port}/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
});
afterAll(async () => {
  running.child.kill('SIGKILL');
  await own.end();
  const filters = encodeURIComponent('{"label":["io.toolcrib.project=forefront-dev"]}');
  const { body } = await engineApi('GET', `/images/json?filters=${filters}`);
  const images = JSON.parse(body) as { Id: string }[];
  for (const { Id } of images) await engineApi('DELETE', `/images/${Id}?force=1`);
});

const names = async (): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);

it('serves what is declared, from containers beside the applied project', async () => {
  const tools = await vi.waitFor(
    async () => {
      const found = await names();
      expect(found).toContain('echo__echo');
      return found;
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(tools.length).toBeGreaterThan(1);
  await vi.waitFor(
    async () => expect((await client.callTool({ name: 'echo__echo', arguments: {} })).isError).not.toBe(true),
    { timeout: 60_000, interval: 200 },
  );
  expect(await containersOf('forefront')).toEqual([]);
  expect((await containersOf('forefront-dev')).map(({ Labels }) => Labels['io.toolcrib.address'])).toEqual([
    'server.echo',
  ]);
});

it('an edit is in force for the live session, and one that cannot be used changes nothing', async () => {
  await own.declare(declaration('[echo]'));
  await vi.waitFor(async () => expect(await names()).toEqual(['echo__echo']), { timeout: 30_000, interval: 100 });
  await writeFile(join(own.dir, 'toolbox.yaml'), 'version: 1\nnonsense: true\n');
  await vi.waitFor(() => expect(said).toContain('nothing of the edit is in force'), { timeout: 30_000, interval: 100 });
  expect(said).toContain('nonsense');
  expect(await names()).toEqual(['echo__echo']);
});

/** What was said of the one before must have been waited for. */
async function edit(text: string, outcome: string): Promise<void> {
  said = '';
  await own.declare(text);
  await vi.waitFor(() => expect(said).toContain(outcome), { timeout: 60_000, interval: 100 });
}

interface Written {
  servers: { echo: { serving: number } };
  agents: { bot: { grants: { tools: string[] }[] } };
}

it('what an edit takes away is in force before its containers are made, and the old one goes after', async () => {
  await edit(declaration('"*"'), 'the edit is in force');
  expect((await names()).length).toBeGreaterThan(1);
  await edit(declaration('[echo]', '112Mi'), 'the edit is in force');
  const folder = join(own.dir, 'state/policy/policies');
  const files = (await readdir(folder)).sort();
  const written = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as Written),
  );
  expect(
    written.map(({ servers, agents }) => [servers.echo.serving, agents.bot.grants.flatMap(({ tools }) => tools)]),
  ).toEqual([
    [1, ['echo']],
    [2, ['echo']],
  ]);
  expect(await containersOf('forefront-dev')).toHaveLength(1);
});

it('an external volume that is not there is an error, and makes none', async () => {
  await edit(declaration('[echo]', '112Mi', 'forefront-nowhere'), 'nothing of the edit is in force');
  expect(said).toContain('The engine has no volume forefront-nowhere');
  expect((await engineApi('GET', '/volumes/forefront-nowhere')).status).toBe(404);
});

it('a second one of the same project is refused, and the first keeps its containers', async () => {
  await edit(declaration('[echo]', '112Mi'), 'the edit is in force');
  const before = await containersOf('forefront-dev');
  const second = await toolcrib(own.dir, ['proxy', '--state', 'state']);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('Port already in use');
  expect((await containersOf('forefront-dev')).map(({ Id }) => Id)).toEqual(before.map(({ Id }) => Id));
  expect(await names()).toEqual(['echo__echo']);
});

it('ends on SIGTERM, with its containers, and keeps the audit where it was told to', async () => {
  running.child.kill('SIGTERM');
  const { code } = await running.ended;
  expect(code).toBe(0);
  expect(await containersOf('forefront-dev')).toEqual([]);
  expect(await readFile(join(own.dir, 'state/audit/audit.jsonl'), 'utf8')).toContain('"tool":"echo"');
});
