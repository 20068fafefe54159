/** Policies come and go under live sessions. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import { parseToken } from '../../src/model/token.js';
import type { Policy } from '../../src/policy/artifact.js';
import { call, definitionsOf, grant, rpc, tool, until, World } from './world.js';

let world: World;
let token = '';

beforeEach(async () => {
  world = new World({
    servers: { files: [tool('read'), tool('write')] },
    agents: { bot: [grant('files', ['read', 'write'])] },
  });
  token = world.token('bot');
  await world.start();
});
afterEach(() => world.stop());

const clone = (): Policy => structuredClone(world.policy);
const listed = async (headers: Record<string, string>): Promise<string[]> => {
  const { result } = JSON.parse((await world.post('/mcp', headers, rpc('tools/list'))).body) as {
    result: { tools: { name: string }[] };
  };
  return result.tools.map((each) => each.name);
};

describe('a new policy', () => {
  it('is in force on live sessions as soon as it is acknowledged', async () => {
    const headers = await world.session(token);
    expect(await listed(headers)).toEqual(['files__read', 'files__write']);
    const narrower = clone();
    narrower.agents['bot'] = { grants: [grant('files', ['read'])] };
    const { digest, seq } = world.write(narrower);
    expect(await world.ready()).toMatchObject({ seq, digest, refused: null });
    expect(await listed(headers)).toEqual(['files__read']);
    expect((await world.post('/mcp', headers, call('files__write'))).body).toContain('Unknown tool');
    expect(world.bridge.calls()).toEqual([]);
  });

  it.each([
    ['the tool', (policy: Policy) => (policy.agents['bot'] = { grants: [grant('files', ['write'])] }), 'Unknown tool'],
    ['the token', (policy: Policy) => (policy.tokens = {}), 'Unauthorized'],
    ['the agent', (policy: Policy) => (policy.agents = {}), 'Unauthorized'],
  ])('that takes away %s holds for a request whose body is still on its way', async (_what, narrow, said) => {
    const headers = await world.session(token);
    const answer = world.drip('/mcp', headers, call('files__read'), async () => {
      const narrower = clone();
      narrow(narrower);
      world.write(narrower);
      await world.ready();
    });
    expect((await answer).body).toContain(said);
    expect(world.bridge.calls()).toEqual([]);
    expect(world.decisions().at(-1)).toMatchObject({ decision: 'deny', policy: world.ack()?.digest });
  });

  it('ends the sessions and tokens of agents that are gone', async () => {
    const headers = await world.session(token);
    const without = clone();
    without.agents = {};
    world.write(without);
    await world.ready();
    expect((await world.post('/mcp', headers, call('files__read'))).status).toBe(401);
    without.agents = { bot: { grants: [grant('files', ['read'])] } };
    world.write({ ...without });
    await world.ready();
    expect((await world.post('/mcp', headers, call('files__read'))).status).toBe(404);
  });

  it('does not disturb sessions it does not concern', async () => {
    const headers = await world.session(token);
    const same = clone();
    same.agents['second'] = { grants: [] };
    world.write(same);
    await world.ready();
    expect((await world.post('/mcp', headers, call('files__read'))).status).toBe(200);
    expect(world.bridge.opened).toBe(1);
  });
});

describe('a policy that cannot be taken', () => {
  const bad: [string, (seq: string) => [string, string], RegExp][] = [
    [
      'content that does not match its name',
      (seq) => [`${seq}-${'0'.repeat(64)}.json`, '{}'],
      /does not match its name/,
    ],
    ['an empty file', (seq) => [`${seq}-${'1'.repeat(64)}.json`, ''], /does not match its name/],
  ];
  it.each(bad)('%s leaves the last good one in force', async (_name, make, words) => {
    const headers = await world.session(token);
    world.writeFile(...make('00000009'));
    const ack = await until(() => (world.ack()?.refused ? world.ack() : null));
    expect(ack).toMatchObject({ seq: 1 });
    expect(ack?.refused).toMatch(words);
    expect((await world.post('/mcp', headers, call('files__read'))).status).toBe(200);
  });

  it('an unknown field', async () => {
    const odd = { ...clone(), surprise: true } as Policy;
    world.write(odd);
    const ack = await until(() => (world.ack()?.refused ? world.ack() : null));
    expect(ack).toMatchObject({ seq: 1 });
    expect(ack?.refused).toMatch(/surprise/);
  });

  it('a lower number than before, even after a restart', async () => {
    const narrower = clone();
    narrower.agents = {};
    world.write(narrower);
    await world.ready();
    await world.proxy.close();
    const files = clone();
    world.seq = 0;
    writeFileSync(join(world.dir, 'policy', 'policies', `00000002-${world.ack()?.digest}.json`), '');
    world.write({ ...files, agents: { bot: { grants: [grant('files', ['read'])] } } });
    await world.startProxy();
    const ack = await until(() => (world.ack()?.refused && world.ack()?.seq === 0 ? world.ack() : null));
    expect(ack?.refused).toBeTruthy();
    expect((await world.post('/mcp', { authorization: `Bearer ${token}` }, call('files__read'))).status).toBe(503);
  });
});

it('a token revoked at once is refused on its live session, for good', async () => {
  const headers = await world.session(token);
  const id = parseToken(token)?.id ?? '';
  world.revoke(id);
  await until(() => world.ack()?.revoked.includes(id));
  expect((await world.post('/mcp', headers, call('files__read'))).status).toBe(401);
  world.write(clone());
  await world.ready();
  expect((await world.post('/mcp', headers, call('files__read'))).status).toBe(401);
});

it('a token revoked at once is refused even where the body of its request was still on its way', async () => {
  const headers = await world.session(token);
  const id = parseToken(token)?.id ?? '';
  const answer = await world.drip('/mcp', headers, call('files__read'), async () => {
    world.revoke(id);
    await until(() => world.ack()?.revoked.includes(id));
  });
  expect(answer.status).toBe(401);
  expect(world.bridge.calls()).toEqual([]);
});

it('is not ready before its first policy, and says nothing but that', async () => {
  await world.proxy.close();
  const empty = new World({ servers: {}, agents: {} });
  empty.seq = -1;
  await empty.bridge.listen(join(empty.dir, 'bridge.sock'));
  await empty.startProxy();
  expect(await empty.http('GET', '/healthz', {})).toMatchObject({ status: 200, body: 'ok\n' });
  expect(await empty.http('GET', '/readyz', {})).toMatchObject({ status: 503, body: 'not ready\n' });
  expect((await empty.post('/mcp', {}, call('files__read'))).status).toBe(503);
  await until(() => empty.ack()?.seq === 0);
  empty.seq = 0;
  empty.write();
  await empty.ready();
  expect(await empty.http('GET', '/readyz', {})).toMatchObject({ status: 200, body: 'ready\n' });
  await empty.stop();
  await world.startProxy();
});

describe('a candidate generation', () => {
  function withCandidate(tools = [tool('read'), tool('write')]): Policy {
    const policy = clone();
    const definitions = definitionsOf([tool('read'), tool('write')]);
    const digest = digestOf({ ...definitions });
    policy.definitions[digest] = definitions;
    const server = policy.servers['files'];
    if (server)
      server.generations['2'] = {
        definitions: digest,
        tools: toolHashes(definitions).tools,
        image: 'sha256:new',
        transport: { type: 'stdio' },
        instances: 'shared',
        replicas: 1,
      };
    world.bridge.servers.set('files@2', { tools });
    return policy;
  }

  it('is gated beside the one that serves, then takes over; the old one is drained', async () => {
    const headers = await world.session(token);
    world.write(withCandidate());
    expect((await world.ready()).generations).toMatchObject({
      'files@1': { state: 'ready' },
      'files@2': { state: 'ready' },
    });
    await world.post('/mcp', headers, call('files__read'));
    const final = clone();
    const server = final.servers['files'];
    if (server)
      final.servers['files'] = {
        ...server,
        serving: 2,
        generations: { '2': server.generations['2'] ?? server.generations['1']! },
      };
    world.write(final);
    expect(Object.keys((await world.ready()).generations)).toEqual(['files@2']);
    await world.post('/mcp', headers, call('files__read'));
    const calls = world.bridge.received.filter(({ message }) => message['method'] === 'tools/call');
    expect(calls.map(({ generation }) => generation)).toEqual([1, 2]);
  });

  it.each([
    ['changed', [tool('read', { more: {} }), tool('write')], /changed: read/],
    ['missing', [tool('read')], /missing: write/],
  ])('fails its gate when a tool is %s', async (_name, tools, words) => {
    world.write(withCandidate(tools));
    const { generations } = await world.ready();
    expect(generations['files@1']).toMatchObject({ state: 'ready' });
    expect(generations['files@2']).toMatchObject({ state: 'failed', code: 'definition_changed' });
    expect(generations['files@2']?.reason).toMatch(words);
  });

  it('passes with an extra tool, which is withheld', async () => {
    world.write(withCandidate([tool('read'), tool('write'), tool('new')]));
    expect((await world.ready()).generations['files@2']).toMatchObject({ state: 'ready', extra: ['new'] });
  });

  it('that exits at once fails with the reason', async () => {
    world.write(withCandidate());
    world.bridge.servers.set('files@2', {
      tools: [],
      behave: (_message, run) => {
        run.exit();
        return true;
      },
    });
    expect((await world.ready()).generations['files@2']).toMatchObject({ state: 'failed', code: 'server_exited' });
  });

  it('that writes no JSON fails with the reason', async () => {
    world.write(withCandidate());
    world.bridge.servers.set('files@2', {
      tools: [],
      behave: (_message, run) => {
        run.send('Server listening on stdio\n');
        return true;
      },
    });
    expect((await world.ready()).generations['files@2']).toMatchObject({ state: 'failed', code: 'server_bad_output' });
  });

  it('waits for calls under way before the old one is closed', async () => {
    let release: (() => void) | null = null;
    const old = world.bridge.servers.get('files');
    if (old) {
      old.behave = (message, run) => {
        if (message['method'] !== 'tools/call') return false;
        release = () => run.reply(message['id'] ?? null, { content: [{ type: 'text', text: 'from the old one' }] });
        return true;
      };
    }
    const headers = await world.session(token);
    const under = world.post('/mcp', headers, call('files__read'));
    await until(() => release);
    const without = clone();
    without.servers = {};
    world.write(without);
    await world.ready();
    (release as (() => void) | null)?.();
    expect((await under).body).toContain('from the old one');
  });
});
