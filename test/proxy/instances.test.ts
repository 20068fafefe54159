/** Whose calls share an instance: routed by keys that say nothing, gated each, spread over replicas, asked by nobody else's server. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import { digestOf } from '../../src/definitions/hash.js';
import { INSTANCE_PATTERN, type Sharing } from '../../src/model/transport.js';
import { call, grant, initialize, rpc, tool, until, World } from './world.js';

let world: World;

afterEach(() => world.stop());

function begin(instances: Sharing, replicas = 1): void {
  world = new World({
    servers: { own: [tool('one')] },
    agents: { ann: [grant('own', ['one'])], bob: [grant('own', ['one'])] },
  });
  const generation = world.policy.servers['own']?.generations['1'];
  if (!generation) throw new Error('no generation');
  Object.assign(generation, { instances, replicas });
}

/** Instances that a message reached, in the order of their first. */
function reached(method: string): (string | undefined)[] {
  const all = world.bridge.received.filter(({ message }) => message['method'] === method);
  return [...new Set(all.map(({ instance }) => instance))];
}

async function ask(session: Record<string, string>, id: number): Promise<JsonObject> {
  return JSON.parse((await world.post('/mcp', session, call('own__one', {}, id))).body) as JsonObject;
}

const FINE = { result: { content: [{ type: 'text', text: 'one {}' }] } };

describe('instances', () => {
  it.each<[Sharing, number]>([
    ['shared', 1],
    ['agent', 2],
    ['session', 3],
  ])('of %s: three sessions of two agents have %i', async (sharing, count) => {
    begin(sharing);
    const [ann, bob] = [world.token('ann'), world.token('bob')];
    await world.start();
    const sessions = [await world.session(ann), await world.session(ann), await world.session(bob)];
    for (const [i, session] of [...sessions, ...sessions].entries()) expect(await ask(session, i)).toMatchObject(FINE);
    const used = reached('tools/call');
    expect(used).toHaveLength(count);
    for (const key of sharing === 'shared' ? [] : used) expect(key).toMatch(INSTANCE_PATTERN);
    expect(JSON.stringify(used)).not.toMatch(/ann|bob/);
    // Each was asked what it offers before its first call.
    expect(reached('tools/list')).toEqual(expect.arrayContaining(used));
  });

  it('are not made of a template that shows something else', async () => {
    begin('agent');
    world.bridge.servers.set('own', { tools: [tool('one', {}, { description: 'another one' })] });
    const serving = world.policy.servers['own'];
    if (serving) serving.serving = null;
    const token = world.token('ann');
    await world.start();
    await until(() => world.ack()?.generations['own@1']?.code === 'definition_changed');
    await world.session(token);
    expect(reached('tools/call')).toEqual([]);
  });

  it('of a session go with it, and no other notices', async () => {
    begin('session');
    const token = world.token('ann');
    await world.start();
    const [one, two] = [await world.session(token), await world.session(token)];
    expect(await ask(one, 1)).toMatchObject(FINE);
    expect(await ask(two, 2)).toMatchObject(FINE);
    const [first, second] = reached('tools/call');
    expect(world.bridge.runs.get(`own/${first ?? ''}`)?.live()).toBe(true);
    expect((await world.http('DELETE', '/mcp', one)).status).toBe(204);
    await until(() => world.bridge.runs.get(`own/${first ?? ''}`)?.live() === false);
    expect(await ask(two, 3)).toMatchObject(FINE);
    expect(world.bridge.received.at(-1)?.instance).toBe(second);
    expect(reached('tools/call')).toEqual([first, second]);
  });

  it('that end are opened again under the same key, and no other notices', async () => {
    begin('agent');
    const [ann, bob] = [world.token('ann'), world.token('bob')];
    await world.start();
    const [one, two] = [await world.session(ann), await world.session(bob)];
    expect(await ask(one, 1)).toMatchObject(FINE);
    const [first] = reached('tools/call');
    world.bridge.runs.get(`own/${first ?? ''}`)?.exit();
    expect(await ask(two, 2)).toMatchObject(FINE);
    expect(await ask(one, 3)).toMatchObject(FINE);
    expect(reached('tools/call')).toHaveLength(2);
    expect(world.bridge.received.at(-1)?.instance).toBe(first);
  });
});

it('replicas share the work: a call goes to the one with the fewest', async () => {
  begin('shared', 3);
  const waiting: (() => void)[] = [];
  const server = world.bridge.servers.get('own');
  if (!server) throw new Error('no server');
  server.behave = (message, run) => {
    if (message['method'] !== 'tools/call') return false;
    waiting.push(() => run.reply(message['id'] as Json, { content: [{ type: 'text', text: 'one {}' }] }));
    return true;
  };
  const token = world.token('ann');
  await world.start();
  await until(
    () =>
      reached('tools/list').length === 3 &&
      world.log.filter((line) => 'event' in line && line.event === 'ready').length === 3,
  );
  const session = await world.session(token);
  const answers = [1, 2, 3, 4, 5, 6].map((id) => ask(session, id));
  await until(() => waiting.length === 6);
  const calls = world.bridge.received.filter(({ message }) => message['method'] === 'tools/call');
  const each = ['r1', 'r2', 'r3'].map((key) => calls.filter(({ instance }) => instance === key).length);
  expect(each).toEqual([2, 2, 2]);
  for (const reply of waiting) reply();
  expect(await Promise.all(answers)).toMatchObject(answers.map(() => FINE));
});

describe('roots that have changed', () => {
  const CHANGED = 'notifications/roots/list_changed';
  const told = (): (string | undefined)[] => reached(CHANGED);

  /** A session whose agent has roots, or has not said so. */
  async function open(token: string, roots: boolean): Promise<Record<string, string>> {
    const authorization = `Bearer ${token}`;
    const hello = initialize();
    const params = hello['params'] as JsonObject;
    params['capabilities'] = roots ? { roots: { listChanged: true } } : {};
    const { headers } = await world.post('/mcp', { authorization }, hello);
    return { authorization, 'mcp-session-id': String(headers['mcp-session-id']) };
  }

  it.each<[Sharing, number]>([
    ['session', 1],
    ['agent', 0],
    ['shared', 0],
  ])(
    'instances of %s: the server hears of its own session alone, where it may ask for them',
    async (sharing, count) => {
      begin(sharing);
      world.policy.agents = {
        ann: { grants: [grant('own', ['one'], { serverRequests: ['roots'], rule: 'r' })] },
        bob: { grants: [grant('own', ['one'], { rule: 'r' })] },
      };
      const [ann, bob] = [world.token('ann'), world.token('bob')];
      await world.start();
      const sessions = [await open(ann, true), await open(ann, true), await open(ann, false), await open(bob, true)];
      for (const [i, session] of sessions.entries()) expect(await ask(session, i)).toMatchObject(FINE);
      const offered = world.bridge.received.filter(({ message }) => message['method'] === 'initialize').at(-1)?.message;
      const roots = (offered?.['params'] as JsonObject)['capabilities'] as JsonObject;
      expect(roots['roots']).toEqual(sharing === 'session' ? { listChanged: true } : undefined);
      const [first, ...others] = sessions;
      const notification = { jsonrpc: '2.0', method: CHANGED };
      // Theirs may not be asked for, or were not offered; those of a session that never called have no server.
      for (const session of [others[1], others[2], await open(ann, true)])
        expect((await world.post('/mcp', session ?? {}, notification)).status).toBe(202);
      expect(told()).toEqual([]);
      expect((await world.post('/mcp', first ?? {}, notification)).status).toBe(202);
      const calls = world.bridge.received.filter(({ message }) => message['method'] === 'tools/call');
      if (count > 0) await until(() => told().length > 0);
      expect(told()).toEqual(count === 0 ? [] : [calls[0]?.instance]);
      const signed = world.decisions().filter(({ method }) => method === CHANGED);
      expect(signed.map(({ agent, server, decision }) => [agent, server, decision])).toEqual(
        count === 0 ? [] : [['ann', 'own', 'allow']],
      );
    },
  );
});

describe('what a session has of its own', () => {
  const RESOURCES = { uri: 'own://one', name: 'one' };

  async function start(): Promise<{ ann: string; bob: string }> {
    begin('session');
    const given = { resources: ['own://**'], rule: 'r' };
    for (const agent of ['ann', 'bob']) world.policy.agents[agent] = { grants: [grant('own', ['one'], given)] };
    const capabilities = { tools: {}, resources: { subscribe: true } };
    const generation = world.policy.servers['own']?.generations['1'];
    const locked = generation && world.policy.definitions[generation.definitions];
    if (!generation || !locked) throw new Error('no generation');
    const definitions = { ...locked, capabilities, resources: [RESOURCES] };
    generation.definitions = digestOf({ ...definitions });
    world.policy.definitions = { [generation.definitions]: definitions };
    const server = world.bridge.servers.get('own');
    if (!server) throw new Error('no server');
    server.behave = ({ id, method, params }, run) => {
      const { protocolVersion } = (params ?? {}) as { protocolVersion?: string };
      if (method === 'initialize')
        run.reply(id ?? null, { protocolVersion: protocolVersion ?? '', capabilities, serverInfo: {} });
      else if (method === 'resources/list') run.reply(id ?? null, { resources: [RESOURCES] });
      else if (method === 'resources/templates/list') run.reply(id ?? null, { resourceTemplates: [] });
      else if (typeof method === 'string' && method.startsWith('resources/')) run.reply(id ?? null, {});
      else return false;
      return true;
    };
    const tokens = { ann: world.token('ann'), bob: world.token('bob') };
    await world.start();
    return tokens;
  }

  it('is subscribed to there, and not in another’s, though it has not been called before', async () => {
    const { ann, bob } = await start();
    const [hers, his] = [await world.session(ann), await world.session(bob)];
    expect(await ask(hers, 1)).toMatchObject(FINE);
    const [her] = reached('tools/call');
    const subscribe = rpc('resources/subscribe', { uri: RESOURCES.uri });
    expect(JSON.parse((await world.post('/mcp', his, subscribe)).body)).toMatchObject({ result: {} });
    const at = reached('resources/subscribe');
    expect(at).toEqual([expect.stringMatching(INSTANCE_PATTERN)]);
    expect(at).not.toContain(her);
    expect(await ask(his, 2)).toMatchObject(FINE);
    expect(reached('tools/call')).toEqual([her, ...at]);
    // Once, though its server had to be opened for it.
    expect(world.bridge.received.filter(({ message }) => message['method'] === 'resources/subscribe')).toHaveLength(1);
    const [first] = at;
    world.bridge.runs.get(`own/${first ?? ''}`)?.exit();
    await until(() => world.bridge.received.filter(({ message }) => message['method'] === 'resources/subscribe')[1]);
    expect(reached('resources/subscribe')).toEqual(at);
  });
});
