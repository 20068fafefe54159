/** Tasks of 2025-11-25 between equals: the SDK's own client and server, with the proxy between them. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CallToolResultSchema,
  CreateTaskResultSchema,
  ElicitRequestSchema,
  TaskStatusNotificationSchema,
  type Task,
} from '@modelcontextprotocol/sdk/types.js';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionLine, OutcomeLine } from '../../src/audit/line.js';
import { definitionsAt, serveRemote } from './remote.js';
import { taskPeer, type TaskPeer } from './task-peers.js';
import { grant, until, World } from './world.js';

const INFO = { name: 'agent', version: '1' };
const TOOLS = ['slow', 'must', 'asks', 'plain'];

let world: World;
let peer: TaskPeer;
const tokens: Record<string, string> = {};
const init = (agent: string) => ({ requestInit: { headers: { authorization: `Bearer ${tokens[agent] ?? ''}` } } });

interface Agent {
  client: Client;
  /** What it was told of its tasks unasked. */
  told: unknown[];
  /** What it was asked. */
  asked: { _meta?: Record<string, unknown> | undefined }[];
}

async function connect(agent: string, path = '/mcp'): Promise<Agent> {
  const client = new Client(INFO, { capabilities: { elicitation: {} } });
  const made: Agent = { client, told: [], asked: [] };
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    made.asked.push(params);
    return { action: 'accept', content: { name: 'ada' } };
  });
  client.setNotificationHandler(TaskStatusNotificationSchema, ({ params }) => {
    made.told.push(params);
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(world.url + path), init(agent)));
  return made;
}

async function begin({ client }: Agent, name: string, args: Record<string, unknown>, ttl = 60_000): Promise<Task> {
  const params = { name, arguments: args };
  const { task } = await client.request({ method: 'tools/call', params }, CreateTaskResultSchema, { task: { ttl } });
  return task;
}

const resultOf = ({ client }: Agent, id: string) => client.experimental.tasks.getTaskResult(id, CallToolResultSchema);

beforeAll(async () => {
  peer = await taskPeer();
  world = new World({ servers: {}, agents: {} });
  const definitions = await definitionsAt(peer.url);
  serveRemote(world.policy, 'old', peer.url, definitions);
  const own = { server: 'old', rule: '' };
  const allow = (more: object = {}) => grant('old', TOOLS, { serverRequests: ['elicitation'], ...more });
  const numbered = (agent: string, ...grants: ReturnType<typeof grant>[]) =>
    grants.map((each, i) => ({ ...each, ...own, rule: `agents.${agent}.grants[${i}]` }));
  world.policy.agents['bot'] = { grants: numbered('bot', allow()) };
  world.policy.agents['other'] = { grants: numbered('other', allow()) };
  world.policy.agents['quiet'] = { grants: numbered('quiet', allow({ serverRequests: [] })) };
  world.policy.agents['narrow'] = {
    grants: numbered(
      'narrow',
      allow({
        arguments: { slow: { properties: { label: { pattern: '^n' } } } },
        set: { owner: 'acme' },
        limits: { rate: null, concurrent: 2, timeoutMs: null, resultBytes: null },
      }),
      grant('old', ['slow'], {
        effect: 'deny',
        arguments: { slow: { properties: { label: { enum: ['never'] } } } },
      }),
    ),
  };
  for (const agent of ['bot', 'other', 'quiet', 'narrow']) tokens[agent] = world.token(agent);
  await world.start();
});
afterAll(async () => {
  await world.stop();
  await peer.close();
});

describe('what is offered', () => {
  it('is a capability, and what each tool says of itself', async () => {
    const { client } = await connect('bot');
    expect(client.getServerCapabilities()?.tasks).toEqual({ list: {}, cancel: {}, requests: { tools: { call: {} } } });
    const { tools } = await client.listTools();
    expect(Object.fromEntries(tools.map(({ name, execution }) => [name, execution?.taskSupport]))).toEqual({
      old__slow: 'optional',
      old__must: 'required',
      old__asks: 'optional',
      old__plain: 'forbidden',
    });
    await client.close();
  });

  it('is nothing to versions without tasks, and no tool that needs them', async () => {
    for (const version of ['2025-03-26', '2025-06-18']) {
      const headers = await world.session(tokens['bot'] ?? '', '/mcp', version);
      const listed = await world.post('/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
      expect(listed.body).not.toMatch(/__must|"optional"|"taskSupport":"required"/);
      const params = { name: 'old__must', arguments: { label: 'x' } };
      const refused = await world.post('/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      expect(refused.body).toMatch(/-32601.*only be called as a task/);
      const asked = { jsonrpc: '2.0', id: 1, method: 'tasks/get', params: { taskId: 'x' } };
      expect((await world.post('/mcp', headers, asked)).body).toMatch(/-32601/);
    }
    const modern = new ModernClient(INFO, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await modern.connect(new ModernTransport(new URL(`${world.url}/mcp`), init('bot')));
    expect(JSON.stringify(modern.getServerCapabilities())).not.toContain('task');
    const { tools } = await modern.listTools();
    expect(tools.map(({ name }) => name)).not.toContain('old__must');
    expect(JSON.stringify(tools)).not.toContain('taskSupport');
    await modern.close();
  });
});

describe('a call as a task', () => {
  it('is made, asked about, and brings its result, under an id that is ours', async () => {
    const bot = await connect('bot');
    const task = await begin(bot, 'old__slow', { label: 'one' });
    const raw = peer.made.at(-1) ?? '';
    expect(task).toMatchObject({ status: 'working', ttl: 60_000, pollInterval: 20 });
    expect(task.taskId).toMatch(/^tcs1\./);
    expect(await bot.client.experimental.tasks.getTask(task.taskId)).toMatchObject({
      taskId: task.taskId,
      status: 'working',
    });
    const waiting = resultOf(bot, task.taskId);
    await peer.finish('one');
    const result = await waiting;
    expect(result).toMatchObject({
      content: [{ text: 'done one' }],
      _meta: { 'io.modelcontextprotocol/related-task': { taskId: task.taskId } },
    });
    expect(await bot.client.experimental.tasks.getTask(task.taskId)).toMatchObject({ status: 'completed' });
    expect(JSON.stringify([task, result, bot.told])).not.toContain(raw);
    expect(peer.bodies.join()).not.toContain(task.taskId);
    await bot.client.close();
  });

  it('works as the SDK’s client streams it', async () => {
    const bot = await connect('bot');
    await bot.client.listTools();
    const seen: string[] = [];
    const stream = bot.client.experimental.tasks.callToolStream({ name: 'old__must', arguments: { label: 'two' } });
    for await (const message of stream) {
      seen.push(message.type);
      if (message.type === 'taskCreated') await peer.finish('two');
      if (message.type === 'result') expect(message.result).toMatchObject({ content: [{ text: 'done two' }] });
      if (message.type === 'error') throw message.error;
    }
    expect(seen[0]).toBe('taskCreated');
    expect(seen.at(-1)).toBe('result');
    await bot.client.close();
  });

  it('is told of to the session that made it, and to no other', async () => {
    const [bot, other] = await Promise.all([connect('bot'), connect('other')]);
    const task = await begin(bot, 'old__slow', { label: 'three' });
    await peer.finish('three');
    await until(() => bot.told.length > 0);
    expect(bot.told).toMatchObject([{ taskId: task.taskId, status: 'completed' }]);
    expect(other.told).toEqual([]);
    await Promise.all([bot.client.close(), other.client.close()]);
  });

  it('reports progress for as long as it goes on', async () => {
    const bot = await connect('bot');
    const heard: unknown[] = [];
    const params = { name: 'old__slow', arguments: { label: 'progress' } };
    const { task } = await bot.client.request({ method: 'tools/call', params }, CreateTaskResultSchema, {
      task: {},
      onprogress: (progress) => heard.push(progress),
    });
    const waiting = resultOf(bot, task.taskId);
    await until(() => heard.length > 0);
    expect(heard).toMatchObject([{ progress: 1, total: 2 }]);
    expect(JSON.stringify(heard)).not.toContain(peer.made.at(-1));
    await peer.finish('progress');
    await waiting;
    await bot.client.close();
  });

  it('asks its agent while that waits for the result, where a grant says so', async () => {
    const bot = await connect('bot');
    const task = await begin(bot, 'old__asks', { label: 'four' });
    expect(await resultOf(bot, task.taskId)).toMatchObject({ content: [{ text: 'accept ada' }] });
    expect(bot.asked).toMatchObject([{ _meta: { 'io.modelcontextprotocol/related-task': { taskId: task.taskId } } }]);
    const quiet = await connect('quiet');
    const silent = await begin(quiet, 'old__asks', { label: 'five' });
    const { content } = await resultOf(quiet, silent.taskId);
    expect(JSON.stringify(content)).toMatch(/refused/);
    expect(quiet.asked).toEqual([]);
    await Promise.all([bot.client.close(), quiet.client.close()]);
  });

  it('is called off', async () => {
    const bot = await connect('bot');
    const task = await begin(bot, 'old__slow', { label: 'six' });
    expect(await bot.client.experimental.tasks.cancelTask(task.taskId)).toMatchObject({
      taskId: task.taskId,
      status: 'cancelled',
    });
    expect(await bot.client.experimental.tasks.getTask(task.taskId)).toMatchObject({ status: 'cancelled' });
    await expect(bot.client.experimental.tasks.cancelTask(task.taskId)).rejects.toMatchObject({ code: -32602 });
    await bot.client.close();
  });

  it('may still be made in the plain way, and only where the tool has tasks', async () => {
    const bot = await connect('bot');
    const plain = await bot.client.callTool({ name: 'old__plain', arguments: {} });
    expect(plain).toMatchObject({ content: [{ text: 'plain' }] });
    await expect(begin(bot, 'old__plain', {})).rejects.toMatchObject({ code: -32601 });
    const must = bot.client.request({ method: 'tools/call', params: { name: 'old__must' } }, CallToolResultSchema);
    await expect(must).rejects.toMatchObject({ code: -32601 });
    await bot.client.close();
  });
});

describe('policy', () => {
  it('decides it as any call: arguments, fixed ones, denials', async () => {
    const narrow = await connect('narrow');
    await expect(begin(narrow, 'old__slow', { label: 'x' })).rejects.toThrow(/Refused by toolcrib \(arguments\)/);
    await expect(begin(narrow, 'old__slow', { label: 'never' })).rejects.toThrow(/\(denied\)/);
    await expect(begin(narrow, 'old__slow', { label: 'n0', owner: 'me' })).rejects.toThrow(/set_argument/);
    await expect(begin(narrow, 'old__nothing', {})).rejects.toThrow(/Unknown tool/);
    const before = peer.made.length;
    await begin(narrow, 'old__slow', { label: 'n1' });
    expect(peer.made).toHaveLength(before + 1);
    const sent = JSON.parse(peer.bodies.findLast((body) => body.includes('"n1"')) ?? '{}') as { params: unknown };
    expect(sent.params).toMatchObject({ arguments: { label: 'n1', owner: 'acme' }, task: { ttl: 60_000 } });
    await narrow.client.close();
  });

  it('counts it among the calls of its grant until it is over', async () => {
    const narrow = await connect('narrow');
    const second = await begin(narrow, 'old__slow', { label: 'n2' }); // beside n1
    await expect(begin(narrow, 'old__slow', { label: 'n3' })).rejects.toThrow(/limit_concurrent/);
    await narrow.client.experimental.tasks.cancelTask(second.taskId);
    await begin(narrow, 'old__slow', { label: 'n3' });
    await peer.finish('n1');
    await peer.finish('n3');
    await narrow.client.close();
  });

  it('lists an agent’s own tasks and nobody else’s, page by page', async () => {
    const [other, bot] = await Promise.all([connect('other'), connect('bot')]);
    const labels = Array.from({ length: 23 }, (_, i) => `l${i}`);
    const own: string[] = [];
    for (const label of labels) own.push((await begin(other, 'old__slow', { label })).taskId);
    const strange = await begin(bot, 'old__slow', { label: 'strange' });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await other.client.experimental.tasks.listTasks(cursor);
      found.push(...page.tasks.map(({ taskId }) => taskId));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(found).toEqual(own);
    expect(found).not.toContain(strange.taskId);
    await expect(other.client.experimental.tasks.listTasks('made up')).rejects.toMatchObject({ code: -32602 });
    await Promise.all([other.client.close(), bot.client.close()]);
  });

  it('tells of another’s task what it tells of one that never was', async () => {
    const [bot, other] = await Promise.all([connect('bot'), connect('other')]);
    const { taskId } = await begin(bot, 'old__slow', { label: 'mine' });
    const raw = peer.made.at(-1) ?? '';
    const about = ({ client }: Agent, id: string) => [
      client.experimental.tasks.getTask(id),
      client.experimental.tasks.cancelTask(id),
      client.experimental.tasks.getTaskResult(id, CallToolResultSchema),
    ];
    const asked = peer.bodies.length;
    for (const id of ['never', raw, `${taskId.slice(0, -2)}xx`, taskId]) {
      for (const attempt of about(other, id))
        await expect(attempt).rejects.toMatchObject({ code: -32602, message: 'MCP error -32602: Task not found' });
    }
    expect(peer.bodies.slice(asked).join()).not.toContain('tasks/');
    expect(await bot.client.experimental.tasks.getTask(taskId)).toMatchObject({ status: 'working' });
    await Promise.all([bot.client.close(), other.client.close()]);
  });

  it('keeps the result from whoever lost the grant, and calls the task off', async () => {
    const bot = await connect('bot');
    const { taskId } = await begin(bot, 'old__slow', { label: 'lost' });
    const raw = peer.made.at(-1) ?? '';
    const waiting = resultOf(bot, taskId).catch((cause: unknown) => String(cause));
    await until(() => peer.bodies.some((body) => body.includes('tasks/result') && body.includes(raw)));
    const grants = world.policy.agents['bot']?.grants ?? [];
    world.policy.agents['bot'] = { grants: grants.map((each) => ({ ...each, tools: ['plain', 'must'] })) };
    world.write();
    await world.ready();
    expect(await waiting).toMatch(/cancelled/i);
    await until(() => peer.bodies.some((body) => body.includes('tasks/cancel') && body.includes(raw)));
    await expect(resultOf(bot, taskId)).rejects.toThrow(/Task not found/);
    world.policy.agents['bot'] = { grants };
    world.write();
    await world.ready();
    await expect(resultOf(bot, taskId)).rejects.toThrow(/Task not found/);
    await bot.client.close();
  });
});

describe('the audit', () => {
  it('has a decision for each request, and how the task stood', async () => {
    const bot = await connect('bot');
    const { taskId } = await begin(bot, 'old__slow', { label: 'signed' });
    await bot.client.experimental.tasks.getTask(taskId);
    await peer.finish('signed', { content: [{ type: 'text', text: 'no' }], isError: true });
    await resultOf(bot, taskId);
    await bot.client.close();
    const lines = await until(() => {
      const all = world.audit();
      const last = all.filter((line): line is DecisionLine => line.type === 'decision' && line.agent === 'bot');
      const done = last.findLast(({ method }) => method === 'tasks/result');
      const own = last.filter(({ task }) => task !== undefined && task === done?.task);
      return done && own.length === 2 && all.some((line) => line.type === 'outcome' && line.seq === done.seq) && all;
    });
    const outcomes = new Map(
      lines.filter((line): line is OutcomeLine => line.type === 'outcome').map((l) => [l.seq, l]),
    );
    const decisions = lines.filter((line): line is DecisionLine => line.type === 'decision');
    const result = decisions.findLast(({ method, agent }) => method === 'tasks/result' && agent === 'bot');
    const about = decisions.filter(
      ({ seq, task }) => task === result?.task || outcomes.get(seq)?.task === result?.task,
    );
    expect(
      about.map(({ seq, method, tool, decision, rule }) => [method, tool, decision, rule, outcomes.get(seq)]),
    ).toMatchObject([
      ['tools/call', 'slow', 'allow', 'agents.bot.grants[0]', { outcome: 'ok', status: 'working' }],
      ['tasks/get', 'slow', 'allow', 'agents.bot.grants[0]', { outcome: 'ok', status: 'working' }],
      ['tasks/result', 'slow', 'allow', 'agents.bot.grants[0]', { outcome: 'tool_error', status: 'failed' }],
    ]);
    const denied = decisions.filter(({ reason }) => reason === 'task_unknown');
    expect(new Set(denied.map(({ agent, method }) => `${agent ?? ''} ${method}`))).toContain('other tasks/result');
  });
});
