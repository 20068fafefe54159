/** The Python SDK of both generations on both ends of the proxy: its servers over HTTP upstream, its clients as agents. */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitionsAt, serveRemote } from '../proxy/remote.js';
import { grant, World } from '../proxy/world.js';
import { pythonSdk, type PythonSdk } from '../support/python-sdk.js';

const TOOLS = `
@server.tool()
async def add(a: int, b: int, ctx: Context) -> str:
    await ctx.report_progress(1, 2)
    return str(a + b)

@server.prompt()
def greet() -> str:
    return "hello"
`;
const SERVERS = {
  1: `
import sys
from mcp.server.fastmcp import Context, FastMCP
server = FastMCP("py", host="127.0.0.1", port=int(sys.argv[1]))
${TOOLS}
server.run(transport=sys.argv[2])
`,
  2: `
import sys
from mcp.server.mcpserver import Context, MCPServer
server = MCPServer("py")
${TOOLS}
server.run(transport=sys.argv[2], host="127.0.0.1", port=int(sys.argv[1]))
`,
};
/** What only the first generation's own client is asked for: progress and a prompt. */
const CLIENT = `
import asyncio, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

async def main(url, token):
    headers = {"Authorization": "Bearer " + token}
    async with streamablehttp_client(url, headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            heard = []
            async def progress(done, total, message):
                heard.append(done)
            result = await session.call_tool("add", {"a": 19, "b": 23}, progress_callback=progress)
            prompt = await session.get_prompt("greet")
            print(result.content[0].text, prompt.messages[0].content.text, heard)

asyncio.run(main(sys.argv[1], sys.argv[2]))
`;

let sdks: Record<1 | 2, PythonSdk>;
const running: ChildProcess[] = [];

beforeAll(() => {
  sdks = { 1: pythonSdk(1), 2: pythonSdk(2) };
  for (const generation of [1, 2] as const) writeFileSync(join(sdks[generation].dir, 'server.py'), SERVERS[generation]);
  writeFileSync(join(sdks[1].dir, 'ask-more.py'), CLIENT);
}, 600_000);
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const { end } of Object.values(sdks)) end();
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
  [1, 'streamable-http', '/mcp', '2025-11-25'],
  [1, 'sse', '/sse', '2025-11-25'],
  [2, 'streamable-http', '/mcp', '2026-07-28'],
  [2, 'sse', '/sse', '2025-11-25'],
] as const)('a server of %i.x by %s is called by clients of both', { timeout: 120_000 }, async (...of) => {
  const [generation, transport, path, version] = of;
  const port = await freePort();
  const { python, dir } = sdks[generation];
  running.push(spawn(python, [join(dir, 'server.py'), String(port), transport], { stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}${path}`;
  const definitions = await expect
    .poll(() => definitionsAt(url).catch(() => null), { timeout: 60_000, interval: 200 })
    .not.toBeNull()
    .then(() => definitionsAt(url));
  expect(definitions.protocolVersion).toBe(version);
  const world = new World({ servers: {}, agents: { bot: [grant('py', ['add'], { prompts: ['greet'] })] } });
  serveRemote(world.policy, 'py', url, definitions);
  const token = world.token('bot');
  await world.start();
  try {
    const endpoint = `${world.url}/server/py/mcp`;
    expect(await sdks[1].call(endpoint, token, ['add'])).toBe('2025-11-25 42');
    expect(await sdks[2].call(endpoint, token, ['add'])).toBe('2026-07-28 42');
    const rich = spawn(sdks[1].python, [join(sdks[1].dir, 'ask-more.py'), endpoint, token]);
    let said = '';
    rich.stdout.on('data', (chunk) => (said += String(chunk)));
    rich.stderr.on('data', (chunk) => (said += String(chunk)));
    await new Promise((resolve) => rich.on('close', resolve));
    expect(said.trim()).toBe('42 hello [1.0]');
  } finally {
    await world.stop();
  }
});
