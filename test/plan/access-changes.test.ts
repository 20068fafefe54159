/** Two accesses in, words and risk out. */
import { describe, expect, it } from 'vitest';
import { accessChanges, takesAway } from '../../src/plan/access-changes.js';
import type { Access } from '../../src/plan/access-changes.js';
import { accessOf } from '../../src/policy/access.js';
import { applied, planOf } from './support/base.js';
import type { Declaration, GrantIn } from './support/declare.js';
import { declare } from './support/declare.js';

const access = (grants: GrantIn[]): Access => ({
  access: declare({ servers: { docs: {} }, agents: { bot: grants } }).desired.policy.access,
  tokens: [],
});
const rule = (path: object): GrantIn[] => [
  { server: 'docs', tools: ['read_file'], arguments: { read_file: { properties: { path: { ...path } } } } },
];
const free: GrantIn[] = [{ server: 'docs', tools: ['read_file'] }];
const until = (expires: string): GrantIn[] => [{ server: 'docs', tools: ['read_file'], expires }];
const limited = (limits: GrantIn['limits']): GrantIn[] => [
  { server: 'docs', tools: ['read_file'], limits: limits ?? {} },
];
const denied = (path: object): GrantIn => ({ ...rule(path)[0]!, deny: true });
const fixed = (set: GrantIn['set']): GrantIn[] => [{ server: 'docs', tools: ['read_file'], set: set ?? {} }];

const SHIFTS: [string, GrantIn[], GrantIn[], string][] = [
  ['a rule where there was none', free, rule({ within: '/data' }), 'narrowed, low'],
  ['no rule where there was one', rule({ within: '/data' }), free, 'widened, high'],
  ['a folder below', rule({ within: '/data' }), rule({ within: '/data/public' }), 'narrowed, low'],
  ['a folder above', rule({ within: '/data/public' }), rule({ within: '/data' }), 'widened, high'],
  ['a folder that only begins alike', rule({ within: '/data' }), rule({ within: '/database' }), 'changed, medium'],
  ['another folder', rule({ within: '/data' }), rule({ within: '/srv' }), 'changed, medium'],
  ['fewer values', rule({ enum: ['a', 'b'] }), rule({ enum: ['a'] }), 'narrowed, low'],
  ['more values', rule({ enum: ['a'] }), rule({ enum: ['a', 'b'] }), 'widened, high'],
  ['one value of several', rule({ enum: ['a', 'b'] }), rule({ const: 'a' }), 'narrowed, low'],
  ['a shorter text', rule({ maxLength: 9 }), rule({ maxLength: 5 }), 'narrowed, low'],
  ['a longer text', rule({ minLength: 5, maxLength: 9 }), rule({ maxLength: 9 }), 'widened, high'],
  ['another pattern', rule({ pattern: '^a' }), rule({ pattern: '^ab' }), 'changed, medium'],
  [
    'the same under not, which turns it round',
    rule({ not: { maxLength: 9 } }),
    rule({ not: { maxLength: 5 } }),
    'changed, medium',
  ],
  ['an end', free, until('2027-01-01T00:00:00Z'), 'narrowed, low'],
  ['an earlier end', until('2027-01-01T00:00:00Z'), until('2026-12-01T00:00:00Z'), 'narrowed, low'],
  ['a later end', until('2027-01-01T00:00:00Z'), until('2027-01-01T00:00:01Z'), 'widened, high'],
  ['a fixed argument', free, fixed({ path: '/data' }), 'narrowed, low'],
  ['a fixed argument let go', fixed({ path: '/data' }), free, 'widened, high'],
  ['another fixed argument', fixed({ path: '/data' }), fixed({ path: '/srv' }), 'changed, medium'],
  [
    'a second grant with another rule',
    rule({ const: 'a' }),
    [...rule({ const: 'a' }), ...rule({ const: 'b' })],
    'widened, high',
  ],
  ['a denial of some arguments', free, [...free, denied({ const: 'a' })], 'narrowed, low'],
  ['no denial any more', [...free, denied({ const: 'a' })], free, 'widened, high'],
  ['another denial', [...free, denied({ const: 'a' })], [...free, denied({ const: 'b' })], 'changed, medium'],
  [
    'a denial more',
    [...free, denied({ const: 'a' })],
    [...free, denied({ const: 'a' }), denied({ const: 'b' })],
    'narrowed, low',
  ],
  ['a limit', free, limited({ concurrent: 4 }), 'narrowed, low'],
  ['no limit any more', limited({ concurrent: 4 }), free, 'widened, high'],
  [
    'a lower limit',
    limited({ concurrent: 4, timeoutMs: 10 }),
    limited({ concurrent: 2, timeoutMs: 10 }),
    'narrowed, low',
  ],
  ['a higher limit', limited({ resultBytes: 4 }), limited({ resultBytes: 5 }), 'widened, high'],
  [
    'a lower rate',
    limited({ rate: { calls: 60, milliseconds: 60_000 } }),
    limited({ rate: { calls: 30, milliseconds: 60_000 } }),
    'narrowed, low',
  ],
  [
    'the same rate, more at once',
    limited({ rate: { calls: 1, milliseconds: 1000 } }),
    limited({ rate: { calls: 60, milliseconds: 60_000 } }),
    'widened, high',
  ],
  ['another limit', limited({ concurrent: 4 }), limited({ timeoutMs: 10 }), 'changed, medium'],
  ['a limited grant before a free one', free, [...limited({ concurrent: 4 }), ...free], 'narrowed, low'],
  ['a second grant without any rule', rule({ const: 'a' }), [...rule({ const: 'a' }), ...free], 'widened, high'],
];

describe('a token', () => {
  it('of the same id with another secret is another: the old one is lost, the new one gained', () => {
    const one = { access: [], tokens: [{ id: 'bbbbbbbbbb', sha256: 'a'.repeat(64), agent: 'bot', expires: null }] };
    const two = { access: [], tokens: [{ ...one.tokens[0]!, sha256: 'b'.repeat(64) }] };
    const changes = accessChanges(one, two);
    expect(changes.map(({ effect }) => effect).sort()).toEqual(['granted', 'revoked']);
    expect(takesAway(changes)).toBe(true);
  });
});

describe('a constraint', () => {
  it.each(SHIFTS)('%s', (_what, before, after, expected) => {
    const [shift, risk] = expected.split(', ');
    expect(accessChanges(access(before), access(after))).toEqual([
      expect.objectContaining({ effect: 'constrained', risk, text: `docs:read_file is ${shift} for bot` }),
    ]);
  });

  it.each([
    ['a grant behind an unconditional one', free, [...free, ...rule({ const: 'a' })]],
    ['a rule right before an unconditional one', free, [...rule({ const: 'a' }), ...free]],
    ['the same twice', free, [...free, ...free]],
    [
      'a glob for its names',
      [{ server: 'docs', tools: ['*'] }],
      [{ server: 'docs', tools: ['list', 'read_file', 'write_file'] }],
    ],
    ['a toolbox of one server', [{ server: 'docs', tools: ['list'] }], [{ toolbox: 'main', tools: ['list'] }]],
  ])('is the same with %s', (_what, before, after) => {
    expect(accessChanges(access(before), access(after))).toEqual([]);
  });

  it('keeps a fixed argument before an unconditional grant: calls still go through it', () => {
    const entry = access([...fixed({ path: '/data' }), ...rule({ const: 'a' }), ...free]).access[0];
    expect(entry?.constraint).toBe('[{"set":{"path":"/data"}},{}]');
  });
});

it('what is denied whatever the arguments is no access', () => {
  const all: GrantIn[] = [{ server: 'docs', tools: ['*'] }];
  const without: GrantIn[] = [...all, { server: 'docs', tools: ['*_file'], deny: true }];
  expect(access(without).access.map(({ tool }) => tool)).toEqual(['list']);
  const changes = accessChanges(access(all), access(without));
  expect(changes.map(({ text, risk }) => `${text}, ${risk}`)).toEqual([
    'bot loses docs:read_file, low',
    'bot loses docs:write_file, low',
  ]);
  const back = accessChanges(access(without), access(all));
  expect(back.map(({ risk, reason }) => `${risk}: ${reason}`)).toEqual(['high: any arguments', 'high: any arguments']);
});

describe('what is taken away', () => {
  const both = access([{ server: 'docs', tools: ['read_file', 'list'] }]);
  const token = { id: 'bbbbbbbbbb', sha256: 'a'.repeat(64), agent: 'bot', expires: null };
  it.each<[string, Access, Access, boolean]>([
    ['a tool', both, access(free), true],
    ['arguments', access(free), access(rule({ const: 'a' })), true],
    ['a token', { access: [], tokens: [token] }, { access: [], tokens: [] }, true],
    [
      'time',
      { access: [], tokens: [token] },
      { access: [], tokens: [{ ...token, expires: '2027-01-01T00:00:00Z' }] },
      true,
    ],
    [
      'another agent’s token',
      { access: [], tokens: [token] },
      { access: [], tokens: [{ ...token, agent: 'cat' }] },
      true,
    ],
    ['nothing by a tool more', access(free), both, false],
    ['nothing by a wider rule', access(rule({ const: 'a' })), access(free), false],
  ])('%s', (_what, before, after, expected) => {
    expect(takesAway(accessChanges(before, after))).toBe(expected);
  });
});

describe('access of a policy', () => {
  it('asks both the rule for every tool and the tool’s own', () => {
    const { policy } = declare({
      servers: { docs: { tools: { read_file: ['path'] } } },
      agents: {
        bot: [{ server: 'docs', tools: ['*'], arguments: { '*': { maxProperties: 3 }, read_file: {} } }],
      },
    });
    expect(accessOf(policy({}))).toEqual([
      { agent: 'bot', server: 'docs', tool: 'read_file', constraint: '[{"arguments":[{"maxProperties":3},{}]}]' },
    ]);
  });
});

describe('what is reached by containers', () => {
  const text = (before: Declaration, after: Declaration): string[] =>
    planOf(after, applied(before).actual)
      .plan.accessChanges.filter(({ kind }) => kind !== 'tool')
      .map(({ text: words, risk }) => `${words} [${risk}]`);
  const docs = (more: object): Declaration => ({ servers: { docs: more } });

  it.each<[string, Declaration, Declaration, string[]]>([
    ['nothing else', docs({}), docs({ args: ['x'], env: { A: 'b' } }), []],
    [
      'a writable folder',
      docs({}),
      docs({ mounts: [{ source: '/srv', target: '/data' }] }),
      ['server docs gains mount /data: bind /srv (writable) [high]'],
    ],
    [
      'a folder that becomes writable',
      docs({ mounts: [{ source: '/srv', target: '/data', readonly: true }] }),
      docs({ mounts: [{ source: '/srv', target: '/data' }] }),
      [
        'server docs loses mount /data: bind /srv (read-only) [low]',
        'server docs gains mount /data: bind /srv (writable) [high]',
      ],
    ],
    [
      'a listener for everybody',
      { ...docs({}), listen: '127.0.0.1:7411' },
      { ...docs({}), listen: '0.0.0.0:7411' },
      ['the proxy gains a listener at 0.0.0.0:7411, which other machines may reach [high]'],
    ],
    [
      'a listener for this machine alone',
      { ...docs({}), listen: '0.0.0.0:7411' },
      { ...docs({}), listen: '127.0.0.1:7500' },
      ['the proxy loses a listener at 0.0.0.0:7411, which other machines may reach [low]'],
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(text(before, after)).toEqual(expected);
  });
});

describe('an issuer', () => {
  const issued = (sha256: string): Access => ({
    access: [],
    tokens: [
      { id: 'https://idp.example (sub=bot)', issuer: 'https://idp.example', sha256, agent: 'bot', expires: null },
    ],
  });
  const none: Access = { access: [], tokens: [] };
  it.each<[string, Access, Access, string[], boolean]>([
    ['trusted', none, issued('a'), ['issuer granted high'], false],
    ['no longer trusted', issued('a'), none, ['issuer revoked low'], true],
    // Whoever was believed by the old keys must not be, before anything else happens.
    ['trusted by other keys', issued('a'), issued('b'), ['issuer constrained high'], true],
    ['that is the same', issued('a'), issued('a'), [], false],
  ])('%s', (_name, before, after, expected, takes) => {
    const changes = accessChanges(before, after);
    expect(changes.map(({ kind, effect, risk }) => `${kind} ${effect} ${risk}`)).toEqual(expected);
    expect(takesAway(changes)).toBe(takes);
  });
});

describe('arguments that the audit keeps', () => {
  const kept = (recorded: boolean): Access => ({
    access: [
      { agent: 'bot', server: 'docs', tool: 'read_file', constraint: null, ...(recorded ? { recorded: true } : {}) },
    ],
    tokens: [],
  });
  const told = (before: Access, after: Access): string[] =>
    accessChanges(before, after).map(({ kind, effect, risk, text }) => `${kind} ${effect} ${risk}: ${text}`);
  it('are a line of their own', () => {
    expect(told(kept(false), kept(true))).toEqual([
      'audit granted medium: the audit gains the arguments of bot’s calls of docs:read_file',
    ]);
    expect(told(kept(true), kept(false))).toEqual([
      'audit revoked low: the audit loses the arguments of bot’s calls of docs:read_file',
    ]);
    expect(told({ access: [], tokens: [] }, kept(true))).toEqual([
      'tool granted high: bot gains docs:read_file',
      'audit granted medium: the audit gains the arguments of bot’s calls of docs:read_file',
    ]);
    expect(told(kept(true), { access: [], tokens: [] })).toEqual(['tool revoked low: bot loses docs:read_file']);
    expect(takesAway(accessChanges(kept(false), kept(true)))).toBe(false);
  });
});
