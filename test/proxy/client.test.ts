/** Real MCP clients of every legacy version against the proxy. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant, tool, World } from './world.js';

const world = new World({
  servers: {
    files: [tool('read', { path: { type: 'string' }, owner: {} }, { 'x-vendor': { kept: true } }), tool('write')],
    clock: [tool('now')],
    secret: [tool('launch')],
  },
  toolboxes: { clock: 'time' },
  agents: {
    bot: [
      grant('files', ['read'], {
        arguments: { read: { properties: { path: { within: '/data/public' } } } },
        set: { owner: 'acme' },
      }),
      grant('clock', ['now']),
    ],
  },
});
let token = '';

beforeAll(async () => {
  token = world.token('bot');
  await world.start();
});
afterAll(() => world.stop());

async function connect(path: string, version: string): Promise<Client> {
  const transport = new StreamableHTTPClientTransport(new URL(world.url + path), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const send = transport.send.bind(transport);
  // The SDK always asks for its newest; an older client asks for its own.
  transport.send = (message, options) => {
    if (!Array.isArray(message) && 'method' in message && message.method === 'initialize' && message.params) {
      message.params['protocolVersion'] = version;
    }
    return send(message, options);
  };
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return client;
}

describe.each(['2025-03-26', '2025-06-18', '2025-11-25'])('a client of %s', (version) => {
  it('lists what is granted, calls it, and is refused what is not', async () => {
    const client = await connect('/mcp', version);
    const { tools } = await client.listTools();
    expect(tools.map((each) => each.name)).toEqual(['files__read', 'clock__now']);

    const fine = await client.callTool({ name: 'files__read', arguments: { path: '/data/public/a' } });
    expect(fine.content).toEqual([{ type: 'text', text: 'read {"owner":"acme","path":"/data/public/a"}' }]);

    const refused = await client.callTool({ name: 'files__read', arguments: { path: '/etc/passwd' } });
    expect(refused).toMatchObject({
      isError: true,
      _meta: { 'io.toolcrib/refusal': { reason: 'arguments', rule: 'agents.bot.grants[0]' } },
    });
    await expect(client.callTool({ name: 'files__write', arguments: {} })).rejects.toThrow('Unknown tool');
    await expect(client.listPrompts()).rejects.toThrow();
    await client.ping();
    await client.close();
  });
});

describe('endpoints', () => {
  it('show the share of one toolbox, and one server under its own names', async () => {
    const toolbox = await connect('/toolbox/time/mcp', '2025-11-25');
    expect((await toolbox.listTools()).tools.map((each) => each.name)).toEqual(['clock__now']);
    const server = await connect('/server/files/mcp', '2025-11-25');
    const { tools } = await server.listTools();
    expect(tools).toHaveLength(1);
    expect(tools[0]).toMatchObject({
      name: 'read',
      description: 'does read',
      inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
    });
    await toolbox.close();
    await server.close();
  });

  it('answer an unknown version with the latest that is spoken', async () => {
    const client = await connect('/mcp', '2026-07-28');
    expect((await client.listTools()).tools).toHaveLength(2);
    await client.close();
  });

  it('keep vendor fields of the locked definition, byte for byte', async () => {
    const headers = await world.session(token);
    const answer = await world.post('/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(answer.body).toContain('"x-vendor":{"kept":true}');
    expect(answer.body).not.toContain('owner');
  });
});
