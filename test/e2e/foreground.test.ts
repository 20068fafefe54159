/** `toolcrib proxy`: real clients, edits under their sessions, new generations gated, and nothing left behind but images. */
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { authority } from '../support/certificates.js';
import { expectToolcrib, start, toolcrib, type Running } from '../support/cli.js';
import { containersOf, engineApi, remains } from '../support/engine-state.js';
import { freePort, issueToken, project, type Project } from '../support/project.js';
import { trustingFetch } from '../support/trusting-fetch.js';

const declaration = (tools: string, memory = '96Mi', volume = '', web = ''): string => `servers:
  echo: {build: ./echo, resources: {memory: ${memory}}${volume && ', mounts: [{volume: data, target: /data}]'}}
  web: {build: ./web, transport: {http: {port: 8080}}, resources: {memory: 96Mi}${web}}
${volume && `volumes: {data: {name: ${volume}}}`}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: ${tools}}, {server: web, tools: [who]}]
`;

let own: Project;
let running: Running;
let said = '';
/** By the roles and, through the bridge, by servers. */
let logged = '';
let client: Client;
let port: number;
const CA = authority();
let token: string;

beforeAll(async () => {
  own = await project('forefront', declaration('"*"'));
  await expectToolcrib(own.dir, ['lock']);
  token = await issueToken(own.dir, 'bot');
  running = start(own.dir, ['proxy', '--state', 'state']);
  running.child.stdout?.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  running.child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const serving = vi.waitFor(() => expect(said).toContain('serving at'), { timeout: 110_000, interval: 100 });
  const ended = running.ended.then(() => Promise.reject(new Error(`it ended: ${said}`)));
  ended.catch(() => undefined);
  await Promise.race([serving, ended]);
  client = await connect(own.port);
});
afterAll(async () => {
  running.child.kill('SIGKILL');
  await own.end();
  const filters = encodeURIComponent('{"label":["io.toolcrib.project=forefront-dev"]}');
  const { body } = await engineApi('GET', `/images/json?filters=${filters}`);
  const images = JSON.parse(body) as { Id: string }[];
  for (const { Id } of images) await engineApi('DELETE', `/images/${Id}?force=1`);
});

async function connect(to: number, url = `http://127.0.0.1:${to}/mcp`, by: FetchLike = fetch): Promise<Client> {
  const connected = new Client({ name: 'forefront', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await connected.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit, fetch: by }));
  return connected;
}

const names = async (): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);

/** Beside them is the lock, for as long as it runs. */
async function serversOf(): Promise<string[]> {
  const all = (await containersOf('forefront-dev')).flatMap(({ Labels }) => Labels['io.toolcrib.address'] ?? []);
  return all.filter((address) => address.startsWith('server.')).sort();
}

interface Who {
  mark: string | null;
  boot: string;
}
const who = async (from = client): Promise<Who> => {
  const { content } = (await from.callTool({ name: 'web__who', arguments: {} })) as { content: { text: string }[] };
  return JSON.parse(content[0]?.text ?? 'null') as Who;
};

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
  expect(await serversOf()).toEqual(['server.echo', 'server.web']);
});

it('an edit is in force for the live session, and one that cannot be used changes nothing', async () => {
  await own.declare(declaration('[echo]'));
  await vi.waitFor(async () => expect(await names()).toEqual(['echo__echo', 'web__who']), {
    timeout: 30_000,
    interval: 100,
  });
  await writeFile(join(own.dir, 'toolbox.yaml'), 'version: 1\nnonsense: true\n');
  await vi.waitFor(() => expect(said).toContain('nothing of the edit is in force'), { timeout: 30_000, interval: 100 });
  expect(said).toContain('nonsense');
  expect(await names()).toEqual(['echo__echo', 'web__who']);
});

/** What was said of the one before must have been waited for. */
async function edit(text: string, outcome: string): Promise<void> {
  said = '';
  await own.declare(text);
  await vi.waitFor(() => expect(said).toContain(outcome), { timeout: 60_000, interval: 100 });
}

interface Written {
  servers: { echo: { serving: number; generations: object } };
  agents: { bot: { grants: { tools: string[] }[] } };
}

it('what an edit takes away is in force before its containers are made, and the old one goes after', async () => {
  await edit(declaration('"*"'), 'the edit is in force');
  expect((await names()).length).toBeGreaterThan(2);
  await edit(declaration('[echo]', '112Mi'), 'the edit is in force');
  const folder = join(own.dir, 'state/policy/policies');
  const files = (await readdir(folder)).sort();
  const written = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as Written),
  );
  expect(
    written.map(({ servers: { echo }, agents }) => [
      Object.keys(echo.generations),
      echo.serving,
      agents.bot.grants.flatMap(({ tools }) => tools),
    ]),
  ).toEqual([
    [['1', '2'], 1, ['echo', 'who']],
    [['2'], 2, ['echo', 'who']],
  ]);
  expect(await serversOf()).toEqual(['server.echo', 'server.web']);
});

it('reaches a server that speaks HTTP on its own internal network, and no port is published', async () => {
  expect(await who()).toMatchObject({ boot: expect.any(String) as string });
  const web = (await containersOf('forefront-dev')).find((each) => each.Labels['io.toolcrib.address'] === 'server.web');
  const { HostConfig } = JSON.parse((await engineApi('GET', `/containers/${web?.Id}/json`)).body) as {
    HostConfig: { NetworkMode: string; PortBindings: object | null };
  };
  expect(HostConfig).toMatchObject({ NetworkMode: 'toolcrib.forefront-dev.network.web' });
  expect(HostConfig.PortBindings ?? {}).toEqual({});
});

it('a changed server proves itself first: one that does not leaves the old one serving', async () => {
  const before = await who();
  await edit(declaration('[echo]', '112Mi', '', ', env: {EXIT_AT_ONCE: "1"}'), 'in force, but for server.web');
  expect(said).toContain('Its container ended before it could be reached.');
  expect(logged).toContain('no licence found');
  expect(await who()).toEqual(before);
  expect(await serversOf()).toEqual(['server.echo', 'server.web']);
  let failed = 0;
  const calling = setInterval(() => void who().catch(() => failed++), 50);
  await edit(declaration('[echo]', '112Mi', '', ', env: {MARK: two}'), 'the edit is in force\n');
  clearInterval(calling);
  expect(await who()).toMatchObject({ mark: 'two' });
  expect(failed).toBe(0);
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
  expect(await names()).toEqual(['echo__echo', 'web__who']);
});

it('one that listens elsewhere is refused as well, and told who holds the project', async () => {
  const elsewhere = await freePort();
  const text = await readFile(join(own.dir, 'toolbox.yaml'), 'utf8');
  const other = join(own.dir, 'elsewhere.yaml');
  await writeFile(other, text.replace(`127.0.0.1:${own.port}`, `127.0.0.1:${elsewhere}`));
  const before = await containersOf('forefront-dev');
  const second = await toolcrib(own.dir, ['proxy', '-f', 'elsewhere.yaml']);
  expect(second.code).toBe(4);
  expect(second.stderr).toMatch(/locked by .*running `toolcrib proxy`/);
  expect((await containersOf('forefront-dev')).map(({ Id }) => Id)).toEqual(before.map(({ Id }) => Id));
  expect(await names()).toEqual(['echo__echo', 'web__who']);
});

it('an edit of where it listens is in force there when it says so, and where another listens it is refused', async () => {
  const elsewhere = await freePort();
  said = '';
  await own.declare(declaration('[echo]', '112Mi'), elsewhere);
  await vi.waitFor(() => expect(said).toContain('the edit is in force'), { timeout: 60_000, interval: 100 });
  expect(said).toContain('started anew');
  await expect(fetch(`http://127.0.0.1:${own.port}/healthz`)).rejects.toThrow();
  port = elsewhere;
  client = await connect(port);
  expect(await names()).toEqual(['echo__echo', 'web__who']);
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  said = '';
  await own.declare(declaration('[echo]', '112Mi'), (taken.address() as net.AddressInfo).port);
  await vi.waitFor(() => expect(said).toContain('nothing of the edit is in force'), { timeout: 30_000, interval: 100 });
  expect(said).toContain('Port already in use');
  expect(await names()).toEqual(['echo__echo', 'web__who']);
  taken.close();
});

/** One save of the file, as an editor does it. */
async function alter(change: (text: string) => string, outcome: string): Promise<void> {
  const path = join(own.dir, 'toolbox.yaml');
  const text = change(await readFile(path, 'utf8'));
  said = '';
  await writeFile(path, text);
  await vi.waitFor(() => expect(said).toContain(outcome), { timeout: 60_000, interval: 100 });
}

/** What a role says of its start, where it says more than warnings. */
const begun = '"event":"listening"';

it('TLS begins and ends with an edit, and so does what it logs', async () => {
  const { cert, key } = CA.issue(['127.0.0.1']);
  await writeFile(join(own.dir, 'tls.crt'), cert);
  await writeFile(join(own.dir, 'tls.key'), key, { mode: 0o600 });
  const plain = `proxy: {listen: "127.0.0.1:${port}"}`;
  const secured = plain.replace('}', ', tls: {cert: tls.crt, key: tls.key}}');
  logged = '';
  await alter((text) => text.replace(/proxy: \{.*\}/, secured), 'the edit is in force');
  expect(logged).toContain(begun);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  const over = await connect(port, `https://127.0.0.1:${port}/mcp`, trustingFetch(CA.cert));
  expect(await who(over)).toMatchObject({ boot: expect.any(String) as string });
  await over.close();
  logged = '';
  await alter((text) => text.replace(/proxy: \{.*\}/, `${plain}\n  log_level: warn`), 'the edit is in force');
  client = await connect(port);
  expect(await names()).toEqual(['echo__echo', 'web__who']);
  await who();
  expect(logged).not.toContain(begun);
});

it('a server that may not run beside its successor makes way, and comes back where that does not prove itself', async () => {
  const withWeb = (env: string) => (text: string) =>
    text.replace(/(web: \{.*?memory: 96Mi\}).*\}/, `$1, replace: stop-first, env: {${env}}}`);
  await alter(withWeb('MARK: alone'), 'the edit is in force\n');
  expect(await who()).toMatchObject({ mark: 'alone' });
  await alter(withWeb('EXIT_AT_ONCE: "1"'), 'in force, but for server.web');
  await vi.waitFor(async () => expect(await who()).toMatchObject({ mark: 'alone' }), {
    timeout: 60_000,
    interval: 200,
  });
  expect(await serversOf()).toEqual(['server.echo', 'server.web']);
});

it('a declaration of another project is refused, and the one before serves on', async () => {
  const before = await containersOf('forefront-dev');
  await alter((text) => text.replace('name: forefront', 'name: otherfront'), 'nothing of the edit is in force');
  expect(said).toContain('Project is another one now');
  expect((await containersOf('forefront-dev')).map(({ Id }) => Id)).toEqual(before.map(({ Id }) => Id));
  expect(await containersOf('otherfront-dev')).toEqual([]);
  await alter((text) => text.replace('name: otherfront', 'name: forefront'), 'the edit is in force');
  expect(await who()).toMatchObject({ mark: 'alone' });
});

it('ends on SIGTERM, with its containers, and keeps the audit where it was told to', async () => {
  running.child.kill('SIGTERM');
  const { code } = await running.ended;
  expect(code).toBe(0);
  expect(await containersOf('forefront-dev')).toEqual([]);
  expect((await remains('forefront-dev')).filter((each) => !each.startsWith('image '))).toEqual([]);
  expect(await readFile(join(own.dir, 'state/audit/audit.jsonl'), 'utf8')).toContain('"tool":"echo"');
});
