/** Tasks of a published server, as people run it: server-everything over HTTP, with its own research tool. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitionsAt, serveRemote } from './remote.js';
import { grant, until, World } from './world.js';

const TOOL = 'simulate-research-query';
let child: ChildProcess;
let world: World;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  const port = await freePort();
  const folder = dirname(
    createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json'),
  );
  child = spawn(process.execPath, [join(folder, 'dist/index.js'), 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}/mcp`;
  const definitions = await until(() => definitionsAt(url).catch(() => null));
  world = new World({ servers: {}, agents: { bot: [grant('all', [TOOL])] } });
  serveRemote(world.policy, 'all', url, definitions);
  const token = world.token('bot');
  await world.start();
  tokenOf = token;
});
let tokenOf = '';
afterAll(async () => {
  await world.stop();
  child.kill();
});

it('researches as a task, to the end', { timeout: 60_000 }, async () => {
  const client = new Client({ name: 'agent', version: '1' }, { capabilities: {} });
  const init = { requestInit: { headers: { authorization: `Bearer ${tokenOf}` } } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${world.url}/mcp`), init));
  const { tools } = await client.listTools();
  expect(tools).toMatchObject([{ name: `all__${TOOL}`, execution: { taskSupport: 'required' } }]);
  const params = { name: `all__${TOOL}`, arguments: { topic: 'tool cribs', ambiguous: false } };
  const seen: string[] = [];
  for await (const message of client.experimental.tasks.callToolStream(params)) {
    if (message.type === 'error') throw message.error;
    if (seen.at(-1) !== message.type) seen.push(message.type);
    if (message.type === 'result') expect(JSON.stringify(message.result)).toContain('tool cribs');
  }
  expect(seen).toEqual(['taskCreated', 'taskStatus', 'result']);
  await client.close();
});
