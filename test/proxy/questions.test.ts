/**
 * Questions of servers end with what they were asked for: nothing that an agent says later reaches anybody. And none goes
 * through as an error.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import { isObject, type JsonObject } from '../../src/model/definitions.js';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import type { ProxyOptions } from '../../src/proxy/proxy.js';
import { connectStdio } from '../../src/wire/stdio-endpoint.js';
import type { Peer } from '../wire/peers.js';
import type { Behaviour } from './fake-bridge.js';
import { RawAgent } from './raw-agent.js';
import { LegacyRecording, ModernRecording, offers, overStdio, TOOLS } from './recording-servers.js';
import { serveRemote } from './remote.js';
import { grant, rpc, tool, until, World } from './world.js';

let world: World;
let agent: RawAgent;
let token: string;
const peers: Peer[] = [];

afterEach(async () => {
  agent.close();
  await world.stop();
  for (const peer of peers.splice(0)) await peer.close();
});

function asking(more: Partial<PolicyGrant>): PolicyGrant {
  return grant('pipe', TOOLS, { rule: 'asking', serverRequests: ['elicitation'], ...more });
}

/** A server over stdio whose agent leaves questions open. */
async function legacy(more: Partial<PolicyGrant> = {}, behave: Behaviour = () => false): Promise<LegacyRecording> {
  const recording = new LegacyRecording(offers('pipe', false));
  const definitions = digestOf({ ...recording.defined });
  const { tools } = toolHashes(recording.defined);
  world = new World({ servers: {}, agents: { bot: [asking(more)] } });
  world.policy.definitions[definitions] = recording.defined;
  const generation = { definitions, tools, image: 'sha256:i', replicas: 1, transport: { type: 'stdio' as const } };
  world.policy.servers['pipe'] = {
    toolbox: 'engineering',
    prefix: 'pipe',
    generations: { '1': { ...generation, instances: 'session' } },
    serving: 1,
  };
  const usual = overStdio(recording);
  world.bridge.servers.set('pipe', {
    tools: recording.tools,
    behave: (message, run) => behave(message, run) || usual(message, run),
  });
  await open('legacy');
  return recording;
}

async function modern(more: Partial<PolicyGrant> = {}): Promise<ModernRecording> {
  const recording = new ModernRecording(offers('pipe', true));
  const peer = await recording.serve();
  peers.push(peer);
  world = new World({ servers: {}, agents: { bot: [asking(more)] } });
  serveRemote(world.policy, 'pipe', peer.url, recording.defined);
  return recording;
}

async function open(era: 'legacy' | 'modern', more: Partial<ProxyOptions> = {}): Promise<void> {
  token = world.token('bot');
  await world.start(more);
  agent = await RawAgent.open(world, era, token);
  agent.silent = true;
}

const call = (name: string): JsonObject => ({ name: `pipe__${name}`, arguments: {} });
/** Of the decisions about a method, in their order. */
function outcomes(method: string): string[] {
  const lines = world.audit();
  return lines.flatMap((line) => {
    if (line.type !== 'outcome') return [];
    const decided = lines.find((each) => each.type === 'decision' && each.seq === line.seq);
    return decided?.type === 'decision' && decided.method === method ? [`${line.outcome} ${line.error}`] : [];
  });
}
const takenBack = (...ids: string[]): object[] =>
  ids.map((requestId) => ({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }));
const late = (id: string): JsonObject => ({ id, result: { action: 'accept', content: { name: 'late' } } });
/** What came as an answer to a question; asked for after another call has come through. */
async function answersTo(recording: LegacyRecording): Promise<JsonObject[]> {
  await agent.ask('tools/call', call('echo'));
  return recording.reached.filter((message) => message['method'] === undefined);
}

describe('a question is void, and its agent is told so,', () => {
  it('when its call is called off', async () => {
    const recording = await legacy();
    const begun = agent.begin('tools/call', call('form'));
    await until(() => agent.asked.length === 1);
    await agent.notify('notifications/cancelled', { requestId: begun.id });
    expect(await begun.answer).toMatchObject({ error: { code: -32800 } });
    expect(agent.heard).toEqual(takenBack('toolcrib-1'));
    expect(await agent.say(late('toolcrib-1'))).toBe(202);
    expect(await answersTo(recording)).toEqual([]);
  });

  it('when its grant is gone', async () => {
    const recording = await legacy();
    const begun = agent.begin('tools/call', call('form'));
    await until(() => agent.asked.length === 1);
    const next = structuredClone(world.policy);
    next.agents = { bot: { grants: [grant('pipe', ['echo'], { rule: 'echo' })] } };
    world.write(next);
    await world.ready();
    expect(await begun.answer).toMatchObject({ error: { code: -32800 } });
    expect(agent.heard.filter(({ method }) => method === 'notifications/cancelled')).toEqual(takenBack('toolcrib-1'));
    await agent.say(late('toolcrib-1'));
    expect(await answersTo(recording)).toEqual([]);
  });

  it('when its call took too long', async () => {
    const recording = await legacy({ limits: { rate: null, concurrent: null, timeoutMs: 1000, resultBytes: null } });
    await agent.ask('tools/call', call('form'));
    expect([agent.asked.length, agent.heard]).toEqual([1, takenBack('toolcrib-1')]);
    await agent.say(late('toolcrib-1'));
    expect(await answersTo(recording)).toEqual([]);
    expect(world.decisions().filter(({ method }) => method === 'response')).toMatchObject([
      { agent: 'bot', server: 'pipe', tool: 'form', decision: 'deny', rule: 'default', reason: 'question_over' },
    ]);
  });

  it('so that one more than a session may have open at once is asked as well', async () => {
    await legacy();
    const ids = Array.from({ length: 65 }, (_, i) => `toolcrib-${i + 1}`);
    for (const [i] of ids.entries()) {
      const begun = agent.begin('tools/call', call('form'));
      await until(() => agent.asked.length === i + 1);
      await agent.notify('notifications/cancelled', { requestId: begun.id });
      await begun.answer;
    }
    expect(agent.heard).toEqual(takenBack(...ids));
  });

  it('when its server answers without it', async () => {
    const recording = await legacy({}, (message, run) => {
      if (message['method'] !== 'tools/call' || (message['params'] as JsonObject)['name'] !== 'form') return false;
      const { id } = message;
      run.send(
        '{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"?","requestedSchema":{}}}\n',
      );
      run.send(`${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } })}\n`);
      return true;
    });
    expect(await agent.ask('tools/call', call('form'))).toMatchObject({ result: { content: [] } });
    expect([agent.asked.length, agent.heard]).toEqual([1, takenBack('toolcrib-1')]);
    await agent.say(late('toolcrib-1'));
    expect(await answersTo(recording)).toEqual([]);
  });

  it('when a call of a server that asks within its answers is called off', async () => {
    const recording = await modern();
    await open('legacy');
    const begun = agent.begin('tools/call', call('form'));
    await until(() => agent.asked.length === 1);
    await agent.notify('notifications/cancelled', { requestId: begun.id });
    expect(await begun.answer).toMatchObject({ error: { code: -32800 } });
    expect(agent.heard).toEqual(takenBack('toolcrib-1'));
    const calls = recording.reached.length;
    await agent.say(late('toolcrib-1'));
    await agent.ask('tools/call', call('echo'));
    expect(recording.reached.slice(calls).map(({ params }) => (params as JsonObject)['name'])).toEqual(['echo']);
  });
});

it('a question in nobody’s call is declined and signed for, and a flood of them counted to the last', async () => {
  const definition = tool('echo');
  world = new World({ servers: { pipe: [definition] }, agents: { bot: [asking({ tools: ['echo'] })] } });
  let declined = 0;
  world.bridge.servers.set('pipe', {
    tools: [definition],
    behave: ({ id, method, error }, run) => {
      if (isObject(error)) declined++;
      if (method !== 'tools/call') return false;
      for (let i = 0; i < 100; i++)
        run.send(`{"jsonrpc":"2.0","id":"q${i}","method":"elicitation/create","params":{"message":"?"}}\n`);
      run.reply(id ?? null, { content: [] });
      return true;
    },
  });
  await open('legacy');
  expect(await agent.ask('tools/call', call('echo'))).toMatchObject({ result: { content: [] } });
  await until(() => declined === 100);
  const refused = () => world.decisions().filter(({ reason }) => reason === 'no_request');
  await until(() => refused().reduce((sum, { count = 1 }) => sum + count, 0) === 100);
  const about = { agent: null, server: 'pipe', generation: 1, method: 'elicitation/create', decision: 'deny' };
  for (const line of refused()) expect(line).toMatchObject(about);
  expect(refused().length).toBeLessThan(50);
  expect(agent.asked).toEqual([]);
});

describe('progress of a question', () => {
  const THINK = { messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 9 };
  /** Asks under ids of its own, each by the same token; answers when it is answered. */
  function thinking(meta: JsonObject | null): Behaviour {
    const calls = new Map<unknown, unknown>();
    return (message, run) => {
      const { id, method, result } = message;
      const called = result ? calls.get(id) : undefined;
      if (called !== undefined)
        run.reply(called as number, { content: [{ type: 'text', text: JSON.stringify(result) }] });
      if (method !== 'tools/call' || (message['params'] as JsonObject)['name'] !== 'think') return false;
      const own = `q${calls.size + 1}`;
      calls.set(own, id);
      const params = { ...THINK, ...(meta && { _meta: meta }) };
      run.send(`${JSON.stringify({ jsonrpc: '2.0', id: own, method: 'sampling/createMessage', params })}\n`);
      return true;
    };
  }
  const sampling: Partial<PolicyGrant> = { serverRequests: ['sampling'] };
  const progress = (more: JsonObject): Promise<number> => agent.notify('notifications/progress', more);
  const reached = (recording: LegacyRecording): unknown[] =>
    recording.reached.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params);
  const refused = (): string[] =>
    world
      .decisions()
      .filter(({ decision, method }) => decision === 'deny' && ['notifications/progress', 'response'].includes(method))
      .map(({ method, server, tool, rule, reason }) => [method, server, tool, rule, reason].join(' '));

  it('reaches its server under its server’s token, while it is open', async () => {
    const recording = await legacy(sampling, thinking({ progressToken: 7, 'acme/x': 1 }));
    const calls = [agent.begin('tools/call', call('think'))];
    await until(() => agent.asked.length === 1);
    calls.push(agent.begin('tools/call', call('think')));
    await until(() => agent.asked.length === 2);
    // Both ask by the same token; their agent can tell them apart.
    expect(agent.asked.map(({ params }) => (params as JsonObject)['_meta'])).toEqual([
      { progressToken: 'toolcrib-1', 'acme/x': 1 },
      { progressToken: 'toolcrib-2', 'acme/x': 1 },
    ]);
    expect(await progress({ progressToken: 'toolcrib-1', progress: 0.5, total: 2, vendor: [1] })).toBe(202);
    await progress({ progressToken: 'toolcrib-1', progress: 1 });
    await agent.say({ id: 'toolcrib-1', result: { role: 'assistant' } });
    await calls[0]?.answer;
    await progress({ progressToken: 'toolcrib-1', progress: 2 });
    await progress({ progressToken: 'toolcrib-2', progress: 3 });
    await agent.say({ id: 'toolcrib-2', result: { role: 'assistant' } });
    await calls[1]?.answer;
    expect(reached(recording)).toEqual([
      { progress: 0.5, total: 2, vendor: [1], progressToken: 7 },
      { progress: 1, progressToken: 7 },
      { progress: 3, progressToken: 7 },
    ]);
    expect(refused()).toEqual(['notifications/progress pipe think default question_over']);
  });

  it('reaches nobody by another token, and none that could be read as another', async () => {
    const recording = await legacy(sampling, thinking({ progressToken: 7 }));
    const begun = agent.begin('tools/call', call('think'));
    await until(() => agent.asked.length === 1);
    for (const token of [7, 'toolcrib-2', '"toolcrib-1"', null]) await progress({ progressToken: token, progress: 1 });
    await progress({ progressToken: 'toolcrib-1', ProgressToken: 7, progress: 1 });
    await progress({ progress: 1 });
    await agent.say({ id: 'toolcrib-1', result: {} });
    await begun.answer;
    expect(reached(recording)).toEqual([]);
    const nobodys = Array.from({ length: 6 }, () => 'notifications/progress   default nothing_asked');
    expect(refused()).toEqual(nobodys);
  });

  it('reaches no server that wants none, nor one of another session', async () => {
    const recording = await legacy(sampling, thinking(null));
    const begun = agent.begin('tools/call', call('think'));
    await until(() => agent.asked.length === 1);
    expect(agent.asked[0]?.['params']).toEqual(THINK);
    await progress({ progressToken: 'toolcrib-1', progress: 1 });
    const other = await RawAgent.open(world, 'legacy', token);
    await other.notify('notifications/progress', { progressToken: 'toolcrib-1', progress: 1 });
    await other.say({ id: 'toolcrib-1', result: { stolen: true } });
    await agent.say({ id: 'toolcrib-1', result: { own: true } });
    expect(JSON.stringify(await begun.answer)).toContain('own');
    other.close();
    expect(reached(recording)).toEqual([]);
    expect(refused()).toEqual([
      'notifications/progress pipe think default not_wanted',
      'notifications/progress   default nothing_asked',
      'response   default nothing_asked',
    ]);
  });

  it('is not asked for by a newer server, which could not hear of it', async () => {
    const recording = await modern();
    recording.questionMeta = { progressToken: 1, 'acme/x': 1 };
    await open('legacy');
    agent.silent = false;
    await agent.ask('tools/call', call('form'));
    expect(agent.asked.map(({ params }) => (params as JsonObject)['_meta'])).toEqual([{ 'acme/x': 1 }]);
  });
});

describe('an agent of an older version', () => {
  const bounds = { parkingBounds: { perAgent: 4, all: 4, milliseconds: 1000 } };
  const refusal = (answer: JsonObject): unknown =>
    ((answer['result'] as JsonObject)['_meta'] as JsonObject)['io.toolcrib/refusal'];

  it('has so long to answer a newer server, and no longer', async () => {
    const recording = await modern();
    await open('legacy', bounds);
    const answer = await agent.ask('tools/call', call('form'));
    expect(refusal(answer)).toEqual({
      reason: 'unanswered',
      rule: 'agents.bot.grants[0]',
      detail: 'the agent did not answer within 1 s what its server asked',
    });
    expect([agent.asked.length, agent.heard]).toEqual([1, takenBack('toolcrib-1')]);
    const calls = recording.asked.length;
    expect(await agent.say(late('toolcrib-1'))).toBe(202);
    agent.silent = false;
    // Nothing is left of it: the next one is asked, and answered, as if there had been none.
    expect(await agent.ask('tools/call', call('form'))).toMatchObject({ result: { content: [{}] } });
    const brought = recording.asked.slice(calls).map(({ params }) => (params as JsonObject)['inputResponses'] ?? null);
    expect(brought).toEqual([null, { q: { action: 'accept', content: { name: 'ada' } } }]);
    expect(outcomes('tools/call')).toEqual(['timeout unanswered', 'ok null']);
  });

  it('has it whatever its grant’s timeout, which is its server’s alone', async () => {
    await modern({ limits: { rate: null, concurrent: null, timeoutMs: 1500, resultBytes: null } });
    await open('legacy', { parkingBounds: { perAgent: 4, all: 4, milliseconds: 60_000 } });
    const begun = agent.begin('tools/call', call('form'));
    await until(() => agent.asked.length === 1);
    await sleep(1700);
    await agent.say({ id: 'toolcrib-1', result: { action: 'decline' } });
    expect(JSON.stringify(await begun.answer)).toContain('decline');
    expect(agent.heard).toEqual([]);
  });
});

describe('an error that sends its agent to a URL', () => {
  const VISIT = '{"mode":"url","url":"https://idp.example.com/x","elicitationId":"e","message":"m"}';
  const NEEDED = `"data":{"elicitations":[${VISIT}]}`;
  const refusesWith =
    (error: string): Behaviour =>
    (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      run.send(`{"jsonrpc":"2.0","id":${JSON.stringify(message['id'])},"error":${error}}\n`);
      return true;
    };

  it.each([
    ['its code stands twice', `{"code":-32603,"code":-32042,"message":"m",${NEEDED}}`],
    ['its code stands twice, the second time escaped', `{"code":-32603,"c\\u006fde":-32042,"message":"m",${NEEDED}}`],
    ['its code stands in another case too', `{"code":-32603,"Code":-32042,"message":"m",${NEEDED}}`],
    ['its data stands twice', `{"code":-32042,"message":"m","data":{},${NEEDED}}`],
    ['its questions stand in another case', `{"code":-32042,"message":"m","data":{"Elicitations":[${VISIT}]}}`],
    ['a key is longer than any', `{"code":-32042,"message":"m","${'k'.repeat(70_000)}":1,${NEEDED}}`],
    ['data has a key that is longer', `{"code":-32042,"data":{"${'k'.repeat(70_000)}":1,"elicitations":[${VISIT}]}}`],
  ])('is none where %s', async (_what, error) => {
    await legacy({ serverRequests: [] }, refusesWith(error));
    const answer = await agent.ask('tools/call', call('echo'));
    expect(JSON.stringify(answer)).not.toContain('idp.example.com');
    expect(JSON.stringify(answer)).toContain('an error that can be read in two ways');
    await until(() => world.audit().some((line) => 'error' in line && line.error === 'server_bad_output'));
  });

  it('reaches an agent that may be asked as it was read', async () => {
    const twice = VISIT.replace('idp', 'other').replace('}', ',"url":"https://idp.example.com/x"}');
    await legacy({}, refusesWith(`{"code":-32042,"message":"m","data":{"more":1.50,"elicitations":[${twice}]}}`));
    const bot = { authorization: `Bearer ${token}` };
    const hello = { protocolVersion: '2025-11-25', capabilities: { elicitation: { url: {} } } };
    const opened = await world.post('/mcp', bot, rpc('initialize', hello, 0));
    const session = { ...bot, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    const { body } = await world.post('/mcp', session, rpc('tools/call', call('echo'), 7));
    expect(body).toBe(
      `{"jsonrpc":"2.0","id":7,"error":{"code":-32042,"message":"m","data":{"more":1.50,"elicitations":[${VISIT}]}}}`,
    );
  });

  it.each(['legacy', 'modern'] as const)('reaches no %s agent from a newer server without a grant', async (era) => {
    const recording = await modern({ serverRequests: [] });
    recording.error = { code: -32042, message: 'm', data: { elicitations: [JSON.parse(VISIT) as JsonObject] } };
    await open(era);
    const answer = await agent.ask('tools/call', call('echo'));
    expect(answer).toMatchObject({ error: { code: -32603, message: 'm' } });
    expect(JSON.stringify(answer)).not.toContain('idp.example.com');
  });

  it.each([`{"code":-32042,"message":"m",${NEEDED}}`, `{"code":-32603,"code":-32042,"message":"m",${NEEDED}}`])(
    'reaches nobody who subscribes: %s',
    async (error) => {
      await legacy({ resources: ['pipe://**'] }, (message, run) => {
        if (message['method'] !== 'resources/subscribe') return false;
        run.send(`{"jsonrpc":"2.0","id":${JSON.stringify(message['id'])},"error":${error}}\n`);
        return true;
      });
      const answer = await agent.ask('resources/subscribe', { uri: 'pipe://one' });
      expect(answer).toMatchObject({ error: { code: -32603, message: 'Its server did not take the subscription' } });
      expect(JSON.stringify(answer)).not.toContain('idp.example.com');
    },
  );
});

describe('a client over stdio that closes its end', () => {
  it('answers nothing any more, and its bridge ends with the call that asked', async () => {
    await legacy();
    const lines: JsonObject[] = [];
    const initialize = {
      protocolVersion: '2025-11-25',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'gone', version: '1' },
    };
    async function* input(): AsyncGenerator<Buffer> {
      const messages = [rpc('initialize', initialize), { jsonrpc: '2.0', method: 'notifications/initialized' }];
      for (const message of [...messages, rpc('tools/call', call('form'), 2)])
        yield Buffer.from(`${JSON.stringify(message)}\n`);
      await until(() => lines.some(({ method }) => method === 'elicitation/create'));
    }
    await connectStdio(input(), {
      url: `${world.url}/mcp`,
      token,
      write: (line) => lines.push(JSON.parse(line) as JsonObject),
      complain: (text) => expect(text).toBe(''),
    });
    expect(lines.at(-1)).toMatchObject({ id: 2 });
    expect(lines.at(-1)).not.toHaveProperty('method');
  });
});
