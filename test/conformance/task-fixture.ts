/** A modern server with the Tasks extension, by hand, in the words of the suite's requirement texts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isObject, type Json, type JsonObject } from '../../src/model/definitions.js';
import type { Fixture } from './fixture.js';

const META = 'io.modelcontextprotocol/';
const TASKS = `${META}tasks`;
const FORM = { type: 'object', properties: { name: { type: 'string' }, confirmed: { type: 'boolean' } } };
const question = (message: string): JsonObject => ({
  method: 'elicitation/create',
  params: { mode: 'form', message, requestedSchema: FORM },
});
const says = (text: string, isError = false): JsonObject => ({ content: [{ type: 'text', text }], isError });

interface Task {
  status: string;
  createdAt: string;
  lastUpdatedAt: string;
  inputRequests: Record<string, JsonObject>;
  answers: JsonObject;
  outcome: JsonObject;
  timer: NodeJS.Timeout | null;
}

/** What a tool does once it has all that it asked for. */
interface Tool {
  properties: JsonObject;
  task: 'never' | 'may' | 'must';
  /** Milliseconds that it works. */
  works: (args: JsonObject) => number;
  asks: Record<string, JsonObject>;
  /** Asked before there is a task. */
  asksFirst?: Record<string, JsonObject>;
  ends: (args: JsonObject, answers: JsonObject) => JsonObject;
}

const plain = { properties: {}, works: () => 100, asks: {} };
const TOOLS: Record<string, Tool> = {
  greet: {
    ...plain,
    properties: { name: { type: 'string' } },
    task: 'never',
    ends: ({ name }) => ({ result: says(`Hello, ${text(name)}!`) }),
  },
  slow_compute: {
    ...plain,
    properties: { seconds: { type: 'number' }, label: { type: 'string' } },
    task: 'may',
    works: ({ seconds }) => Number(seconds) * 1000,
    ends: ({ label }) => ({ result: says(`computed ${text(label)}`) }),
  },
  failing_job: { ...plain, task: 'must', ends: () => ({ result: says('it failed', true) }) },
  protocol_error_job: { ...plain, task: 'may', ends: () => ({ error: { code: -32603, message: 'panic' } }) },
  confirm_delete: {
    ...plain,
    properties: { filename: { type: 'string' } },
    task: 'may',
    asks: { confirm: question('Delete it?') },
    ends: (_args, answers) => ({ result: says(`deleted: ${JSON.stringify(answers)}`) }),
  },
  multi_input: {
    ...plain,
    task: 'may',
    asks: { first: question('First?'), second: question('Second?') },
    ends: (_args, answers) => ({ result: says(JSON.stringify(answers)) }),
  },
  thinks: {
    ...plain,
    task: 'may',
    asks: { thought: { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } } },
    ends: (_args, answers) => ({ result: says(JSON.stringify(answers)) }),
  },
  test_tool_with_task: {
    ...plain,
    task: 'must',
    asksFirst: { user_name: question('Who are you?') },
    ends: (_args, answers) => ({ result: says(JSON.stringify(answers)) }),
  },
};

export interface TaskFixture extends Fixture {
  /** Every request of a call or a task, as it came. */
  received: { method: string; params: JsonObject; name: string | undefined }[];
  /** Says of a task how it stands, to who listens. */
  announce(taskId: string): void;
}

export async function startTaskFixture(): Promise<TaskFixture> {
  const fixture = new Running();
  await new Promise<void>((resolve) => fixture.server.listen(0, '127.0.0.1', resolve));
  const { port } = fixture.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    received: fixture.received,
    announce: (taskId) => fixture.announce(taskId),
    close: () =>
      new Promise((resolve) => {
        fixture.server.close(() => resolve());
        fixture.server.closeAllConnections();
      }),
  };
}

class Running {
  readonly server = createServer((req, res) => void this.#serve(req, res).catch(() => res.destroy()));
  readonly received: TaskFixture['received'] = [];
  readonly #tasks = new Map<string, Task>();

  announce(taskId: string): void {
    const task = this.#tasks.get(taskId);
    if (task) for (const tell of this.#listening.values()) tell(task);
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== 'POST') return void res.writeHead(405).end();
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, Json> & {
      method: string;
      params: JsonObject;
    };
    const name = req.headers['mcp-name'];
    this.received.push({ method, params, name: typeof name === 'string' ? name : undefined });
    if (method === 'subscriptions/listen') return this.#listen(id ?? null, params, res);
    const body = this.#answer(method, params, name);
    const meta = { _meta: { [`${META}serverInfo`]: { name: 'tasks', version: '1' } } };
    const whole =
      'result' in body ? { result: { resultType: 'complete', ...meta, ...(body['result'] as object) } } : body;
    const error = body['error'];
    const code = isObject(error) ? error['code'] : null;
    res.writeHead(code === -32601 ? 404 : code === -32021 ? 400 : 200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ jsonrpc: '2.0', id, ...whole }));
  }

  /** Tells of those tasks that it knows: at once, and when they change. */
  #listen(id: Json, params: JsonObject, res: ServerResponse): void {
    const filter = isObject(params['notifications']) ? params['notifications'] : {};
    const wanted = Array.isArray(filter['taskIds']) ? filter['taskIds'] : [];
    const taskIds = wanted.filter((each): each is string => typeof each === 'string' && this.#tasks.has(each));
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const say = (method: string, said: JsonObject): void => {
      const stamped = { ...said, _meta: { [`${META}subscriptionId`]: id } };
      res.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method, params: stamped })}\n\n`);
    };
    this.#listening.set(res, (task) => {
      const found = taskIds.find((each) => this.#tasks.get(each) === task);
      if (found !== undefined) say('notifications/tasks', state(found, task));
    });
    res.on('close', () => this.#listening.delete(res));
    say('notifications/subscriptions/acknowledged', { notifications: { taskIds } });
  }

  readonly #listening = new Map<ServerResponse, (task: Task) => void>();

  #answer(method: string, params: JsonObject, name: string | string[] | undefined): JsonObject {
    const meta = isObject(params['_meta']) ? params['_meta'] : {};
    const capabilities = meta[`${META}clientCapabilities`];
    const extensions = isObject(capabilities) ? capabilities['extensions'] : null;
    const declared = isObject(extensions) && isObject(extensions[TASKS]);
    if (method === 'server/discover') {
      const own = { tools: {}, extensions: { [TASKS]: {} } };
      return { result: { supportedVersions: ['2026-07-28'], capabilities: own, ttlMs: 0, cacheScope: 'private' } };
    }
    if (method === 'tools/list') {
      const tools = Object.entries(TOOLS).map(([each, { properties }]) => ({
        name: each,
        inputSchema: { type: 'object', properties },
      }));
      return { result: { tools, ttlMs: 0, cacheScope: 'private' } };
    }
    if (method === 'tools/call') return this.#call(params, declared);
    if (!['tasks/get', 'tasks/update', 'tasks/cancel'].includes(method)) return refusal(-32601, 'Method not found');
    if (!declared) return missing();
    const task = this.#tasks.get(text(params['taskId']));
    if (name !== params['taskId']) return refusal(-32020, 'Header mismatch');
    if (!task) return refusal(-32602, 'Task not found');
    if (method === 'tasks/get') return { result: state(text(params['taskId']), task) };
    if (method === 'tasks/cancel') this.#cancel(task);
    else this.#update(task, isObject(params['inputResponses']) ? params['inputResponses'] : {});
    return { result: {} };
  }

  #call(params: JsonObject, declared: boolean): JsonObject {
    const tool = TOOLS[text(params['name'])];
    if (!tool) return refusal(-32602, 'Unknown tool');
    const args = isObject(params['arguments']) ? params['arguments'] : {};
    if (tool.task === 'must' && !declared) return missing();
    const brought = isObject(params['inputResponses']) ? params['inputResponses'] : {};
    const first = Object.entries(tool.asksFirst ?? {}).filter(([key]) => brought[key] === undefined);
    if (first.length > 0)
      return { result: { resultType: 'input_required', inputRequests: Object.fromEntries(first), requestState: 's' } };
    if (tool.task === 'never' || !declared) return tool.ends(args, brought);
    const now = new Date().toISOString();
    const asks = Object.keys(tool.asks).length > 0;
    const task: Task = {
      status: asks ? 'input_required' : 'working',
      createdAt: now,
      lastUpdatedAt: now,
      inputRequests: { ...tool.asks },
      answers: brought,
      outcome: {},
      timer: null,
    };
    const ends = (): void => {
      task.outcome = tool.ends(args, task.answers);
      this.#settle(task, 'result' in task.outcome ? 'completed' : 'failed');
    };
    task.outcome = { ends: true };
    const id = String(this.#tasks.size + 1); // as guessable as can be
    this.#tasks.set(id, task);
    this.#work.set(task, () => (task.timer = setTimeout(ends, tool.works(args))));
    if (!asks) this.#work.get(task)?.();
    const { inputRequests: _, ...told } = state(id, task);
    return { result: { ...told, status: 'working', resultType: 'task' } };
  }

  readonly #work = new Map<Task, () => void>();

  #update(task: Task, responses: JsonObject): void {
    for (const [key, value] of Object.entries(responses)) {
      if (!task.inputRequests[key]) continue;
      task.inputRequests = Object.fromEntries(Object.entries(task.inputRequests).filter(([each]) => each !== key));
      task.answers[key] = value;
    }
    if (task.status !== 'input_required' || Object.keys(task.inputRequests).length > 0) return;
    this.#settle(task, 'working');
    this.#work.get(task)?.();
  }

  #cancel(task: Task): void {
    if (task.status !== 'working' && task.status !== 'input_required') return;
    if (task.timer) clearTimeout(task.timer);
    this.#settle(task, 'cancelled');
  }

  #settle(task: Task, status: string): void {
    task.status = status;
    task.lastUpdatedAt = new Date().toISOString();
    for (const tell of this.#listening.values()) tell(task);
  }
}

function state(taskId: string, { status, createdAt, lastUpdatedAt, inputRequests, outcome }: Task): JsonObject {
  return {
    ...{ taskId, status, createdAt, lastUpdatedAt, ttlMs: 600_000, pollIntervalMs: 100 },
    ...(status === 'input_required' && { inputRequests }),
    ...(status === 'completed' || status === 'failed' ? outcome : {}),
  };
}

function refusal(code: number, message: string, data?: JsonObject): JsonObject {
  return { error: { code, message, ...(data && { data }) } };
}

function missing(): JsonObject {
  const requiredCapabilities = { extensions: { [TASKS]: {} } };
  return refusal(-32021, 'Missing required client capability', { requiredCapabilities });
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
