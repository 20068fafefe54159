/** The decision, as a table of named cases; model.test.ts holds it to a reference. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import type { Policy, PolicyGrant } from '../../src/policy/artifact.js';
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

  const barred = grant('files', ['read'], { effect: 'deny' });
  const barring = (rule: object, tool = 'read'): PolicyGrant =>
    grant('files', ['read', 'free'], { effect: 'deny', arguments: { [tool]: { ...rule } } });
  const secret = barring({ properties: { path: { within: '/data/secret' } } });
  const spelled = { path: '/data/x', mode: 'r' };

  const cases: [string, Policy, Asked, string][] = [
    ['denied before a grant', p(barred, read), {}, `deny denied ${RULE0} hidden`],
    ['denied behind a grant', p(read, barred), {}, `deny denied ${RULE1} hidden`],
    ['a denial of what is not granted', p(barred), {}, 'deny not_granted default hidden'],
    ['a denial of another tool', p(read, grant('files', ['free'], { effect: 'deny' })), {}, `allow ${RULE0}`],
    [
      'a denial of arguments that come',
      p(read, secret),
      { arguments: { path: '/data/secret/x' } },
      `deny denied ${RULE1} visible`,
    ],
    ['of other arguments', p(read, secret), { arguments: { path: '/data/x' } }, `allow ${RULE0}`],
    ['of arguments that are left out', p(read, secret), {}, `allow ${RULE0}`],
    [
      'of a folder, when the one above is read',
      p(read, secret),
      { arguments: { path: '/data' } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'of a folder, by a path with two readings',
      p(read, secret),
      { arguments: { path: '/data/x/../secret' } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'of a folder, by a relative path',
      p(read, secret),
      { arguments: { path: 'secret' } },
      `deny denied ${RULE1} visible`,
    ],
    ['of a folder, by a list', p(read, secret), { arguments: { path: ['/data/x'] } }, `deny denied ${RULE1} visible`],
    ['by a name in another case', p(read, secret), { arguments: { Path: '/data/x' } }, `deny denied ${RULE1} visible`],
    [
      'by what the arguments are made of',
      p(read, secret),
      { arguments: JSON.parse('{"__proto__":{"path":"/data/secret/x"}}') as JsonObject },
      `deny denied ${RULE1} visible`,
    ],
    [
      'by the name of what must not be there, in another case',
      p(read, barring({ required: ['force'] })),
      { arguments: { Force: true } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'by a number too precise to check',
      p(read, secret),
      { arguments: spelled, imprecise: true },
      `deny denied ${RULE1} visible`,
    ],
    [
      'a denial with a rule for another tool',
      p(read, barring({ properties: { path: {} } }, 'free')),
      { arguments: spelled },
      `allow ${RULE0}`,
    ],
    [
      'a denied value',
      p(read, barring({ properties: { mode: { const: true } } })),
      { arguments: { mode: true } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'the same in words',
      p(read, barring({ properties: { mode: { const: true } } })),
      { arguments: { mode: 'TRUE ' } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'the same as a number',
      p(read, barring({ properties: { mode: { enum: [true] } } })),
      { arguments: { mode: 1 } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'the same in a list',
      p(read, barring({ properties: { mode: { enum: [true] } } })),
      { arguments: { mode: ['true'] } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'another value',
      p(read, barring({ properties: { mode: { const: true } } })),
      { arguments: { mode: false } },
      `allow ${RULE0}`,
    ],
    [
      'a denied pattern on text',
      p(read, barring({ properties: { mode: { type: 'string', pattern: '^w' } } })),
      { arguments: { mode: 'w' } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'a denied pattern on what is no text',
      p(read, barring({ properties: { mode: { type: 'string', pattern: '^w' } } })),
      { arguments: { mode: 7 } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'a denied pattern that does not match',
      p(read, barring({ properties: { mode: { pattern: '^w' } } })),
      { arguments: { mode: 'r' } },
      `allow ${RULE0}`,
    ],
    [
      'all but some values denied',
      p(read, barring({ properties: { mode: { not: { enum: ['r'] } } } })),
      { arguments: { mode: 'x' } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'one of those that are not',
      p(read, barring({ properties: { mode: { not: { enum: ['r'] } } } })),
      { arguments: { mode: 'r' } },
      `allow ${RULE0}`,
    ],
    [
      'both of oneOf match',
      p(read, barring({ oneOf: [{ properties: { mode: {} } }, { properties: { path: {} } }] })),
      { arguments: spelled },
      `deny denied ${RULE1} visible`,
    ],
    [
      'a text too long to be tried',
      p(read, barring({ properties: { mode: { pattern: 'w$' } } })),
      { arguments: { mode: 'r'.repeat(70_000) } },
      `deny denied ${RULE1} visible`,
    ],
    [
      'a denial of an expired grant',
      p(expired, secret),
      { arguments: { path: '/data/secret' } },
      'deny expired default hidden',
    ],
    [
      'a denial of a changed tool',
      p(read, secret),
      { arguments: { path: '/data/secret' }, standing: () => 'changed' },
      `deny denied ${RULE1} visible`,
    ],
    [
      'a denial of a missing tool',
      p(read, secret),
      { arguments: { path: '/data/secret' }, standing: () => 'missing' },
      'deny missing default hidden',
    ],
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

describe('laws', () => {
  const tools = ['a', 'b', 'c'].map((name) => tool(name, { n: {}, m: {}, k: {} }));

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
