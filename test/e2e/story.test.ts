/** The main job, through the built program, on the real engine, with the legacy SDK as the agent. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containerOf, containersOf, engineApi, inspect } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const SERVER = '  echo: {build: ./echo, env: {MARK: one}, resources: {memory: 64Mi}}\n';
const agents = (tools: string): string => `agents:
  bot:
    authenticate: [{token: {}}]
    grants:
      - server: echo
        tools: ${tools}
        arguments: {echo: {properties: {path: {within: /data/public}}}}
        set: {tenant: acme}
`;
const DECLARATION = `servers:\n${SERVER}${agents('[echo]')}`;

let it1: Project;
let token: string;
beforeAll(async () => {
  it1 = await project('story', DECLARATION);
  await expectToolcrib(it1.dir, ['lock']);
  token = await issueToken(it1.dir, 'bot');
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
});
afterAll(() => it1.end());

async function connect(path = '/mcp', bearer = token): Promise<Client> {
  const client = new Client({ name: 'story', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${it1.port}${path}`), {
    requestInit: { headers: { Authorization: `Bearer ${bearer}` } },
  });
  await client.connect(transport);
  return client;
}

function textOf(result: unknown): string {
  const [first] = (result as CallToolResult).content;
  return first?.type === 'text' ? first.text : '';
}

describe('from toolbox.yaml to a refused call', () => {
  it('plans nothing right after apply', async () => {
    const ran = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    expect(ran.stdout).toContain('No changes');
  });

  it('shows exactly the granted tools, as locked, less what is set for the agent', async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(['echo__echo']);
    expect(Object.keys(tools[0]?.inputSchema.properties ?? {})).toEqual(['message', 'path']);
    await client.close();
  });

  it('passes an allowed call with the set argument, refuses the rest, and signs for each', async () => {
    const client = await connect('/server/echo/mcp');
    const allowed = await client.callTool({ name: 'echo', arguments: { path: '/data/public/a' } });
    expect(JSON.parse(textOf(allowed))).toEqual({
      name: 'echo',
      args: { path: '/data/public/a', tenant: 'acme' },
      generation: 'one',
    });
    const outside = await client.callTool({ name: 'echo', arguments: { path: '/data/public/../private' } });
    expect(outside.isError).toBe(true);
    expect(outside._meta?.['io.toolcrib/refusal']).toMatchObject({ reason: 'arguments' });
    await expect(client.callTool({ name: 'secret', arguments: {} })).rejects.toMatchObject({ code: -32602 });
    await client.close();
    const lines = (await expectToolcrib(it1.dir, ['audit', '--json'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.method === 'tools/call');
    expect(lines.map((line) => [line.agent, line.tool, line.decision, line.reason])).toEqual([
      ['bot', 'echo', 'allow', 'granted'],
      ['bot', 'echo', 'deny', 'arguments'],
      ['bot', 'secret', 'deny', 'not_granted'],
    ]);
  });

  it('finds what was changed behind its back, names the field with both values, and mends it', async () => {
    const { Id } = await containerOf(it1.name, 'server.echo');
    await engineApi('POST', `/containers/${Id}/update`, { Memory: 128 << 20, MemorySwap: 128 << 20 });
    const drifted = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode', '--json'], 2);
    const plan = JSON.parse(drifted.stdout) as {
      resource_changes: { address: string; cause: string; change: { actions: string[] } }[];
    };
    const changed = plan.resource_changes.filter((each) => each.change.actions[0] !== 'no-op');
    expect(changed.map((each) => [each.address, each.change.actions, each.cause])).toEqual([
      ['server.echo', ['update'], 'drift'],
    ]);
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    expect((await inspect(Id)).HostConfig.Memory).toBe(64 << 20);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
  });

  it('takes away and gives access on a live session within a second, and says so in words', async () => {
    const client = await connect('/server/echo/mcp');
    await it1.declare(`servers:\n${SERVER}${agents('[whoami]').replace(/ {8}arguments.*\n {8}set.*\n/, '')}`);
    const plan = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 2);
    expect(plan.stdout).toContain('bot gains echo:whoami');
    expect(plan.stdout).toContain('bot loses echo:echo');
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['whoami']);
    await expect(client.callTool({ name: 'echo', arguments: {} })).rejects.toMatchObject({ code: -32602 });
    const inside = JSON.parse(textOf(await client.callTool({ name: 'whoami', arguments: {} }))) as Record<
      string,
      unknown
    >;
    expect(inside).toMatchObject({
      uid: 65532,
      capEff: '0000000000000000',
      capBnd: '0000000000000000',
      noNewPrivs: '1',
      seccomp: '2',
      writeRoot: 'EROFS',
      execTmp: 'EACCES',
      interfaces: ['lo'],
      dockerSocket: false,
      coreLimit: '0',
    });
    await client.close();
  });

  it('replaces a server while the old one serves, and keeps the old one when the new one fails', async () => {
    const grants = agents('[echo]').replace(/ {8}arguments.*\n {8}set.*\n/, '');
    await it1.declare(`servers:\n${SERVER.replace('one', 'two')}${grants}`);
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    const client = await connect('/server/echo/mcp');
    const generation = async (): Promise<unknown> =>
      (JSON.parse(textOf(await client.callTool({ name: 'echo', arguments: {} }))) as { generation: unknown })
        .generation;
    expect(await generation()).toBe('two');
    await it1.declare(`servers:\n${SERVER.replace('MARK: one', 'MARK: three, EXIT_AT_ONCE: "1"')}${grants}`);
    const failed = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 6);
    expect(failed.stdout + failed.stderr).toContain('server_exited');
    expect(failed.stdout + failed.stderr).toContain('cannot find the config file');
    expect(await generation()).toBe('two');
    await it1.declare(`servers:\n${SERVER.replace('MARK: one', 'MARK: three, DESCRIPTION: poisoned')}${grants}`);
    const changed = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 6);
    expect(changed.stdout + changed.stderr).toContain('definition_changed');
    expect(await generation()).toBe('two');
    await it1.declare(`servers:\n${SERVER.replace('one', 'two')}${grants}`);
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0);
    expect(await containersOf(it1.name)).toHaveLength(4);
    await client.close();
  });

  it('revokes a token: the next request is refused', async () => {
    const second = await issueToken(it1.dir, 'bot');
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    const client = await connect('/mcp', second);
    const id = second.split('_')[1] ?? '';
    await expectToolcrib(it1.dir, ['token', 'revoke', id, '--now']);
    await expect
      .poll(
        async () =>
          client.listTools().then(
            () => 'served',
            () => 'refused',
          ),
        { timeout: 5000 },
      )
      .toBe('refused');
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    await expect(connect('/mcp', second)).rejects.toThrow();
    expect((await toolcrib(it1.dir, ['plan', '--detailed-exitcode'])).code).toBe(0);
  });
});
