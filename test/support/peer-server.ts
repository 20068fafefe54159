/**
 * A server of the tool `add`, made with the SDK of either generation; the older one also adds as a task (`add_slowly`): `node server.js legacy|modern|both` over stdio,
 * `node server.js legacy-http|modern-http` on port 8080. Bundled by the tests that put it into containers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer as ModernServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { legacySessions } from './legacy-sessions.js';

const INFO = { name: 'peer', version: '1.0.0' };
const ADD = { a: z.number(), b: z.number() };
const sum = ({ a, b }: { a: number; b: number }) => ({ content: [{ type: 'text' as const, text: String(a + b) }] });

function legacy(): McpServer {
  const server = new McpServer(INFO, {
    capabilities: { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
    taskStore: new InMemoryTaskStore(),
    taskMessageQueue: new InMemoryTaskMessageQueue(),
  });
  server.registerTool('add', { description: 'adds', inputSchema: ADD }, sum);
  // Without end where it is told to hold, until it is called off.
  server.experimental.tasks.registerToolTask(
    'add_slowly',
    { description: 'adds', inputSchema: { ...ADD, hold: z.boolean() }, execution: { taskSupport: 'required' } },
    {
      createTask: async ({ a, b, hold }, { taskStore, taskRequestedTtl }) => {
        const task = await taskStore.createTask({ ttl: taskRequestedTtl ?? 60_000, pollInterval: 100 });
        const end = (): void => void taskStore.storeTaskResult(task.taskId, 'completed', sum({ a, b }));
        if (!hold) setTimeout(end, 100);
        return { task };
      },
      getTask: (_args, { taskStore, taskId }) => taskStore.getTask(taskId),
      getTaskResult: async (_args, { taskStore, taskId }) => (await taskStore.getTaskResult(taskId)) as CallToolResult,
    },
  );
  return server;
}

function modern(): ModernServer {
  const server = new ModernServer(INFO);
  server.registerTool('add', { description: 'adds', inputSchema: z.object(ADD) }, sum);
  return server;
}

function overHttp(handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>): void {
  createServer((req, res) => {
    handle(req, res).catch(() => res.destroy());
  }).listen(8080);
}

const node = (): ReturnType<typeof toNodeHandler> => toNodeHandler(createMcpHandler(modern, { legacy: 'reject' }));

const ways: Record<string, () => unknown> = {
  legacy: () => legacy().connect(new StdioServerTransport()),
  modern: () => serveStdio(modern, { legacy: 'reject' }),
  both: () => serveStdio(modern),
  'legacy-http': () => overHttp(legacySessions(legacy)),
  'modern-http': () => {
    const handle = node();
    overHttp((req, res) => handle(req as Parameters<typeof handle>[0], res));
  },
};

await ways[process.argv[2] ?? '']?.();
