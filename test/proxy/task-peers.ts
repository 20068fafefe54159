/** A real server with tasks of 2025-11-25, made with SDK 1.x: its tools end when they are told to. */
import { randomUUID } from 'node:crypto';
import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js';
import type { CreateTaskRequestHandlerExtra } from '@modelcontextprotocol/sdk/experimental/tasks/interfaces.js';
import type { RequestTaskStore } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ElicitResultSchema, isInitializeRequest, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { serve, type Peer } from '../wire/peers.js';

export interface TaskPeer extends Peer {
  /** Ends the task of the call that was made with this label. */
  finish(label: string, result?: CallToolResult): Promise<void>;
  /** The server's own ids, in the order of their making. */
  made: string[];
  /** Every message that came, as it came. */
  bodies: string[];
}

const FORM = { type: 'object' as const, properties: { name: { type: 'string' as const } }, required: ['name'] };
const text = (said: string): CallToolResult => ({ content: [{ type: 'text', text: said }] });

export async function taskPeer(): Promise<TaskPeer> {
  const running = new Map<string, { taskId: string; store: RequestTaskStore }>();
  const made: string[] = [];
  const bodies: string[] = [];
  const sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: McpServer }>();
  const server = (): McpServer => {
    const own = new McpServer(
      { name: 'tasks', version: '1' },
      {
        capabilities: { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
        taskStore: new InMemoryTaskStore(),
        taskMessageQueue: new InMemoryTaskMessageQueue(),
      },
    );
    const register = (name: string, taskSupport: 'optional' | 'required', asks: boolean): void => {
      own.experimental.tasks.registerToolTask(
        name,
        { inputSchema: { label: z.string(), owner: z.string().optional() }, execution: { taskSupport } },
        {
          createTask: async ({ label }, extra) => {
            const task = await extra.taskStore.createTask({ ttl: extra.taskRequestedTtl ?? 60_000, pollInterval: 20 });
            made.push(task.taskId);
            running.set(label, { taskId: task.taskId, store: extra.taskStore });
            const progressToken = extra._meta?.progressToken;
            if (progressToken !== undefined) {
              const params = { progressToken, progress: 1, total: 2 };
              const about = { relatedTask: { taskId: task.taskId } };
              // When the call has long been answered.
              const report = () => own.server.notification({ method: 'notifications/progress', params }, about);
              setTimeout(() => void report().catch(() => undefined), 100);
            }
            if (asks) void ask(label, task.taskId, extra);
            return { task };
          },
          getTask: (_args, { taskStore, taskId }) => taskStore.getTask(taskId),
          getTaskResult: async (_args, { taskStore, taskId }) =>
            (await taskStore.getTaskResult(taskId)) as CallToolResult,
        },
      );
    };
    register('slow', 'optional', false);
    register('must', 'required', false);
    register('asks', 'optional', true);
    own.registerTool('plain', { inputSchema: {} }, () => text('plain'));
    return own;
  };
  async function ask(label: string, taskId: string, extra: CreateTaskRequestHandlerExtra): Promise<void> {
    await extra.taskStore.updateTaskStatus(taskId, 'input_required');
    const about = { timeout: 30_000, relatedTask: { taskId } };
    const params = { message: 'who?', requestedSchema: FORM, mode: 'form' as const };
    const said = await extra
      .sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema, about)
      .then(({ action, content }) => `${action} ${String(content?.['name'])}`)
      .catch((cause: unknown) => `refused: ${String(cause)}`);
    running.delete(label);
    await extra.taskStore.storeTaskResult(taskId, 'completed', text(said));
  }
  const peer = await serve(
    async (req, res, body) => {
      bodies.push(JSON.stringify(body ?? null));
      const id = req.headers['mcp-session-id'];
      const known = typeof id === 'string' ? sessions.get(id) : undefined;
      if (known) return known.transport.handleRequest(req, res, body);
      if (!isInitializeRequest(body)) return void res.writeHead(404).end();
      const own = server();
      const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (session) => void sessions.set(session, { transport, server: own }),
      });
      await own.connect(transport);
      await transport.handleRequest(req, res, body);
    },
    { announce: () => undefined, forget: () => sessions.clear() },
  );
  return {
    ...peer,
    made,
    bodies,
    finish: async (label, result = text(`done ${label}`)) => {
      const task = running.get(label);
      if (!task) throw new Error(`no task ${label}`);
      await task.store.storeTaskResult(task.taskId, result.isError ? 'failed' : 'completed', result);
    },
  };
}
