/** The Python SDK of either generation in a folder of its own, by pip, and a client made with it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `CLIENT URL TOKEN TOOL…`: calls `add` by each name, and prints what it was told. */
const CLIENTS = {
  1: `
import asyncio, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

async def main(url, token, tools):
    async with streamablehttp_client(url, headers={"Authorization": "Bearer " + token}) as (read, write, _):
        async with ClientSession(read, write) as session:
            hello = await session.initialize()
            listed = [tool.name for tool in (await session.list_tools()).tools]
            assert set(tools) <= set(listed), listed
            said = [(await session.call_tool(tool, {"a": 19, "b": 23})).content[0].text for tool in tools]
            print(hello.protocolVersion, *said)

asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
`,
  2: `
import asyncio, sys
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

async def main(url, token, tools):
    http = create_mcp_http_client(headers={"Authorization": "Bearer " + token})
    async with http, Client(streamable_http_client(url, http_client=http)) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        assert set(tools) <= set(listed), listed
        said = [(await client.call_tool(tool, {"a": 19, "b": 23})).content[0].text for tool in tools]
        print(client.protocol_version, *said)

asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
`,
};

/** `TASKS URL TOKEN TOOL`: adds as a task, calls another off, and prints what became of them. Generation 1 alone has tasks. */
const TASKS = `
import asyncio, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import CallToolResult

async def main(url, token, tool):
    async with streamablehttp_client(url, headers={"Authorization": "Bearer " + token}) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tasks = session.experimental
            made = await tasks.call_tool_as_task(tool, {"a": 19, "b": 23, "hold": False})
            async for state in tasks.poll_task(made.task.taskId):
                pass
            result = await tasks.get_task_result(made.task.taskId, CallToolResult)
            held = await tasks.call_tool_as_task(tool, {"a": 1, "b": 1, "hold": True})
            ended = await tasks.cancel_task(held.task.taskId)
            print(made.task.status, state.status, result.content[0].text, ended.status)

asyncio.run(main(*sys.argv[1:]))
`;

export interface PythonSdk {
  dir: string;
  python: string;
  /** What its client prints. */
  call(url: string, token: string, tools: readonly string[]): Promise<string>;
  /** What became of tasks that it made. */
  tasks(url: string, token: string, tool: string): Promise<string>;
  end(): void;
}

/** Takes a minute, and the package index. */
export function pythonSdk(generation: 1 | 2): PythonSdk {
  const dir = mkdtempSync(join(tmpdir(), `toolcrib-python-${generation}-`));
  const python = join(dir, 'bin/python');
  execFileSync('python3', ['-m', 'venv', dir]);
  const wanted = generation === 1 ? 'mcp<2' : 'mcp>=2,<3';
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wanted], { stdio: 'pipe' });
  const client = join(dir, 'client.py');
  writeFileSync(client, CLIENTS[generation]);
  const tasks = join(dir, 'tasks.py');
  writeFileSync(tasks, TASKS);
  const said = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(python, ['-W', 'ignore', ...args]);
      let text = '';
      child.stdout.on('data', (chunk) => (text += String(chunk)));
      child.stderr.on('data', (chunk) => (text += String(chunk)));
      child.on('error', reject);
      child.on('close', () => resolve(text.trim()));
    });
  return {
    dir,
    python,
    call: (url, token, tools) => said(client, url, token, ...tools),
    tasks: (url, token, tool) => said(tasks, url, token, tool),
    end: () => rmSync(dir, { recursive: true, force: true }),
  };
}
