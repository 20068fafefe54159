/** Which tools can be called as tasks, and what lists and `explain` say of it. */
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/definitions/hash.js';
import type { Definition, JsonObject } from '../../src/model/definitions.js';
import { explain } from '../../src/policy/explain.js';
import { listTools } from '../../src/policy/listing.js';
import { LoadedPolicy } from '../../src/policy/load.js';
import { declaredTasks, taskSupport } from '../../src/policy/task-support.js';
import { definitionsOf, grant, policyOf, tool } from '../proxy/world.js';

const CALLS = { requests: { tools: { call: {} } } };
const EXTENSION = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

function support(protocolVersion: string, capabilities: JsonObject, said?: unknown): string {
  const definition = tool('work', {}, said === undefined ? {} : { execution: { taskSupport: said as string } });
  return taskSupport(declaredTasks({ ...definitionsOf([]), protocolVersion, capabilities }), definition);
}

describe('taskSupport', () => {
  it.each<[string, JsonObject, unknown, string]>([
    ['2025-11-25', { tasks: CALLS }, 'optional', 'optional'],
    ['2025-11-25', { tasks: CALLS }, 'required', 'required'],
    ['2025-11-25', { tasks: CALLS }, 'forbidden', 'none'],
    ['2025-11-25', { tasks: CALLS }, undefined, 'none'],
    ['2025-11-25', { tasks: CALLS }, 'perhaps', 'none'],
    ['2025-11-25', { tasks: CALLS }, ['optional'], 'none'],
    // A tool's own word counts only where its server as a whole has tasks.
    ['2025-11-25', {}, 'required', 'none'],
    ['2025-11-25', { tasks: {} }, 'required', 'none'],
    ['2025-11-25', { tasks: { requests: { tools: { call: true } } } }, 'required', 'none'],
    ['2025-11-25', { tasks: { requests: [] } }, 'required', 'none'],
    ['2025-11-25', EXTENSION, 'required', 'none'],
    ['2025-06-18', { tasks: CALLS }, 'required', 'none'],
    ['2026-07-28', EXTENSION, undefined, 'directed'],
    ['2026-07-28', EXTENSION, 'required', 'directed'],
    ['2026-07-28', { tasks: CALLS }, 'required', 'none'],
    ['2026-07-28', { extensions: {} }, undefined, 'none'],
  ])('of %s with %j and a tool that says %j is %s', (version, capabilities, said, expected) => {
    expect(support(version, capabilities, said)).toBe(expected);
  });
});

const TOOLS = [
  tool('plain'),
  tool('never', {}, { execution: { taskSupport: 'forbidden' } }),
  tool('may', {}, { execution: { taskSupport: 'optional', vendor: 1 } }),
  tool('must', {}, { execution: { taskSupport: 'required' } }),
];

function loaded(capabilities: JsonObject, tools: Definition[] = TOOLS): LoadedPolicy {
  const names = tools.map(({ name }) => name);
  const policy = policyOf({ servers: { jobs: tools }, agents: { bot: [grant('jobs', names)] } });
  const definitions = { ...definitionsOf(tools), capabilities };
  const digest = digestOf({ ...definitions });
  policy.definitions = { [digest]: definitions };
  const generation = policy.servers['jobs']?.generations['1'];
  if (generation) generation.definitions = digest;
  return new LoadedPolicy(policy, 'd');
}

const listed = (policy: LoadedPolicy, asksForTasks: boolean) =>
  listTools(policy, 'bot', { kind: 'all', path: '/mcp' }, 0, () => 'locked', asksForTasks).tools.map(
    ({ name, execution }) => [name, execution],
  );

describe('the list of tools', () => {
  it('tells agents that can what each tool says of itself', () => {
    expect(listed(loaded({ tasks: CALLS }), true)).toEqual([
      ['jobs__plain', undefined],
      ['jobs__never', { taskSupport: 'forbidden' }],
      ['jobs__may', { taskSupport: 'optional', vendor: 1 }],
      ['jobs__must', { taskSupport: 'required' }],
    ]);
  });

  it('tells the others nothing of it, and leaves out what they could not call', () => {
    expect(listed(loaded({ tasks: CALLS }), false)).toEqual([
      ['jobs__plain', undefined],
      ['jobs__never', { taskSupport: 'forbidden' }],
      ['jobs__may', { vendor: 1 }],
    ]);
  });

  it('shows a server without tasks as one, whatever its tools say', () => {
    const names = ['jobs__plain', 'jobs__never', 'jobs__may', 'jobs__must'];
    for (const asks of [true, false]) {
      const all = listed(loaded({}), asks);
      expect(all.map(([name]) => name)).toEqual(names);
      expect(all.at(-1)).toEqual(['jobs__must', undefined]);
    }
  });
});

describe('explain', () => {
  it.each([
    ['plain', 'allowed by agents.bot.grants[0]'],
    ['may', 'it may be called as a task by agents of MCP 2025-11-25'],
    ['must', 'it can only be called as a task, by agents of MCP 2025-11-25'],
  ])('says of %s: %s', (name, last) => {
    const asked = { agent: 'bot', server: 'jobs', tool: name, arguments: {}, now: 0 };
    expect(explain(loaded({ tasks: CALLS }), asked).steps.at(-1)).toBe(last);
  });
});
