/** A grant's limits: counted for the agent, whatever its tokens, sessions and policies. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PolicyLimits } from '../../src/policy/artifact.js';
import type { Refusal } from '../../src/proxy/message/reply.js';
import { call, grant, tool, until, World } from './world.js';

const LIMITS: PolicyLimits = { rate: null, concurrent: null, timeoutMs: null, resultBytes: null };

let world: World;
let now = 0;
let tokens: string[] = [];
/** Answers that the server holds back. */
let held: (() => void)[] = [];

async function start(limits: Partial<PolicyLimits>): Promise<void> {
  world = new World({
    servers: { files: [tool('read'), tool('hold'), tool('big')] },
    agents: { bot: [grant('files', ['read', 'hold', 'big'], { limits: { ...LIMITS, ...limits } })], other: [] },
  });
  world.bridge.servers.set('files', {
    tools: [tool('read'), tool('hold'), tool('big')],
    behave: (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      const { name } = message['params'] as { name: string };
      const text = name === 'big' ? 'x'.repeat(5000) : 'done';
      const answer = (): void => run.reply(message['id'] ?? null, { content: [{ type: 'text', text }] });
      if (name === 'hold') held.push(answer);
      else answer();
      return true;
    },
  });
  tokens = [world.token('bot'), world.token('bot')];
  await world.start({ clock: () => now });
}

/** The answer's refusal; null: it passed. */
async function tried(name: string, token = 0): Promise<Refusal | null> {
  const session = await world.session(tokens[token] ?? '');
  const { body } = await world.post('/mcp', session, call(`files__${name}`));
  const { result } = JSON.parse(body) as { result: { isError?: boolean; _meta?: Record<string, Refusal> } };
  return result._meta?.['io.toolcrib/refusal'] ?? null;
}
const arrived = (): number => world.bridge.calls().length;

beforeEach(() => {
  now = 0;
  held = [];
});
afterEach(() => world.stop());

it('so many calls at once, and back evenly, for all tokens of the agent together', async () => {
  await start({ rate: { calls: 2, milliseconds: 60_000 } });
  expect(await tried('read', 0)).toBeNull();
  expect(await tried('read', 1)).toBeNull();
  const refused = { reason: 'limit_rate', rule: 'agents.bot.grants[0]', retryAfterMs: 30_000 };
  expect(await tried('read', 0)).toMatchObject(refused);
  expect(await tried('read', 1)).toMatchObject({ ...refused, detail: expect.stringContaining('in 30 s') as string });
  expect(arrived()).toBe(2);
  now += 30_000;
  expect(await tried('read', 1)).toBeNull();
  expect(await tried('read', 0)).toMatchObject(refused);
  now += 3_600_000;
  expect(await tried('read')).toBeNull();
  expect(await tried('read')).toBeNull();
  expect(await tried('read')).toMatchObject(refused); // an hour away saves up no more than two
  expect(world.decisions().filter(({ reason }) => reason === 'limit_rate')).toHaveLength(4);
});

it('a new policy gives no call back', async () => {
  await start({ rate: { calls: 1, milliseconds: 60_000 } });
  expect(await tried('read')).toBeNull();
  world.write({ ...world.policy, origins: ['https://other.test'] });
  await world.ready();
  expect(await tried('read')).toMatchObject({ reason: 'limit_rate' });
  now += 60_000;
  expect(await tried('read')).toBeNull();
});

it('so many under way at once, until one has ended', async () => {
  await start({ concurrent: 1 });
  const first = tried('hold', 0);
  await until(() => held.length === 1);
  expect(await tried('read', 1)).toMatchObject({ reason: 'limit_concurrent' });
  held[0]?.();
  expect(await first).toBeNull();
  expect(await tried('read', 1)).toBeNull();
  expect(arrived()).toBe(2);
});

it('a time, after which the server is told and the agent has its answer', async () => {
  await start({ timeoutMs: 30 });
  expect(await tried('hold')).toMatchObject({ reason: 'timeout', detail: 'no answer within 0.03 s' });
  await until(() => world.bridge.received.some(({ message }) => message['method'] === 'notifications/cancelled'));
  await until(() => world.audit().some((line) => line.type === 'outcome' && line.outcome === 'timeout'));
});

it('a result of a size', async () => {
  await start({ resultBytes: 1000 });
  expect(await tried('read')).toBeNull();
  expect(await tried('big')).toMatchObject({ reason: 'limit_result' });
  await until(() => world.audit().some((line) => line.type === 'outcome' && line.error === 'limit_result'));
});

it('the arguments stand in the audit where the grant says so, and only there', async () => {
  await start({});
  const session = await world.session(tokens[0] ?? '');
  await world.post('/mcp', session, call('files__read', { path: 'canary-1' }));
  expect(JSON.stringify(world.audit())).not.toContain('canary-1');
  const agents = { bot: { grants: [grant('files', ['read'], { auditArguments: 'full', rule: 'r' })] } };
  world.write({ ...world.policy, agents });
  await world.ready();
  await world.post('/mcp', session, call('files__read', { path: 'canary-2' }));
  expect(world.decisions().at(-1)?.sent).toBe('{"path":"canary-2"}');
  expect(JSON.stringify(world.audit())).not.toContain('canary-1');
});

it('a rate that is declared later begins with all its calls', async () => {
  await start({ concurrent: 5 });
  expect(await tried('read')).toBeNull();
  const limits = { ...LIMITS, concurrent: 5, rate: { calls: 2, milliseconds: 60_000 } };
  world.policy.agents['bot'] = { grants: [grant('files', ['read'], { rule: 'agents.bot.grants[0]', limits })] };
  world.write();
  await world.ready();
  expect([await tried('read'), await tried('read')]).toEqual([null, null]);
  expect(await tried('read')).toMatchObject({ reason: 'limit_rate' });
});
