/** What lasts of a subscription: no longer than its session, its grant and the wish for it, whatever happens meanwhile. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import type { Sharing } from '../../src/model/transport.js';
import type { JsonObject } from '../../src/model/definitions.js';
import type { Behaviour } from './fake-bridge.js';
import { RawAgent, type Begun } from './raw-agent.js';
import { LegacyRecording, offers, overStdio, TOOLS } from './recording-servers.js';
import { grant, rpc, until, World } from './world.js';

let world: World;
afterEach(() => world.stop());

const ALL = grant('pipe', TOOLS, { rule: 'r', resources: ['pipe://**'] });
const ONE = 'pipe://one';

/** @param behave as the bridge's; false leaves it to the recording server. */
function pipe(instances: Sharing, grants: PolicyGrant[], behave: Behaviour = () => false): LegacyRecording {
  world = new World({ servers: {}, agents: {} });
  const recording = new LegacyRecording(offers('pipe', false));
  const { defined } = recording;
  const digest = digestOf({ ...defined });
  world.policy.definitions[digest] = defined;
  const generation = { definitions: digest, tools: toolHashes(defined).tools, image: 'i', replicas: 1, instances };
  world.policy.servers['pipe'] = {
    toolbox: 'e',
    prefix: 'pipe',
    serving: 1,
    generations: { '1': { ...generation, transport: { type: 'stdio' } } },
  };
  const usual = overStdio(recording);
  world.bridge.servers.set('pipe', {
    tools: recording.tools,
    behave: (message, run) => behave(message, run) || usual(message, run),
  });
  world.policy.agents = { bot: { grants } };
  return recording;
}

function subscribe(uri: string, id: number) {
  return rpc('resources/subscribe', { uri }, id);
}

function sent(method: string): number {
  return world.bridge.received.filter(({ message }) => message['method'] === method).length;
}

/** The copies of sessions that live. */
function copies(): string[] {
  return [...world.bridge.runs].filter(([key, run]) => key.startsWith('pipe/s') && run.live()).map(([key]) => key);
}

describe('a session', () => {
  it('that asks twice at once for one URI has one subscription, and loses it by one unsubscribe', async () => {
    const server = pipe('shared', [ALL]);
    const token = world.token('bot');
    await world.start();
    const session = await world.session(token, '/mcp', '2025-03-26');
    const both = await world.post('/mcp', session, [subscribe(ONE, 1), subscribe(ONE, 2)]);
    expect(JSON.parse(both.body)).toEqual([
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: 2, result: {} },
    ]);
    await world.post('/mcp', session, rpc('resources/unsubscribe', { uri: ONE }, 3));
    // Nobody is left who wants it.
    await until(() => sent('resources/unsubscribe') === 1);
    expect(server.asked.map(({ method }) => method)).toEqual(['resources/subscribe', 'resources/unsubscribe']);
  });

  it('loses what it asked for twice at once with its grant', async () => {
    pipe('shared', [ALL]);
    const token = world.token('bot');
    await world.start();
    const session = await world.session(token, '/mcp', '2025-03-26');
    await world.post('/mcp', session, [subscribe(ONE, 1), subscribe(ONE, 2)]);
    const next = structuredClone(world.policy);
    next.agents = { bot: { grants: [grant('pipe', ['echo'], { rule: 'r' })] } };
    world.write(next);
    await world.ready();
    await until(() => sent('resources/unsubscribe') === 1);
  });

  it('holds no more than 256, however many it asks for at once', async () => {
    pipe('shared', [ALL]);
    const token = world.token('bot');
    await world.start();
    const session = await world.session(token, '/mcp', '2025-03-26');
    const many = Array.from({ length: 50 }, (_, batch) =>
      Array.from({ length: 6 }, (_each, i) => subscribe(`pipe://page/${batch * 6 + i}`, i)),
    );
    const answers = await Promise.all(many.map((each) => world.post('/mcp', session, each)));
    const all = answers.flatMap(({ body }) => JSON.parse(body) as object[]);
    expect(all.filter((each) => 'result' in each)).toHaveLength(256);
    expect(sent('resources/subscribe')).toBe(256);
  });

  it('takes its copy along, although it asked twice at once', async () => {
    pipe('session', [ALL]);
    const token = world.token('bot');
    await world.start();
    const session = await world.session(token, '/mcp', '2025-03-26');
    await world.post('/mcp', session, [subscribe(ONE, 1), subscribe(ONE, 2)]);
    expect(copies()).toHaveLength(1);
    await world.http('DELETE', '/mcp', session);
    await until(() => copies().length === 0);
  });

  it('that ends while its server has not answered takes its copy along', async () => {
    let asked = 0;
    pipe('session', [ALL], ({ method }) => method === 'resources/subscribe' && ++asked > 0);
    const token = world.token('bot');
    await world.start();
    const session = await world.session(token);
    const answer = world.post('/mcp', session, subscribe(ONE, 1));
    await until(() => asked === 1);
    await world.http('DELETE', '/mcp', session);
    expect((await answer).body).toContain('"error"');
    await until(() => copies().length === 0);
  });

  it('that ends while its subscription is signed for keeps none', async () => {
    pipe('session', [ALL]);
    world.policy.audit = { durability: 'power' };
    const token = world.token('bot');
    await world.start();
    for (let i = 0; i < 20; i++) {
      const session = await world.session(token);
      await world.post('/mcp', session, rpc('tools/call', { name: 'pipe__echo', arguments: {} }));
      const answer = world.post('/mcp', session, subscribe(ONE, 2));
      await world.http('DELETE', '/mcp', session);
      await answer;
    }
    await until(() => copies().length === 0);
  });

  it('keeps nothing of a request whose subscription is over', async () => {
    pipe('shared', [ALL]);
    const token = world.token('bot');
    await world.start();
    const session = await world.session(token);
    const pad = 'x'.repeat(1024 * 1024);
    const again = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) {
        await world.post('/mcp', session, rpc('resources/subscribe', { uri: ONE, _meta: { pad } }, 1));
        await world.post('/mcp', session, rpc('resources/unsubscribe', { uri: ONE }, 2));
      }
      return buffered();
    };
    const first = await again(2);
    const rest = await again(40);
    expect(rest - first).toBeLessThan(20 * 1024 * 1024);
  });
});

describe('a listen', () => {
  const wanted = { notifications: { resourceSubscriptions: [ONE], toolsListChanged: true } };

  /** Its server is asked, and says nothing until it is let. */
  async function listening(): Promise<{ agent: RawAgent; begun: Begun; answer: () => void; server: LegacyRecording }> {
    const held: (() => void)[] = [];
    const server = pipe('shared', [ALL], ({ method, id }, run) => {
      if (method !== 'resources/subscribe') return false;
      held.push(() => run.reply(id ?? null, {}));
      return true;
    });
    const token = world.token('bot');
    await world.start();
    const agent = await RawAgent.open(world, 'modern', token);
    const begun = agent.begin('subscriptions/listen', wanted);
    await until(() => held.length === 1);
    return { agent, begun, answer: () => held[0]?.(), server };
  }

  it.each(['grant', 'token'])('whose %s is taken while its server answers is ended unopened', async (what) => {
    const { agent, begun, answer } = await listening();
    const ended = expect(begun.answer).rejects.toThrow('without an answer');
    if (what === 'token') world.revoke(Object.values(world.policy.tokens)[0]?.id ?? '');
    else {
      const next = structuredClone(world.policy);
      next.agents = { bot: { grants: [grant('pipe', ['echo'], { rule: 'r' })] } };
      world.write(next);
    }
    await ended;
    answer();
    await until(() => sent('resources/unsubscribe') === 1);
    expect(agent.heard).toEqual([]);
  });

  it('whose agent goes while its server answers gives its place back', async () => {
    let asked = 0;
    pipe('shared', [ALL], ({ method }) => method === 'resources/subscribe' && ++asked > 0);
    const token = world.token('bot');
    await world.start({ crowdBounds: { requests: 2, bytes: 1e6, allBytes: 1e6 } });
    const agent = await RawAgent.open(world, 'modern', token);
    const begun = [1, 2].map((n) => {
      const notifications = { resourceSubscriptions: [`pipe://page/${n}`] };
      return agent.begin('subscriptions/listen', { notifications });
    });
    await until(() => asked === 2);
    for (const { leave, answer } of begun) {
      leave();
      await expect(answer).rejects.toThrow();
    }
    await until(async () => (await agent.ask('tools/call', { name: 'pipe__echo', arguments: {} }))['status'] === 200);
    await until(() => sent('resources/unsubscribe') === 2);
    const outcomes = world.audit().filter((line) => line.type === 'outcome');
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['disconnected', 'disconnected', 'ok']);
  });

  it('has an outcome in the audit for each resource', async () => {
    const { agent, begun, answer } = await listening();
    answer();
    await until(() => agent.heard.length === 1);
    const decided = world.decisions().find(({ method }) => method === 'resources/subscribe');
    const outcome = await until(() => world.audit().find((line) => line.type === 'outcome'));
    expect(outcome).toMatchObject({ seq: decided?.seq, outcome: 'ok', error: null });
    begun.leave();
    await expect(begun.answer).rejects.toThrow();
  });
});

describe.each(['legacy', 'modern'] as const)('a %s agent', (era) => {
  it('is told when its server, started anew, takes its subscription no more', async () => {
    let taken = 0;
    // Over stdio only who has an instance of its own is offered logs.
    pipe(era === 'legacy' ? 'session' : 'shared', [ALL], ({ method, id }, run) => {
      if (method !== 'resources/subscribe' || ++taken === 1) return false;
      run.send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":-32002,"message":"no such resource"}}\n`);
      return true;
    });
    const token = world.token('bot');
    await world.start();
    const agent = await RawAgent.open(world, era, token);
    const notifications = { resourceSubscriptions: [ONE] };
    let over: Promise<unknown> = Promise.resolve();
    if (era === 'modern') {
      over = agent.ask('subscriptions/listen', { notifications }).catch((cause: unknown) => String(cause));
      await until(() => agent.heard.length === 1);
    } else {
      await agent.plain('GET');
      expect(await agent.ask('logging/setLevel', { level: 'info' })).toMatchObject({ result: {} });
      expect(await agent.ask('resources/subscribe', { uri: ONE })).toMatchObject({ result: {} });
    }
    world.bridge.runs.get('pipe')?.exit();
    const denied = await until(() => world.decisions().find(({ reason }) => reason === 'renewal_declined'));
    const about = { agent: 'bot', method: 'resources/subscribe', server: 'pipe', tool: ONE };
    expect(denied).toMatchObject({ ...about, decision: 'deny', rule: 'default', endpoint: '/mcp' });
    if (era === 'modern') {
      // Its stream ends; whoever listens anew is told what there is.
      expect(await over).toContain('without an answer');
      const again = agent.ask('subscriptions/listen', { notifications }).catch(() => null);
      await until(() => agent.heard.length === 2);
      expect(agent.heard[1]).toMatchObject({ params: { notifications: {} } });
      agent.close();
      await again;
      return;
    }
    await until(() => agent.heard.length === 2);
    expect(agent.heard).toEqual([
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: ONE } },
      expect.objectContaining({
        method: 'notifications/message',
        params: expect.objectContaining({ level: 'warning', logger: 'toolcrib' }) as unknown,
      }),
    ]);
    expect(await agent.ask('resources/subscribe', { uri: ONE })).toMatchObject({ error: { code: -32002 } });
    agent.close();
  });

  it('hears what lies below its resource where it is granted, by the policy of the moment', async () => {
    const secret = { resources: ['pipe://one/secret*'] };
    const server = pipe('shared', [
      grant('pipe', [], { ...secret, effect: 'deny' }),
      grant('pipe', ['echo'], { resources: [ONE, 'pipe://one/a', 'pipe://one/b', 'pipe://one/secret*'] }),
    ]);
    const token = world.token('bot');
    await world.start();
    const agent = await RawAgent.open(world, era, token);
    const heard = (): unknown[] =>
      agent.heard
        .filter(({ method }) => method === 'notifications/resources/updated')
        .map(({ params }) => (params as JsonObject)['uri']);
    let over: Promise<unknown>;
    if (era === 'modern') {
      over = agent.ask('subscriptions/listen', { notifications: { resourceSubscriptions: [ONE] } }).catch(() => 0);
      await until(() => agent.heard.length === 1);
    } else {
      over = (await agent.plain('GET')).over;
      await agent.ask('resources/subscribe', { uri: ONE });
    }
    for (const below of ['/secret', '/other', '/b', '/secret/x', '/a', '']) {
      server.say('notifications/resources/updated', { uri: ONE + below });
    }
    await until(() => heard().includes(ONE));
    expect(heard()).toEqual(['pipe://one/b', 'pipe://one/a', ONE]);

    const next = structuredClone(world.policy);
    next.agents = { bot: { grants: [grant('pipe', ['echo'], { resources: [ONE, 'pipe://one/a'] })] } };
    world.write(next);
    await world.ready();
    for (const below of ['/b', '/a']) server.say('notifications/resources/updated', { uri: ONE + below });
    await until(() => heard().length > 3);
    expect(heard().slice(3)).toEqual(['pipe://one/a']);
    agent.close();
    await over;
  });
});

/** Bytes that are reachable still. */
async function buffered(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().arrayBuffers;
}
