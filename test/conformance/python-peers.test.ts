/** The Python SDK on both ends of the proxy: its server over HTTP upstream, its client as the agent. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitionsAt, serveRemote } from '../proxy/remote.js';
import { grant, World } from '../proxy/world.js';

const SERVER = `
import sys
from mcp.server.fastmcp import Context, FastMCP
server = FastMCP("py", host="127.0.0.1", port=int(sys.argv[1]))

@server.tool()
async def add(a: int, b: int, ctx: Context) -> str:
    await ctx.report_progress(1, 2)
    return str(a + b)

@server.prompt()
def greet() -> str:
    return "hello"

server.run(transport=sys.argv[2])
`;
const CLIENT = `
import asyncio, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

async def main(url, token):
    headers = {"Authorization": "Bearer " + token}
    async with streamablehttp_client(url, headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            heard = []
            async def progress(done, total, message):
                heard.append(done)
            result = await session.call_tool("add", {"a": 19, "b": 23}, progress_callback=progress)
            prompt = await session.get_prompt("greet")
            print(tools, result.content[0].text, prompt.messages[0].content.text, heard)

asyncio.run(main(sys.argv[1], sys.argv[2]))
`;

const dir = mkdtempSync(join(tmpdir(), 'toolcrib-python-'));
const python = join(dir, 'bin/python');
const running: ChildProcess[] = [];

beforeAll(() => {
  execFileSync('python3', ['-m', 'venv', dir]);
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'mcp<2'], { stdio: 'pipe' });
  writeFileSync(join(dir, 'server.py'), SERVER);
  writeFileSync(join(dir, 'client.py'), CLIENT);
}, 300_000);
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

it.each([
  ['streamable-http', '/mcp'],
  ['sse', '/sse'],
])('a server by %s is called by a client of the same SDK', { timeout: 120_000 }, async (transport, path) => {
  const port = await freePort();
  running.push(spawn(python, [join(dir, 'server.py'), String(port), transport], { stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}${path}`;
  const definitions = await expect
    .poll(() => definitionsAt(url).catch(() => null), { timeout: 60_000, interval: 200 })
    .not.toBeNull()
    .then(() => definitionsAt(url));
  const world = new World({ servers: {}, agents: { bot: [grant('py', ['add'], { prompts: ['greet'] })] } });
  serveRemote(world.policy, 'py', url, definitions);
  const token = world.token('bot');
  await world.start();
  try {
    const said = await new Promise<string>((resolve, reject) => {
      const client = spawn(python, [join(dir, 'client.py'), `${world.url}/server/py/mcp`, token]);
      let text = '';
      client.stdout.on('data', (chunk) => (text += String(chunk)));
      client.stderr.on('data', (chunk) => (text += String(chunk)));
      client.on('error', reject);
      client.on('close', () => resolve(text.trim()));
    });
    expect(said).toBe("['add'] 42 hello [1.0]");
  } finally {
    await world.stop();
  }
});
