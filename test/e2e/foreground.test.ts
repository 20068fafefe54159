/** `toolcrib proxy`: a real client, an edit under its session, and nothing left behind but images. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { expectToolcrib, start, type Running } from '../support/cli.js';
import { containersOf, engineApi } from '../support/engine-state.js';
import { issueToken, project, type Project } from '../support/project.js';

const declaration = (tools: string): string => `servers:
  echo: {build: ./echo, resources: {memory: 96Mi}}
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
  await vi.waitFor(() => expect(said).toContain('nonsense'), { timeout: 30_000, interval: 100 });
  expect(await names()).toEqual(['echo__echo']);
});

it('ends on SIGTERM, with its containers, and keeps the audit where it was told to', async () => {
  await own.declare(declaration('[echo]'));
  running.child.kill('SIGTERM');
  const { code } = await running.ended;
  expect(code).toBe(0);
  expect(await containersOf('forefront-dev')).toEqual([]);
  expect(await readFile(join(own.dir, 'state/audit/audit.jsonl'), 'utf8')).toContain('"tool":"echo"');
});
