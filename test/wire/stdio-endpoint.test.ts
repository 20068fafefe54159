/** `toolcrib connect --stdio`: real clients of both generations that start a command, against the proxy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
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

/**
 * What publishes a container's port: `refuses` before the container is started, `closes` what it accepts while nothing
 * listens in there, `forwards` afterwards; `cuts` the connection on which an answer to a call begins.
 */
class Publisher {
  readonly #sockets = new Set<net.Socket>();
  #server = net.createServer();
  #mode = 'forwards';
  port = 0;

  async now(mode: 'refuses' | 'closes' | 'forwards' | 'cuts'): Promise<void> {
    this.#mode = mode;
    if (mode === 'refuses' || mode === 'closes') for (const each of this.#sockets) each.destroy();
    if (mode === 'refuses') await new Promise((done) => this.#server.close(done));
    if (mode === 'refuses' || this.#server.listening) return;
    this.#server = net.createServer((socket) => this.#accept(socket));
    await new Promise<void>((done) => this.#server.listen(this.port, '127.0.0.1', done));
    this.port = (this.#server.address() as net.AddressInfo).port;
  }

  #accept(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    if (this.#mode === 'closes') {
      setTimeout(() => socket.destroy(), 5);
      return;
    }
    const { host, port } = world.proxy.address;
    const inside = net.connect(port, host).on('error', () => socket.destroy());
    inside.on('data', (chunk) =>
      this.#mode === 'cuts' && chunk.includes('read') ? socket.destroy() : socket.write(chunk),
    );
    inside.on('close', () => socket.destroy());
    socket.on('data', (chunk) => inside.write(chunk)).on('close', () => inside.destroy());
  }
}

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

  it('is served through a move of the proxy, and no call of it arrives twice', async () => {
    const publisher = new Publisher();
    await publisher.now('forwards');
    world.policy.hosts.push(`127.0.0.1:${publisher.port}`);
    world.write();
    await world.ready();
    const client = new LegacyClient({ name: 'old', version: '1' });
    const { command: program, args, ...rest } = command();
    const through = args.map((each) => each.replace(world.url, `http://127.0.0.1:${publisher.port}`));
    await client.connect(new LegacyStdio({ command: program, args: through, ...rest }));
    const arrived = (a: number): number =>
      world.bridge.calls().filter((each) => JSON.stringify(each.arguments) === `{"a":${a}}`).length;
    for (const a of [11, 12, 13]) {
      await publisher.now('refuses');
      const call = client.callTool({ name: 'files__read', arguments: { a } });
      await new Promise((done) => setTimeout(done, 100));
      await publisher.now('closes');
      await new Promise((done) => setTimeout(done, 100));
      await publisher.now('forwards');
      expect(await call).toMatchObject({ content: [{ text: `read {"a":${a}}` }] });
      expect(arrived(a)).toBe(1);
    }
    // What broke off once it was sent may have been carried out: that is told, and not tried again.
    await publisher.now('cuts');
    await expect(client.callTool({ name: 'files__read', arguments: { a: 14 } })).rejects.toThrow(/toolcrib: /);
    expect(arrived(14)).toBe(1);
    await publisher.now('forwards');
    expect((await client.listTools()).tools).toHaveLength(2);
    await client.close();
    await publisher.now('refuses');
  });

  it('is refused with words where its token is none', async () => {
    const client = new LegacyClient({ name: 'old', version: '1' });
    const transport = new LegacyStdio(command([], { TOOLCRIB_TOKEN: 'tcb_nonsense' }));
    await expect(client.connect(transport)).rejects.toThrow(/Unauthorized/);
    await client.close();
  });
});
