/** `toolcrib connect --stdio`: real clients of both generations that start a command, against the proxy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant, tool, until, World } from '../proxy/world.js';

const TOOLCRIB = fileURLToPath(new URL('../../dist/toolcrib.cjs', import.meta.url));
const MIRRORED = { type: 'string', 'x-mcp-header': 'Region' };
const world = new World({
  servers: { files: [tool('read'), tool('query', { region: MIRRORED })] },
  agents: { bot: [grant('files', ['read', 'query'])] },
});
const dir = mkdtempSync(join(tmpdir(), 'toolcrib-connect-'));
let token = '';

beforeAll(async () => {
  token = world.token('bot');
  await world.start();
});
afterAll(async () => {
  await world.stop();
  rmSync(dir, { recursive: true, force: true });
});

function command(more: string[] = [], env: Record<string, string> = { TOOLCRIB_TOKEN: token }) {
  return {
    command: process.execPath,
    args: [TOOLCRIB, 'connect', 'bot', '--stdio', '--url', `${world.url}/mcp`, ...more],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd: dir,
    stderr: 'pipe' as const,
  };
}

describe('a client that starts a command', () => {
  it('of the older generation is served, told of changes, and begun anew when it was forgotten', async () => {
    const file = join(dir, 'bot.token');
    writeFileSync(file, `${token}\n`);
    const client = new LegacyClient({ name: 'old', version: '1' });
    let changes = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      changes++;
    });
    await client.connect(new LegacyStdio(command(['--token-file', 'bot.token'], {})));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['files__read', 'files__query']);
    expect(await client.callTool({ name: 'files__read', arguments: { a: 1 } })).toMatchObject({
      content: [{ text: 'read {"a":1}' }],
    });
    await until(() => {
      const one = world.policy.agents['bot']?.grants[0];
      if (one) one.tools = one.tools.length === 2 ? ['read'] : ['query', 'read'];
      world.write();
      return changes > 0;
    });
    await world.ready();
    await world.proxy.close();
    await world.startProxy({ listen: world.proxy.address });
    await world.ready();
    expect(await client.callTool({ name: 'files__read', arguments: {} })).toMatchObject({
      content: [{ text: 'read {}' }],
    });
    await client.close();
    const one = world.policy.agents['bot']?.grants[0];
    if (one) one.tools = ['query', 'read'];
    world.write();
    await world.ready();
  });

  it('of the newer generation is served, with what HTTP wants repeated in headers', async () => {
    const client = new ModernClient(
      { name: 'new', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(new StdioClientTransport(command()));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['files__read', 'files__query']);
    const answer = await client.callTool({ name: 'files__query', arguments: { region: 'Zürich' } });
    expect(answer).toMatchObject({ content: [{ text: 'query {"region":"Zürich"}' }] });
    await client.close();
  });

  it('is refused with words where its token is none', async () => {
    const client = new LegacyClient({ name: 'old', version: '1' });
    const transport = new LegacyStdio(command([], { TOOLCRIB_TOKEN: 'tcb_nonsense' }));
    await expect(client.connect(transport)).rejects.toThrow(/Unauthorized/);
    await client.close();
  });
});
