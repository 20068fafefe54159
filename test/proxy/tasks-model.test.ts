/**
 * Law, over the wire: whatever agents, policy and server do, an agent is told of the tasks that it has made and that are
 * still its own, and of nobody else's; the reference is the list of who made what. The server gives few ids, again and again.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { digestOf } from '../../src/definitions/hash.js';
import type { JsonObject } from '../../src/model/definitions.js';
import type { Run } from './fake-bridge.js';
import { grant, rpc, tool, until, World } from './world.js';

const AGENTS = ['one', 'two', 'three'] as const;
type Agent = (typeof AGENTS)[number];
const RUNS = Number(process.env['TOOLCRIB_TASK_RUNS'] ?? 6);
const METHODS = ['tasks/get', 'tasks/result', 'tasks/cancel'] as const;

type Action =
  | { do: 'make'; agent: Agent; raw: number }
  | { do: 'ask'; agent: Agent; method: (typeof METHODS)[number]; which: number }
  | { do: 'list'; agent: Agent }
  | { do: 'policy'; granted: Agent[] }
  | { do: 'restart' };

const agent = fc.constantFrom(...AGENTS);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('make' as const), agent, raw: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      agent,
      method: fc.constantFrom(...METHODS),
      which: fc.nat({ max: 30 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list' as const), agent }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('policy' as const), granted: fc.subarray([...AGENTS]) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

interface Made {
  agent: Agent;
  id: string;
  raw: string;
  /** What its result says. */
  label: string;
}

const CAPABILITIES = { tools: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } };
const TOOLS = [tool('work', { raw: {}, label: {} }, { execution: { taskSupport: 'optional' } })];

it(`tells every agent of its own tasks alone, in ${RUNS} lives`, { timeout: 300_000 }, async () => {
  const world = new World({ servers: { jobs: TOOLS }, agents: {} });
  const [definitions] = Object.values(world.policy.definitions);
  const generation = world.policy.servers['jobs']?.generations['1'];
  if (!definitions || !generation) throw new Error('no server');
  definitions.capabilities = CAPABILITIES;
  generation.definitions = digestOf({ ...definitions });
  world.policy.definitions = { [generation.definitions]: definitions };
  const give = (granted: readonly Agent[]): void => {
    const whole = (name: Agent) => [grant('jobs', granted.includes(name) ? ['work'] : [], { prompts: ['kept'] })];
    world.policy.agents = Object.fromEntries(AGENTS.map((name) => [name, { grants: whole(name) }]));
  };
  give(AGENTS);

  /** The server's own: id → what the result says. A new run knows nothing. */
  let known = new Map<string, string>();
  let run: Run | null = null;
  world.bridge.servers.set('jobs', {
    tools: TOOLS,
    behave: (message, now) => {
      const { id, method, params } = message as { id: number; method: string; params?: JsonObject };
      const args = params?.['arguments'] as { raw: string; label: string } | undefined;
      const taskId = args?.raw ?? (typeof params?.['taskId'] === 'string' ? params['taskId'] : '');
      const at = '2026-01-01T00:00:00Z';
      const state = (status: string): JsonObject => ({ taskId, status, ttl: 60_000, createdAt: at, lastUpdatedAt: at });
      if (method === 'initialize') {
        known = new Map();
        run = now;
        now.reply(id, { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, serverInfo: {} });
      } else if (method === 'tools/call' && args) {
        known.set(taskId, args.label);
        now.reply(id, { task: state('working') });
      } else if (method === 'tasks/result') {
        now.reply(id, { content: [{ type: 'text', text: known.get(taskId) ?? 'nothing' }] });
      } else if (method === 'tasks/get') now.reply(id, { ...state('working'), statusMessage: known.get(taskId) ?? '' });
      else if (method === 'tasks/cancel')
        now.reply(id, { ...state('cancelled'), statusMessage: known.get(taskId) ?? '' });
      else return false;
      return true;
    },
  });
  const tokens = Object.fromEntries(AGENTS.map((name) => [name, world.token(name)]));
  await world.start();
  const sessions = Object.fromEntries(
    await Promise.all(AGENTS.map(async (name) => [name, await world.session(tokens[name] ?? '')] as const)),
  );
  const send = async (who: Agent, method: string, params: JsonObject) => {
    const { body } = await world.post('/mcp', sessions[who] ?? {}, rpc(method, params));
    return JSON.parse(body) as {
      result?: JsonObject & { task?: JsonObject; tasks?: JsonObject[] };
      error?: JsonObject;
    };
  };

  let labels = 0;
  const counts = { told: 0, refused: 0, stolen: 0 };
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 60, maxLength: 60, size: 'max' }), async (life) => {
        let granted: readonly Agent[] = AGENTS;
        give(granted);
        world.write();
        await world.ready();
        /** Every one ever made, and those that are somebody's still. */
        const made: Made[] = [];
        let live: Made[] = [];
        const restart = async (): Promise<void> => {
          const { opened } = world.bridge;
          run?.exit();
          await until(() => world.bridge.opened > opened);
          await world.ready();
          live = [];
        };
        await restart();
        for (const next of life) {
          if (next.do === 'restart') await restart();
          else if (next.do === 'policy') {
            granted = next.granted;
            give(granted);
            world.write();
            await world.ready();
            live = live.filter((task) => granted.includes(task.agent));
          } else if (next.do === 'make') {
            const [raw, label] = [String(next.raw), `label-${++labels}-of-${next.agent}`];
            const params = { name: 'jobs__work', arguments: { raw, label }, task: {} };
            const { result, error } = await send(next.agent, 'tools/call', params);
            if (!granted.includes(next.agent)) expect(error).toBeDefined();
            else {
              const task = { agent: next.agent, id: result?.task?.['taskId'] as string, raw, label };
              expect(task.id).toMatch(/^tcs1\./);
              // The same id again is another task.
              live = [...live.filter((other) => other.raw !== raw), task];
              made.push(task);
            }
          } else if (next.do === 'list') {
            const own = live.filter((task) => task.agent === next.agent).map(({ id }) => id);
            const { result, error } = await send(next.agent, 'tasks/list', {});
            if (granted.includes(next.agent)) expect(result?.tasks?.map(({ taskId }) => taskId)).toEqual(own);
            else expect(error).toBeDefined();
          } else {
            const task = made[made.length === 0 ? 0 : next.which % made.length];
            if (!task) continue;
            const before = world.bridge.received.length;
            const answer = await send(next.agent, next.method, { taskId: task.id });
            if (live.includes(task) && task.agent === next.agent) {
              expect(JSON.stringify(answer.result)).toContain(task.label);
              counts.told++;
            } else {
              expect(answer.error).toMatchObject({ code: granted.includes(next.agent) ? -32602 : -32601 });
              expect(JSON.stringify(answer)).not.toContain('label-');
              expect(world.bridge.received.slice(before).map(({ line }) => line)).not.toContain(
                expect.stringContaining(next.method),
              );
              counts.refused++;
              if (task.agent !== next.agent) counts.stolen++;
            }
          }
        }
        world.bridge.received.length = 0;
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(Math.min(counts.told, counts.refused, counts.stolen)).toBeGreaterThan(RUNS);
  } finally {
    await world.stop();
  }
});
