/** Tasks where servers and agents are not kind: ids given twice, ids of others, time that passes, more than fits. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import { digestOf } from '../../src/definitions/hash.js';
import type { ProxyOptions } from '../../src/proxy/proxy.js';
import { startTaskFixture, type TaskFixture } from '../conformance/task-fixture.js';
import type { Run } from './fake-bridge.js';
import { definitionsAt, serveRemote } from './remote.js';
import { grant, rpc, tool, until, World } from './world.js';

const TASKS = { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } };
const NOT_FOUND = { error: { code: -32602, message: 'Task not found' } };

let world: World;
afterEach(() => world.stop());

type Body = { result?: JsonObject & { task?: JsonObject }; error?: JsonObject };

async function send(headers: Record<string, string>, method: string, params: JsonObject): Promise<Body> {
  const answer = await world.post('/mcp', headers, rpc(method, params));
  const data = /^data: (.*"id":1,.*)$/m.exec(answer.body)?.[1];
  return JSON.parse(data ?? answer.body) as Body;
}

const make = (headers: Record<string, string>, args: JsonObject = {}, task: JsonObject = {}) =>
  send(headers, 'tools/call', { name: 'jobs__work', arguments: args, task });

function idOf({ result }: Body): string {
  const id = result?.task?.['taskId'];
  if (typeof id !== 'string') throw new Error(`no task: ${JSON.stringify(result)}`);
  return id;
}

const sentUpstream = (method: string) =>
  world.bridge.received.filter(({ message }) => message['method'] === method).map(({ message }) => message['params']);

describe('a stdio server that counts its tasks from 1', () => {
  let made = 0;
  let run: Run | null = null;
  /** What it says of a task, beside what must be said. */
  let more: JsonObject = {};
  const state = (taskId: string, status = 'working'): JsonObject => {
    const at = '2026-01-01T00:00:00Z';
    return { taskId, status, ttl: 60_000, createdAt: at, lastUpdatedAt: at, ...more };
  };

  function behave(message: JsonObject, now: Run): boolean {
    const { id, method, params } = message as { id: number; method: string; params?: JsonObject };
    const taskId = typeof params?.['taskId'] === 'string' ? params['taskId'] : '';
    if (method === 'initialize') {
      made = 0;
      run = now;
      now.reply(id, { protocolVersion: '2025-11-25', capabilities: { tools: {}, ...TASKS }, serverInfo: {} });
    } else if (method === 'tools/call') now.reply(id, { task: state(String(++made)), vendor: { kept: true } });
    else if (method === 'tasks/get') now.reply(id, state(taskId));
    else if (method === 'tasks/cancel') now.reply(id, state(taskId, 'cancelled'));
    else if (method === 'tasks/result') now.reply(id, { content: [{ type: 'text', text: `of ${taskId}` }] });
    else return false;
    return true;
  }

  async function start(own: Partial<PolicyGrant> = {}, options: Partial<ProxyOptions> = {}): Promise<void> {
    made = 0;
    more = {};
    const tools = [tool('work', { path: {} }, { execution: { taskSupport: 'optional' } })];
    world = new World({
      servers: { jobs: tools },
      agents: { bot: [grant('jobs', ['work'], own)], other: [grant('jobs', ['work'])] },
    });
    world.bridge.servers.set('jobs', { tools, behave });
    for (const definitions of Object.values(world.policy.definitions)) {
      definitions.capabilities = { tools: {}, ...TASKS };
      const generation = world.policy.servers['jobs']?.generations['1'];
      const digest = digestOf({ ...definitions });
      world.policy.definitions = { [digest]: definitions };
      if (generation) generation.definitions = digest;
    }
    tokens = { bot: world.token('bot'), other: world.token('other'), spare: world.token('bot') };
    await world.start(options);
    bot = await world.session(tokens['bot'] ?? '');
    other = await world.session(tokens['other'] ?? '');
  }
  let tokens: Record<string, string>;
  let bot: Record<string, string>;
  let other: Record<string, string>;

  const limits = { rate: null, concurrent: null, timeoutMs: null, resultBytes: null };

  it('a call that is refused has no place among the tasks any more', async () => {
    const rate = { calls: 1, milliseconds: 2_000 };
    await start({ limits: { ...limits, rate } }, { taskBounds: { perAgent: 2, all: 30 } });
    more = { ttl: 20 };
    expect((await make(bot)).result?.task).toBeDefined();
    for (let i = 0; i < 4; i++) expect(JSON.stringify(await make(bot))).toContain('limit_rate');
    await until(async () => (await make(bot)).result?.task);
  });

  it('what lived in a run that is over takes nobody’s place, and no call’s', async () => {
    await start({ limits: { ...limits, concurrent: 2 } }, { taskBounds: { perAgent: 3, all: 30 } });
    more = { ttl: null };
    await make(bot);
    await make(bot);
    expect(JSON.stringify(await make(bot))).toContain('limit_concurrent');
    run?.exit();
    await until(() => world.bridge.opened > 1);
    // Asked again with everything that lasts.
    await expect.poll(async () => (await make(bot)).result?.task, { timeout: 15_000 }).toBeDefined();
  }, 20_000);

  it('passes on what it says of a task, all but its id', async () => {
    await start();
    more = { pollInterval: 7, vendor: 12345678901234567890n.toString() };
    const answer = await make(bot, {}, { ttl: 5, vendor: 'v' });
    expect(answer.result).toMatchObject({ task: { status: 'working', pollInterval: 7 }, vendor: { kept: true } });
    expect(sentUpstream('tools/call')).toMatchObject([{ name: 'work', task: { ttl: 5, vendor: 'v' } }]);
    expect(JSON.stringify(answer)).not.toContain('"taskId":"1"');
    await send(bot, 'tasks/get', { taskId: idOf(answer), vendor: 1 });
    expect(sentUpstream('tasks/get')).toEqual([{ taskId: '1', vendor: 1 }]);
  });

  it('gives the same id again after a restart: whoever had the first one has none', async () => {
    await start();
    const mine = idOf(await make(bot));
    run?.exit();
    await until(() => world.bridge.opened > 1);
    const theirs = idOf(await until(async () => (await make(other)).result && make(other)));
    expect(await send(bot, 'tasks/get', { taskId: mine })).toMatchObject(NOT_FOUND);
    expect(await send(bot, 'tasks/result', { taskId: mine })).toMatchObject(NOT_FOUND);
    expect(await send(other, 'tasks/result', { taskId: theirs })).toMatchObject({ result: { content: [{}] } });
    expect(await send(bot, 'tasks/list', {})).toEqual({ jsonrpc: '2.0', id: 1, result: { tasks: [] } });
  });

  it('gives the same id twice in one run: it is the second one’s', async () => {
    await start();
    const mine = idOf(await make(bot));
    made = 0;
    const theirs = idOf(await make(other));
    expect(await send(bot, 'tasks/result', { taskId: mine })).toMatchObject(NOT_FOUND);
    expect(await send(other, 'tasks/get', { taskId: theirs })).toMatchObject({ result: { status: 'working' } });
  });

  it('says that a task stays for ever: it is told of for a day', async () => {
    await start();
    more = { ttl: null };
    const { result } = await make(bot);
    expect(result?.task).toMatchObject({ ttl: 86_400_000 });
  });

  it.each([
    ['no id', { taskId: 7 }],
    ['an endless id', { taskId: 'x'.repeat(2000) }],
    ['an unknown status', { status: 'perhaps' }],
  ])('answers with %s, and that is not handed on', async (_what, wrong) => {
    await start();
    more = wrong;
    expect((await make(bot)).error).toMatchObject({ data: { 'io.toolcrib/refusal': { reason: 'server_bad_output' } } });
    expect(await send(bot, 'tasks/list', {})).toMatchObject({ result: { tasks: [] } });
  });

  it('forgets a task when its time is over', async () => {
    await start();
    more = { ttl: 50 };
    const id = idOf(await make(bot));
    expect(await send(bot, 'tasks/get', { taskId: id })).toMatchObject({ result: { status: 'working' } });
    await until(async () => (await send(bot, 'tasks/get', { taskId: id })).error);
    expect(await send(bot, 'tasks/get', { taskId: id })).toMatchObject(NOT_FOUND);
  });

  it('knows as many of an agent as fit; those that are over make room', async () => {
    await start({}, { taskBounds: { perAgent: 2, all: 3 } });
    const first = idOf(await make(bot));
    await make(bot);
    expect((await make(bot)).error).toMatchObject({ message: expect.stringMatching(/too_many_tasks/) as string });
    expect(made).toBe(2);
    await make(other);
    expect((await make(other)).error).toMatchObject({ message: expect.stringMatching(/too_many_tasks/) as string });
    await send(bot, 'tasks/cancel', { taskId: first });
    expect((await make(bot)).result?.task).toBeDefined();
    expect(await send(bot, 'tasks/get', { taskId: first })).toMatchObject(NOT_FOUND);
  });

  it('is told when the time of the grant has passed', async () => {
    await start({ limits: { rate: null, concurrent: null, timeoutMs: 300, resultBytes: null } });
    const id = idOf(await make(bot));
    await until(() => sentUpstream('tasks/cancel').length > 0);
    expect(sentUpstream('tasks/cancel')).toEqual([{ taskId: '1' }]);
    const line = await until(() => world.decisions().find(({ reason }) => reason === 'limit_timeout'));
    expect(line).toMatchObject({ method: 'tasks/cancel', tool: 'work', agent: 'bot', task: 1 });
    expect(await send(bot, 'tasks/get', { taskId: id })).toMatchObject({ result: { taskId: id } });
  });

  it('holds results to the size that the grant hands on', async () => {
    await start({ limits: { rate: null, concurrent: null, timeoutMs: null, resultBytes: 400 } });
    const id = idOf(await make(bot));
    run?.send('{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"other"}}\n');
    expect(await send(bot, 'tasks/result', { taskId: id })).toMatchObject({ result: {} });
    more = { statusMessage: 'x'.repeat(500) };
    const { error } = await send(bot, 'tasks/get', { taskId: id });
    expect(error).toMatchObject({ data: { 'io.toolcrib/refusal': { reason: 'limit_result' } } });
  });

  it('ends with the token that made it, and is nothing to another of the same agent', async () => {
    await start();
    const id = idOf(await make(bot));
    const spare = await world.session(tokens['spare'] ?? '');
    expect(await send(spare, 'tasks/get', { taskId: id })).toMatchObject(NOT_FOUND);
    expect(await send(spare, 'tasks/list', {})).toMatchObject({ result: { tasks: [] } });
    const own = Object.values(world.policy.tokens).find(({ agent }) => agent === 'bot');
    world.revoke(own?.id ?? '');
    await until(() => sentUpstream('tasks/cancel').length > 0);
    expect(world.decisions().find(({ reason }) => reason === 'revoked')).toMatchObject({ method: 'tasks/cancel' });
  });

  it('outlives the session, and not the proxy', async () => {
    await start();
    const id = idOf(await make(bot));
    await world.http('DELETE', '/mcp', bot);
    const again = await world.session(tokens['bot'] ?? '');
    expect(await send(again, 'tasks/get', { taskId: id })).toMatchObject({ result: { taskId: id } });
    await world.proxy.close();
    await world.startProxy();
    await world.ready();
    const later = await world.session(tokens['bot'] ?? '');
    expect(await send(later, 'tasks/get', { taskId: id })).toMatchObject(NOT_FOUND);
  });

  it('is decided by the policy of now, with the arguments of the call', async () => {
    await start();
    const kept = idOf(await make(bot, { path: '/data/a' }));
    const lost = idOf(await make(bot, { path: '/etc' }));
    const large = idOf(await make(bot, { path: '/data/a', pad: 'x'.repeat(20_000) }));
    const [own] = world.policy.agents['bot']?.grants ?? [];
    if (!own) throw new Error('no grant');
    world.policy.agents['bot'] = {
      grants: [{ ...own, arguments: { work: { properties: { path: { within: '/data' } } } } }],
    };
    world.write();
    await world.ready();
    expect(await send(bot, 'tasks/get', { taskId: kept })).toMatchObject({ result: { status: 'working' } });
    for (const taskId of [lost, large]) {
      const { error } = await send(bot, 'tasks/result', { taskId });
      expect(error).toMatchObject({ message: expect.stringMatching(/\(arguments\)/) as string });
    }
    expect(sentUpstream('tasks/result')).toEqual([]);
    expect(await send(bot, 'tasks/cancel', { taskId: lost })).toMatchObject({ result: { status: 'cancelled' } });
  });

  it('is asked nothing about a task at an endpoint that does not show its tool', async () => {
    await start();
    const id = idOf(await make(bot));
    const elsewhere = await world.post('/server/none/mcp', bot, rpc('tasks/get', { taskId: id }));
    expect(elsewhere.status).toBe(404);
    const there = await world.session(tokens['bot'] ?? '', '/server/jobs/mcp');
    const answer = await world.post('/server/jobs/mcp', there, rpc('tasks/get', { taskId: id }));
    expect(answer.body).toContain(id);
  });

  it.each([{}, { taskId: 7 }, { taskId: '' }, { taskId: '1' }])('answers %j with an error', async (params) => {
    await start();
    await make(bot);
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel'])
      expect((await send(bot, method, params)).error).toMatchObject({ code: -32602 });
    expect(world.bridge.received.filter(({ line }) => line.includes('"tasks/'))).toEqual([]);
  });

  it.each(['7', '"x"', '[]', 'null'])('takes no task of the form %s', async (text) => {
    await start();
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"jobs__work","task":${text}}}`;
    expect((await world.post('/mcp', bot, body)).body).toMatch(/-32602.*task must be an object/);
    expect(made).toBe(0);
  });

  it('is not told of a task in the _meta of a request', async () => {
    await start();
    const id = idOf(await make(bot));
    const own = 'io.modelcontextprotocol/';
    // A server may read its members in whatever case.
    const alike = { [`${own}Related-Task`]: { taskId: id }, ProgressToken: 1, [`${own}ClientCapabilities`]: {} };
    const related = { [`${own}related-task`]: { taskId: id }, kept: 1, ...alike };
    await send(bot, 'tasks/get', { taskId: id, _meta: related });
    await send(bot, 'tools/call', { name: 'jobs__work', _meta: related });
    expect(JSON.stringify(world.bridge.received.map(({ line }) => line))).not.toContain(id);
    const [last] = sentUpstream('tools/call').slice(-1);
    expect(last).toEqual({ ...(last as JsonObject), _meta: { kept: 1 } });
  });
});

describe('a server with an instance for each session', () => {
  it('is asked about a task where that was made, whichever session asks', async () => {
    const tools = [tool('work', {}, { execution: { taskSupport: 'optional' } })];
    world = new World({ servers: { jobs: tools }, agents: { bot: [grant('jobs', ['work'])] } });
    const [definitions] = Object.values(world.policy.definitions);
    const generation = world.policy.servers['jobs']?.generations['1'];
    if (!definitions || !generation) throw new Error('no server');
    definitions.capabilities = { tools: {}, ...TASKS };
    Object.assign(generation, { definitions: digestOf({ ...definitions }), instances: 'session' });
    world.policy.definitions = { [generation.definitions]: definitions };
    world.bridge.servers.set('jobs', {
      tools,
      behave: ({ id, method }, run) => {
        const at = '2026-01-01T00:00:00Z';
        const state = { taskId: '1', status: 'working', ttl: 60_000, createdAt: at, lastUpdatedAt: at };
        if (method === 'tools/call') run.reply(id ?? 0, { task: state });
        else if (method === 'tasks/get') run.reply(id ?? 0, state);
        else return false;
        return true;
      },
    });
    const token = world.token('bot');
    await world.start();
    const [first, second] = [await world.session(token), await world.session(token)];
    const mine = idOf(await make(first));
    const other = idOf(await make(second));
    for (const taskId of [mine, other, mine])
      expect(await send(second, 'tasks/get', { taskId })).toMatchObject({ result: { taskId } });
    const at = (method: string) =>
      world.bridge.received.filter(({ message }) => message['method'] === method).map(({ instance }) => instance);
    const [one, two] = at('tools/call');
    expect(one).not.toBe(two);
    expect(at('tasks/get')).toEqual([one, two, one]);
  });
});

describe('a modern server', () => {
  const EXTENSION = { 'io.modelcontextprotocol/tasks': {} };
  let fixture: TaskFixture;
  let tokens: Record<string, string>;

  beforeEach(async () => {
    fixture = await startTaskFixture();
    const definitions = await definitionsAt(fixture.url);
    const tools = definitions.tools.map(({ name }) => name);
    world = new World({
      servers: {},
      agents: {
        bot: [grant('new', tools, { serverRequests: ['elicitation'] })],
        other: [grant('new', tools, { serverRequests: ['elicitation', 'sampling'] })],
        quiet: [grant('new', tools)],
      },
    });
    serveRemote(world.policy, 'new', fixture.url, definitions);
    tokens = { bot: world.token('bot'), other: world.token('other'), quiet: world.token('quiet') };
    await world.start();
  });
  afterEach(() => fixture.close());

  function modern(agent: string, method: string, params: JsonObject, declares: boolean) {
    const capabilities = { elicitation: {}, sampling: {}, ...(declares && { extensions: EXTENSION }) };
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
    const name = params['name'] ?? params['taskId'];
    const headers = {
      authorization: `Bearer ${tokens[agent] ?? ''}`,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    };
    const accept = 'application/json, text/event-stream';
    const body = JSON.stringify(rpc(method, { ...params, _meta: meta }));
    return { headers: { ...headers, accept, 'content-type': 'application/json' }, body };
  }
  async function ask(agent: string, method: string, params: JsonObject, declares = true): Promise<Body> {
    const { headers, body } = modern(agent, method, params, declares);
    return JSON.parse((await world.post('/mcp', headers, body)).body) as Body;
  }
  interface Heard {
    messages: JsonObject[];
    close(): void;
  }
  async function listening(agent: string, notifications: JsonObject): Promise<Heard> {
    const { headers, body } = modern(agent, 'subscriptions/listen', { notifications }, true);
    const leaving = new AbortController();
    const response = await fetch(`${world.url}/mcp`, { method: 'POST', headers, body, signal: leaving.signal });
    const heard: Heard = { messages: [], close: () => leaving.abort() };
    void (async () => {
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk as Uint8Array).toString('utf8');
        const whole = text.split('\n\n');
        text = whole.pop() ?? '';
        for (const each of whole) {
          if (each.startsWith('data: ')) heard.messages.push(JSON.parse(each.slice(6)) as JsonObject);
        }
      }
    })().catch(() => undefined);
    return heard;
  }
  const begin = async (agent: string, name: string, args: JsonObject = {}): Promise<string> => {
    const { result } = await ask(agent, 'tools/call', { name: `new__${name}`, arguments: args });
    if (result?.['resultType'] !== 'task') throw new Error(JSON.stringify(result));
    return typeof result['taskId'] === 'string' ? result['taskId'] : '';
  };

  it('makes tasks for who declares the extension, under ids that are worth nothing to others', async () => {
    const id = await begin('bot', 'slow_compute', { seconds: 60 });
    expect(id).toMatch(/^tcs1\./);
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      for (const taskId of [id, '1', 'never'])
        expect(await ask('other', method, { taskId, inputResponses: {} })).toMatchObject(NOT_FOUND);
      expect((await ask('bot', method, { taskId: id }, false)).error).toMatchObject({ code: -32021 });
    }
    expect(fixture.received.filter(({ method }) => method.startsWith('tasks/'))).toEqual([]);
    expect(await ask('bot', 'tasks/get', { taskId: id })).toMatchObject({ result: { taskId: id, status: 'working' } });
    expect(fixture.received.at(-1)).toMatchObject({ method: 'tasks/get', name: '1', params: { taskId: '1' } });
    const undeclared = await ask('bot', 'tools/call', { name: 'new__slow_compute', arguments: { seconds: 0 } }, false);
    expect(undeclared).toMatchObject({ result: { resultType: 'complete', content: [{}] } });
  });

  it('asks the agent what a grant lets it, and nothing else', async () => {
    const id = await begin('bot', 'confirm_delete');
    expect(await ask('bot', 'tasks/get', { taskId: id })).toMatchObject({
      result: { status: 'input_required', inputRequests: { confirm: { method: 'elicitation/create' } } },
    });
    const inputResponses = { confirm: { action: 'accept', content: { confirmed: true } } };
    expect(await ask('bot', 'tasks/update', { taskId: id, inputResponses })).toMatchObject({ result: {} });
    const done = await until(async () => {
      const { result } = await ask('bot', 'tasks/get', { taskId: id });
      return result?.['status'] === 'completed' && result;
    });
    expect(JSON.stringify(done)).toContain('confirmed');
    for (const [agent, name] of [
      ['bot', 'thinks'],
      ['quiet', 'confirm_delete'],
    ] as const) {
      const { error } = await ask(agent, 'tasks/get', { taskId: await begin(agent, name) });
      expect(error).toMatchObject({ data: { 'io.toolcrib/refusal': { reason: 'server_bad_output' } } });
    }
    const thinking = await begin('other', 'thinks');
    expect(await ask('other', 'tasks/get', { taskId: thinking })).toMatchObject({
      result: { inputRequests: { thought: { method: 'sampling/createMessage' } } },
    });
  });

  it('answers an older agent at once, and has no tasks for it', async () => {
    const headers = await world.session(tokens['bot'] ?? '');
    const params = { name: 'new__slow_compute', arguments: { seconds: 0 } };
    expect(await send(headers, 'tools/call', params)).toMatchObject({ result: { content: [{}] } });
    expect(await send(headers, 'tools/call', { ...params, task: {} })).toMatchObject({ result: { content: [{}] } });
    expect((await send(headers, 'tasks/get', { taskId: 'x' })).error).toMatchObject({ code: -32601 });
    // What it makes only as a task, it says so of itself.
    expect((await send(headers, 'tools/call', { name: 'new__failing_job' })).error).toMatchObject({ code: -32603 });
  });

  it('tells who listens to a task of its own how that stands, and wants the extension declared for it', async () => {
    const taskId = await begin('bot', 'confirm_delete');
    const strange = await begin('other', 'confirm_delete');
    const heard = await listening('bot', { taskIds: [taskId, strange, '1', 'never'] });
    const [first] = await until(() => heard.messages.length > 0 && heard.messages);
    const stamp = { _meta: { 'io.modelcontextprotocol/subscriptionId': 1 } };
    expect(first).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { taskIds: [taskId] }, ...stamp },
    });
    // Told only now, so that somebody listens whatever the machine does meanwhile.
    const inputResponses = { confirm: { action: 'accept', content: {} } };
    for (const [agent, task] of [['bot', taskId] as const, ['other', strange] as const])
      await ask(agent, 'tasks/update', { taskId: task, inputResponses });
    const last = await until(() => JSON.stringify(heard.messages).includes('completed') && heard.messages.at(-1));
    expect(last).toMatchObject({
      method: 'notifications/tasks',
      params: { taskId, status: 'completed', result: { content: [{}] }, ...stamp },
    });
    expect(JSON.stringify(heard.messages)).not.toContain(strange);
    // What is asked is asked only of those who may be.
    const asking = await begin('bot', 'confirm_delete');
    const silent = await begin('quiet', 'confirm_delete');
    const both = await Promise.all([
      listening('bot', { taskIds: [asking] }),
      listening('quiet', { taskIds: [silent] }),
    ]);
    await until(() => both.every(({ messages }) => messages.length > 0));
    for (const task of ['3', '4']) fixture.announce(task);
    await until(() => both[0].messages.length > 1);
    expect(both[0].messages[1]).toMatchObject({ params: { taskId: asking, inputRequests: { confirm: {} } } });
    fixture.announce('4');
    await ask('quiet', 'tasks/cancel', { taskId: silent });
    await until(() => both[1].messages.length > 1);
    expect(both[1].messages[1]).toMatchObject({ params: { taskId: silent, status: 'cancelled' } });
    for (const each of [heard, ...both]) each.close();
    // What each was let listen to has its outcome.
    const lines = world.audit();
    const listened = world.decisions().filter(({ method, decision, task }) => {
      return method === 'subscriptions/listen' && decision === 'allow' && task !== undefined;
    });
    expect(listened).toHaveLength(3);
    for (const { seq, task } of listened)
      expect(lines.find((line) => line.type === 'outcome' && line.seq === seq)).toMatchObject({ outcome: 'ok', task });
    const { error } = await ask('bot', 'subscriptions/listen', { notifications: { taskIds: [taskId] } }, false);
    expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: { extensions: EXTENSION } } });
  });
});
