/**
 * Real peers over the real container path: servers of both SDK generations and of the Python SDK in containers by `apply`,
 * and a client of each against all of them.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { CallToolResultSchema, CreateTaskResultSchema, type Task } from '@modelcontextprotocol/sdk/types.js';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib } from '../support/cli.js';
import { issueToken, project, type Project } from '../support/project.js';
import { pythonSdk, type PythonSdk } from '../support/python-sdk.js';

const MINUTES = 10 * 60_000;
const NAMES = ['legacy', 'modern', 'both', 'legacy-http', 'modern-http'];
/** Of the SDK that has tasks. */
const TASKED = ['legacy', 'legacy-http'];
const DECLARATION = `servers:
${NAMES.map((name) => `  ${name}: {build: ./peer, args: [${name}], resources: {memory: 96Mi}${name.endsWith('-http') ? ', transport: {http: {port: 8080}}' : ''}}`).join('\n')}
  clock: {pypi: mcp-server-time@2026.10.19, args: [--local-timezone, Europe/Vienna], resources: {memory: 128Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants:
${NAMES.map((name) => `      - {server: ${name}, tools: [${TASKED.includes(name) ? 'add, add_slowly' : 'add'}]}`).join('\n')}
      - {server: clock, tools: [convert_time]}
  other:
    authenticate: [{token: {}}]
    grants:
${TASKED.map((name) => `      - {server: ${name}, tools: [add_slowly]}`).join('\n')}
`;
const TOOLS = NAMES.map((name) => `${name}__add`);
const ADDED = NAMES.map(() => '42');
const ASKED = { source_timezone: 'Europe/Vienna', time: '16:30', target_timezone: 'Asia/Tokyo' };

let place: Project;
let token: string;
let others: string;
let url: URL;
const pythons: PythonSdk[] = [];

beforeAll(async () => {
  place = await project('peers', DECLARATION, { runtimes: '{node: {host: true}, python: {host: true}}' });
  const folder = join(place.dir, 'peer');
  await mkdir(folder);
  await build({
    entryPoints: [fileURLToPath(new URL('../support/peer-server.ts', import.meta.url))],
    outfile: join(folder, 'server.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
  });
  const dockerfile =
    'ARG TOOLCRIB_RUNTIME_NODE\nFROM ${TOOLCRIB_RUNTIME_NODE}\nCOPY server.mjs /server.mjs\nENTRYPOINT ["node", "/server.mjs"]\n';
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  await expectToolcrib(place.dir, ['lock']);
  token = await issueToken(place.dir, 'bot');
  others = await issueToken(place.dir, 'other');
  await expectToolcrib(place.dir, ['apply', '--auto-approve']);
  url = new URL(`http://127.0.0.1:${place.port}/mcp`);
}, MINUTES);
afterAll(async () => {
  for (const python of pythons) python.end();
  await place.end();
}, MINUTES);

const requestInit = (of = token): RequestInit => ({ headers: { Authorization: `Bearer ${of}` } });

async function legacyClient(of?: string): Promise<LegacyClient> {
  const client = new LegacyClient({ name: 'peers', version: '1.0.0' });
  await client.connect(new LegacyTransport(url, { requestInit: requestInit(of) }));
  return client;
}

/** A task of `add_slowly`. @param hold whether it ends by itself. */
async function beginTask(client: LegacyClient, server: string, hold: boolean): Promise<Task> {
  const params = { name: `${server}__add_slowly`, arguments: { a: 19, b: 23, hold } };
  const { task } = await client.request({ method: 'tools/call', params }, CreateTaskResultSchema, {
    task: { ttl: 60_000 },
  });
  return task;
}

interface Caller {
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

async function addAll(client: Caller): Promise<string[]> {
  const said: string[] = [];
  for (const name of TOOLS) {
    const { content } = (await client.callTool({ name, arguments: { a: 19, b: 23 } })) as {
      content: { text: string }[];
    };
    said.push(content[0]?.text ?? '');
  }
  const told = await client.callTool({ name: 'clock__convert_time', arguments: ASKED });
  expect(JSON.stringify(told)).toContain('Asia/Tokyo');
  await client.close();
  return said;
}

describe('each server, locked in the version that it speaks', () => {
  it.each([
    ['legacy', '2025-11-25'],
    ['modern', '2026-07-28'],
    ['both', '2025-11-25'],
    ['legacy-http', '2025-11-25'],
    ['modern-http', '2026-07-28'],
  ])('%s', async (name, version) => {
    const locked = JSON.parse(await readFile(join(place.dir, `toolbox.lock.d/${name}.json`), 'utf8')) as unknown;
    expect(JSON.stringify(locked)).toContain(`"protocolVersion":"${version}"`);
  });
});

describe('is called by a client', () => {
  it('of SDK 1.x', { timeout: MINUTES }, async () => {
    const client = await legacyClient();
    expect(await addAll(client as Caller)).toEqual(ADDED);
  });

  it.each([
    ['as it finds out itself', {}],
    ['pinned to 2026-07-28', { versionNegotiation: { mode: { pin: '2026-07-28' } } as const }],
  ])('of SDK 2.x, %s', { timeout: MINUTES }, async (_how, options) => {
    const client = new ModernClient({ name: 'peers', version: '1.0.0' }, options);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: requestInit() }));
    expect(await addAll(client as Caller)).toEqual(ADDED);
  });

  it.each([
    [1, '2025-11-25'],
    [2, '2026-07-28'],
  ] as const)('of the Python SDK, %i.x', { timeout: MINUTES }, async (generation, version) => {
    const python = pythonSdk(generation);
    pythons.push(python);
    expect(await python.call(url.href, token, TOOLS)).toBe([version, ...ADDED].join(' '));
    // The newer one has no tasks.
    for (const name of generation === 1 ? TASKED : [])
      expect(await python.tasks(url.href, token, `${name}__add_slowly`)).toBe('working completed 42 cancelled');
  });

  it.each(TASKED)('of SDK 1.x as a task, at %s', { timeout: MINUTES }, async (name) => {
    const [client, again, other] = await Promise.all([legacyClient(), legacyClient(), legacyClient(others)]);
    const { tasks } = client.experimental;
    const [ends, held] = [await beginTask(client, name, false), await beginTask(client, name, true)];
    expect([ends.status, held.status]).toEqual(['working', 'working']);
    expect(await tasks.getTaskResult(ends.taskId, CallToolResultSchema)).toMatchObject({ content: [{ text: '42' }] });
    expect(await tasks.getTask(ends.taskId)).toMatchObject({ status: 'completed' });
    expect(await tasks.getTask(held.taskId)).toMatchObject({ taskId: held.taskId, status: 'working' });
    const own = (await again.experimental.tasks.listTasks()).tasks.map(({ taskId }) => taskId);
    expect(own).toEqual(expect.arrayContaining([ends.taskId, held.taskId]));

    // Granted the same tool of the same container: these tasks do not exist for it.
    const strange = other.experimental.tasks;
    const lost = { code: -32602, message: expect.stringContaining('Task not found') as unknown };
    for (const id of [ends.taskId, held.taskId]) {
      await expect(strange.getTask(id)).rejects.toMatchObject(lost);
      await expect(strange.getTaskResult(id, CallToolResultSchema)).rejects.toMatchObject(lost);
      await expect(strange.cancelTask(id)).rejects.toMatchObject(lost);
    }
    expect((await strange.listTasks()).tasks).toEqual([]);

    expect(await tasks.getTask(held.taskId)).toMatchObject({ status: 'working' });
    expect(await tasks.cancelTask(held.taskId)).toMatchObject({ status: 'cancelled' });
    expect(await tasks.getTask(held.taskId)).toMatchObject({ status: 'cancelled' });
    for (const each of [client, again, other]) await each.close();
    const { stdout } = await expectToolcrib(place.dir, ['audit', '--json']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(
      lines.filter(({ agent, reason }) => agent === 'other' && reason === 'task_unknown').length,
    ).toBeGreaterThanOrEqual(6);
  });

  it('and the plan finds nothing to do', async () => {
    expect((await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'])).stdout).toContain('No changes');
  });
});
