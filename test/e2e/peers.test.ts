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
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib } from '../support/cli.js';
import { issueToken, project, type Project } from '../support/project.js';
import { pythonSdk, type PythonSdk } from '../support/python-sdk.js';

const MINUTES = 10 * 60_000;
const NAMES = ['legacy', 'modern', 'both', 'legacy-http', 'modern-http'];
const DECLARATION = `servers:
${NAMES.map((name) => `  ${name}: {build: ./peer, args: [${name}], resources: {memory: 96Mi}${name.endsWith('-http') ? ', transport: {http: {port: 8080}}' : ''}}`).join('\n')}
  clock: {pypi: mcp-server-time@2026.10.19, args: [--local-timezone, Europe/Vienna], resources: {memory: 128Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants:
${NAMES.map((name) => `      - {server: ${name}, tools: [add]}`).join('\n')}
      - {server: clock, tools: [convert_time]}
`;
const TOOLS = NAMES.map((name) => `${name}__add`);
const ADDED = NAMES.map(() => '42');
const ASKED = { source_timezone: 'Europe/Vienna', time: '16:30', target_timezone: 'Asia/Tokyo' };

let place: Project;
let token: string;
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
  await expectToolcrib(place.dir, ['apply', '--auto-approve']);
  url = new URL(`http://127.0.0.1:${place.port}/mcp`);
}, MINUTES);
afterAll(async () => {
  for (const python of pythons) python.end();
  await place.end();
}, MINUTES);

const requestInit = (): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });

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
    const client = new LegacyClient({ name: 'peers', version: '1.0.0' });
    await client.connect(new LegacyTransport(url, { requestInit: requestInit() }));
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
  });

  it('and the plan finds nothing to do', async () => {
    expect((await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'])).stdout).toContain('No changes');
  });
});
