/** A server that speaks HTTP, through the built program, on the real engine: locked, planned, served, and alone. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containerOf, containersOf, engineApi, inspect, remains } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const WEB = 'build: ./web, resources: {memory: 96Mi}';
const AGENTS = `agents:
  bot:
    authenticate: [{token: {}}]
    grants:
      - {server: web, tools: "*"}
      - {server: many, tools: [who]}
`;
const declaration = (web: string): string => `servers:
  web: {${WEB}, transport: {http: {port: 8080}}${web}}
  many: {${WEB}, transport: {http: {port: 8080}}, instances: agent}
${AGENTS}`;
const NETWORK = 'toolcrib.over-http.network.web';

let it1: Project;
let token: string;
beforeAll(async () => {
  it1 = await project('over-http', declaration(''));
  await expectToolcrib(it1.dir, ['lock']);
  token = await issueToken(it1.dir, 'bot');
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
});
afterAll(async () => {
  await it1.end();
  expect(await remains('over-http')).toEqual([]);
});

async function connect(server = 'web'): Promise<Client> {
  const client = new Client({ name: 'http', version: '1.0.0' });
  const url = new URL(`http://127.0.0.1:${it1.port}/server/${server}/mcp`);
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  return client;
}

async function call<T>(client: Client, name: string, args: Record<string, unknown> = {}): Promise<T> {
  const result = (await client.callTool({ name, arguments: args })) as CallToolResult;
  const [first] = result.content;
  return JSON.parse(first?.type === 'text' ? first.text : 'null') as T;
}

const noChanges = async (): Promise<void> => {
  expect((await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0)).stdout).toContain('No changes');
};

interface Networks {
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
}
const networksOf = async (address: string): Promise<Networks['NetworkSettings']['Networks']> => {
  const found = (await inspect((await containerOf('over-http', address)).Id)) as unknown as Networks;
  return found.NetworkSettings.Networks;
};

describe('applied', () => {
  it('is what the next plan finds', noChanges);

  it('is called through the proxy', async () => {
    const client = await connect();
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['who', 'dial', 'around', 'die']);
    expect(await call(client, 'who')).toMatchObject({ hostname: 'web' });
    await client.close();
  });

  it('stands in status, with what it wrote in its log', async () => {
    const status = JSON.parse((await expectToolcrib(it1.dir, ['status', '--json'])).stdout) as {
      servers: Record<string, unknown>[];
    };
    expect(status.servers[0]).toMatchObject({ address: 'server.web', state: 'running', tools: 4, drift: false });
    expect((await expectToolcrib(it1.dir, ['logs', 'web'])).stdout).toContain('listening on 8080');
  });
});

describe('from inside the server', () => {
  it('nothing but its own network is there: no way out, no names, and the proxy’s listener is not on it', async () => {
    const client = await connect();
    const around = await call<{ addresses: string[]; lookup: string }>(client, 'around');
    expect(around.addresses).toHaveLength(1);
    expect(around.lookup).not.toBe('resolved');
    const proxy = await networksOf('proxy');
    const there = proxy[NETWORK]?.IPAddress ?? '';
    const published = proxy['toolcrib.over-http.published']?.IPAddress ?? '';
    expect([there, published].every((address) => /^\d+(\.\d+){3}$/.test(address))).toBe(true);
    for (const port of [7411, 7412]) {
      expect(await call(client, 'dial', { host: there, port })).toBe('ECONNREFUSED');
      expect(await call(client, 'dial', { host: published, port })).not.toBe('connected');
    }
    expect(await call(client, 'dial', { host: '192.0.2.1', port: 443 })).not.toBe('connected');
    await client.close();
  });
});

describe('instances', () => {
  it('are made for the agent that calls, from a template that never runs', async () => {
    const client = await connect('many');
    const first = await call<{ boot: string }>(client, 'who');
    expect(await call(client, 'who')).toEqual(first);
    const all = (await containersOf('over-http')).filter(
      (each) => each.Labels['io.toolcrib.address'] === 'server.many',
    );
    const template = all.find((each) => each.Labels['io.toolcrib.instance'] === undefined);
    const copies = all.filter((each) => each.Labels['io.toolcrib.instance'] !== undefined);
    expect(template?.State).toBe('created');
    expect(copies.length).toBeGreaterThan(0);
    expect(copies.every((each) => each.State === 'running')).toBe(true);
    await noChanges();
    const status = JSON.parse((await expectToolcrib(it1.dir, ['status', '--json'])).stdout) as {
      servers: { address: string; state: string; instances: unknown[] }[];
    };
    const many = status.servers.find((each) => each.address === 'server.many');
    expect(many).toMatchObject({ state: 'running' });
    expect(many?.instances).toHaveLength(copies.length);
    await client.close();
  });
});

describe('a process that ends', () => {
  it('is started again, and the next call finds it', async () => {
    const client = await connect();
    const { boot } = await call<{ boot: string }>(client, 'who');
    await call(client, 'die').catch(() => undefined);
    await expect
      .poll(
        () =>
          call<{ boot: string }>(client, 'who')
            .then((now) => now.boot)
            .catch(() => boot),
        {
          timeout: 60_000,
          interval: 500,
        },
      )
      .not.toBe(boot);
    await client.close();
    await noChanges();
  });
});

describe('drift', () => {
  it('of the proxy’s networks is one line, mended in place: no session is lost', async () => {
    const client = await connect();
    const { Id } = await containerOf('over-http', 'proxy');
    await engineApi('POST', `/networks/${NETWORK}/disconnect`, { Container: Id, Force: true });
    const plan = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 2);
    expect(plan.stdout).toMatch(/proxy/);
    expect(plan.stdout).toContain(NETWORK);
    expect(plan.stdout).toContain('1 to update in place, 0 to replace');
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    expect((await containerOf('over-http', 'proxy')).Id).toBe(Id);
    await noChanges();
    await expect
      .poll(() => call(client, 'who').catch(() => null), { timeout: 60_000, interval: 500 })
      .toMatchObject({ hostname: 'web' });
    await client.close();
  });
});

describe('a change', () => {
  it('is a new generation beside the old one, gated over HTTP; the network stays', async () => {
    const before = await containerOf('over-http', 'server.web');
    await it1.declare(declaration(', env: {MARK: two}'));
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    const client = await connect();
    expect(await call(client, 'who')).toMatchObject({ mark: 'two' });
    await client.close();
    expect((await containerOf('over-http', 'server.web')).Id).not.toBe(before.Id);
    await noChanges();
  });

  it('that fails its gate leaves the old one serving, with its last words shown', async () => {
    await it1.declare(declaration(', env: {MARK: two, EXIT_AT_ONCE: "1"}'));
    const ran = await toolcrib(it1.dir, ['apply', '--auto-approve', '--timeout', '8']);
    expect(ran.code).toBe(6);
    expect(ran.stdout + ran.stderr).toContain('no licence found');
    const client = await connect();
    expect(await call(client, 'who')).toMatchObject({ mark: 'two' });
    await client.close();
  });

  it('back to stdio takes the network away, and the proxy off it', async () => {
    await it1.declare(
      declaration('')
        .replace(/ {2}web: .*\n/, '')
        .replace(/ {6}- \{server: web.*\n/, ''),
    );
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    expect(Object.keys(await networksOf('proxy'))).not.toContain(NETWORK);
    expect(await remains('over-http')).not.toContain(`network ${NETWORK}`);
    await noChanges();
  });
});
