/** The decision, as a table of named cases and as a law: it equals a reference too simple to be wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import type { Policy } from '../../src/policy/artifact.js';
import { LoadedPolicy } from '../../src/policy/load.js';
import { ask, grant, NOW, policy, told, tool, type Asked } from './world.js';

const RULE0 = 'agents.bot.grants[0]';
const RULE1 = 'agents.bot.grants[1]';
const within = { properties: { path: { within: '/data' } } };
const servers = { files: { tools: [tool('read'), tool('free', null)] }, web: { tools: [tool('get')], toolbox: 'net' } };
const p = (...grants: Parameters<typeof policy>[1][string]): Policy => policy(servers, { bot: grants, idle: [] });

describe('the decision', () => {
  const read = grant('files', ['read']);
  const ruled = grant('files', ['read'], { arguments: { read: within } });
  const expired = grant('files', ['read'], { expires: '2026-06-01T00:00:00Z' });
  const fixed = grant('files', ['read'], { set: { owner: 'acme' } });

  const cases: [string, Policy, Asked, string][] = [
    ['granted', p(read), {}, `allow ${RULE0}`],
    ['no grant', p(), {}, 'deny not_granted default hidden'],
    ['an agent without grants', p(read), { agent: 'idle' }, 'deny not_granted default hidden'],
    ['an unknown agent', p(read), { agent: 'nobody' }, 'deny not_granted default hidden'],
    ['an agent named like a prototype', p(read), { agent: 'constructor' }, 'deny not_granted default hidden'],
    ['another tool', p(read), { name: 'files__free' }, 'deny not_granted default hidden'],
    ['a tool that is not there', p(read), { name: 'files__none' }, 'deny not_granted default hidden'],
    ['the bare name at /mcp', p(read), { name: 'read' }, 'deny not_granted default hidden'],
    ['the bare name at its server', p(read), { path: '/server/files/mcp', name: 'read' }, `allow ${RULE0}`],
    ['the full name at its server', p(read), { path: '/server/files/mcp' }, 'deny not_granted default hidden'],
    ['its toolbox', p(read), { path: '/toolbox/box/mcp' }, `allow ${RULE0}`],
    ['another toolbox', p(read), { path: '/toolbox/net/mcp' }, 'deny not_granted default hidden'],
    [
      'a server that does not serve',
      policy({ files: { tools: [tool('read')], serving: null } }, { bot: [read] }),
      {},
      'deny not_granted default hidden',
    ],
    ['expired to the millisecond', p(expired), {}, 'deny expired default hidden'],
    ['a millisecond before', p(expired), { now: NOW - 1 }, `allow ${RULE0}`],
    ['an expired grant before a live one', p(expired, read), {}, `allow ${RULE1}`],
    ['arguments that fit', p(ruled), { arguments: { path: '/data/x' } }, `allow ${RULE0}`],
    ['arguments that do not', p(ruled), { arguments: { path: '/etc' } }, `deny arguments ${RULE0} visible`],
    ['an argument of the rule left out', p(ruled), {}, `deny arguments ${RULE0} visible`],
    [
      'an argument the tool has not',
      p(ruled),
      { arguments: { path: '/data', x: 1 } },
      `deny arguments ${RULE0} visible`,
    ],
    ['the same without a rule', p(read), { arguments: { x: 1 } }, `allow ${RULE0}`],
    [
      'an argument in another case',
      p(ruled),
      { arguments: { path: '/data', Path: '/etc' } },
      `deny arguments ${RULE0} visible`,
    ],
    [
      'an unknown argument where the schema lists none',
      p(grant('files', ['free'], { arguments: { free: within } })),
      { name: 'files__free', arguments: { path: '/data', x: 1 } },
      `allow ${RULE0}`,
    ],
    [
      'a look-alike where the schema lists none',
      p(grant('files', ['free'], { arguments: { free: within } })),
      { name: 'files__free', arguments: { path: '/data', PATH: '/etc' } },
      `deny arguments ${RULE0} visible`,
    ],
    [
      'a number too precise to check',
      p(ruled),
      { arguments: { path: '/data' }, imprecise: true },
      `deny arguments ${RULE0} visible`,
    ],
    ['such a number without a rule', p(read), { imprecise: true }, `allow ${RULE0}`],
    [
      'a rule for every tool',
      p(grant('files', ['read'], { arguments: { '*': within } })),
      { arguments: { path: '/etc' } },
      `deny arguments ${RULE0} visible`,
    ],
    [
      'a rule for every tool and one for this',
      p(grant('files', ['read'], { arguments: { '*': within, read: { properties: { mode: { const: 'r' } } } } })),
      { arguments: { path: '/data', mode: 'w' } },
      `deny arguments ${RULE0} visible`,
    ],
    [
      'the second grant, where the first does not match',
      p(ruled, read),
      { arguments: { path: '/etc' } },
      `allow ${RULE1}`,
    ],
    ['the first, where both match', p(read, ruled), { arguments: { path: '/data' } }, `allow ${RULE0}`],
    ['an argument that is fixed', p(fixed), { arguments: { owner: 'acme' } }, `deny set_argument ${RULE0} visible`],
    ['its look-alike', p(fixed), { arguments: { OWNER: 'evil' } }, `deny set_argument ${RULE0} visible`],
    [
      'a fixed argument decides alone',
      p(fixed, read),
      { arguments: { owner: 'x' } },
      `deny set_argument ${RULE0} visible`,
    ],
    ['nothing but what is fixed', p(fixed), {}, `allow ${RULE0}`],
    ['a tool that changed', p(read), { standing: () => 'changed' }, `deny definition_changed ${RULE0} visible`],
    ['a tool that is missing', p(read), { standing: () => 'missing' }, 'deny missing default hidden'],
    ['a changed tool that is not granted', p(), { standing: () => 'changed' }, 'deny not_granted default hidden'],
    [
      'an inherited name as an argument',
      p(grant('files', ['free'], { arguments: { free: { properties: { constructor: { type: 'string' } } } } })),
      { name: 'files__free' },
      `deny arguments ${RULE0} visible`,
    ],
  ];

  it.each(cases)('%s', (_name, which, asked, expected) => {
    expect(told(ask(which, asked))).toBe(expected);
  });

  it('carries what was decided on', () => {
    expect(ask(p(fixed), {})).toMatchObject({
      set: { owner: 'acme' },
      target: { server: 'files', generation: 1, tool: 'read', image: 'i' },
    });
  });
});

/** The policy read aloud, on the raw artifact and without any table. */
function reference(policy: Policy, agent: string, exposed: string, values: JsonObject, now: number): string {
  const grants = Object.hasOwn(policy.agents, agent) ? (policy.agents[agent]?.grants ?? []) : [];
  const live = grants.filter(
    (g) =>
      g.tools.some((t) => `${g.server}__${t}` === exposed) &&
      policy.servers[g.server]?.serving === 1 &&
      (g.expires === null || Date.parse(g.expires) > now),
  );
  let first = '';
  for (const g of live) {
    const rule = g.arguments[exposed.slice(exposed.indexOf('__') + 2)];
    const limit = (rule?.['properties'] as { n?: { maximum: number } } | undefined)?.n?.maximum;
    const known = Object.keys(values).every((name) => ['n', 'm', 'k'].includes(name));
    const fits = rule === undefined || (known && typeof values['n'] === 'number' && values['n'] <= (limit ?? 0));
    if (!fits) first ||= `deny arguments ${g.rule} visible`;
    else if (Object.keys(g.set).some((name) => name in values)) return `deny set_argument ${g.rule} visible`;
    else return `allow ${g.rule}`;
  }
  if (first !== '') return first;
  const ever = grants.some(
    (g) => policy.servers[g.server]?.serving === 1 && g.tools.some((t) => `${g.server}__${t}` === exposed),
  );
  return `deny ${ever ? 'expired' : 'not_granted'} default hidden`;
}

describe('laws', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const anyGrant = fc
    .record({
      server: fc.constantFrom('x', 'y'),
      tools: fc.uniqueArray(names, { minLength: 1 }),
      limit: fc.option(fc.integer({ min: 0, max: 4 })),
      set: fc.subarray(['k', 'm']),
      expires: fc.constantFrom(null, '2026-05-31T23:59:59Z', '2026-06-02T00:00:00Z'),
    })
    .map(({ server, tools, limit, set, expires }) =>
      grant(server, tools, {
        expires,
        set: Object.fromEntries(set.map((name) => [name, 1])),
        arguments:
          limit === null
            ? {}
            : Object.fromEntries(tools.map((t) => [t, { properties: { n: { type: 'number', maximum: limit } } }])),
      }),
    );
  const tools = ['a', 'b', 'c'].map((name) => tool(name, { n: {}, m: {}, k: {} }));
  const anyPolicy = fc
    .record({
      one: fc.array(anyGrant, { maxLength: 5 }),
      two: fc.array(anyGrant, { maxLength: 3 }),
      serving: fc.constantFrom(1, null),
    })
    .map(({ one, two, serving }) => policy({ x: { tools }, y: { tools, serving } }, { one, two }));
  const anyAsk = fc.record({
    agent: fc.constantFrom('one', 'two', 'three', '__proto__'),
    name: fc
      .tuple(fc.constantFrom('x', 'y', 'z', 'X'), fc.constantFrom('__', '_'), fc.constantFrom('a', 'b', 'c', 'd', 'A'))
      .map((parts) => parts.join('')),
    arguments: fc.dictionary(
      fc.constantFrom('n', 'm', 'k', 'q'),
      fc.oneof(fc.integer({ min: -1, max: 6 }), fc.constant('2')),
    ),
  });

  it('the decision equals the reference', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(anyAsk, { minLength: 1, maxLength: 10 }), (which, asks) => {
        const loaded = new LoadedPolicy(which, 'd');
        for (const asked of asks) {
          expect(told(ask(loaded, asked))).toBe(reference(which, asked.agent, asked.name, asked.arguments, NOW));
        }
      }),
      { numRuns: 600 },
    );
  });

  it('without a grant of exactly that, everything is denied', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (agent, name) => {
        const loaded = new LoadedPolicy(policy({ x: { tools } }, { one: [grant('x', ['a'])] }), 'd');
        fc.pre(!(agent === 'one' && name === 'x__a'));
        expect(ask(loaded, { agent, name }).effect).toBe('deny');
      }),
      { numRuns: 1000 },
    );
  });
});
