/** Grants against the lock: what they come to, and what is wrong with them where. */
import { describe, expect, it } from 'vitest';
import type { Declaration, GrantIn } from '../plan/support/declare.js';
import { declare } from '../plan/support/declare.js';

const SERVERS: NonNullable<Declaration['servers']> = {
  docs: { toolbox: 'eng' },
  mail: { toolbox: 'eng', tools: { list: ['folder'], send: ['to', 'body'] } },
  bare: { toolbox: 'misc', tools: {} },
};

function compiled(grant: GrantIn) {
  const { policy, diagnostics } = declare({ servers: SERVERS, agents: { bot: [grant] } });
  const told = diagnostics.map(({ severity, code, detail, fix, range }) => ({
    severity,
    code,
    at: range?.file,
    detail,
    fix,
  }));
  return { grants: policy({}).agents.bot?.grants ?? [], told };
}
const given = (grant: GrantIn) => compiled(grant).grants.map(({ server, tools }) => `${server}: ${tools.join(' ')}`);

describe('a grant gives', () => {
  it.each<[GrantIn, string[]]>([
    [{ server: 'docs', tools: ['list'] }, ['docs: list']],
    [{ server: 'docs', tools: ['*'] }, ['docs: list read_file write_file']],
    [{ server: 'docs', tools: ['*_file', 'list'] }, ['docs: list read_file write_file']],
    [{ server: 'docs', tools: ['?????file'] }, ['docs: read_file']],
    [{ server: 'docs', tools: ['read.file', 'list'] }, ['docs: list']],
    [{ toolbox: 'eng', tools: ['list'] }, ['docs: list', 'mail: list']],
    [{ toolbox: 'eng', tools: ['send'] }, ['mail: send']],
    [{ server: 'bare', tools: ['*'] }, []],
  ])('%j → %j', (grant, expected) => {
    expect(given(grant)).toEqual(expected);
  });

  it('only the rules of tools that it names on that server', () => {
    const rule = { properties: { folder: { const: 'inbox' } } };
    const { grants, told } = compiled({
      toolbox: 'eng',
      tools: ['list', 'send'],
      arguments: { send: { properties: { to: { const: 'me' } } } },
    });
    expect(told).toEqual([]);
    expect(grants.map((grant) => grant.arguments)).toEqual([{}, { send: { properties: { to: { const: 'me' } } } }]);
    expect(compiled({ server: 'mail', tools: ['list'], arguments: { '*': rule } }).grants[0]?.arguments).toEqual({
      '*': rule,
    });
  });
});

const path = { properties: { path: { within: '/data' } } };

describe('a grant is told at its line', () => {
  it.each<[string, GrantIn, object[]]>([
    [
      'a slip of the fingers',
      { server: 'docs', tools: ['raed_file'] },
      [
        {
          severity: 'error',
          code: 'unknown_tool',
          at: 'agents.bot.grants.0.tools.0',
          detail: 'No locked tool of server docs is named raed_file.',
          fix: 'Did you mean read_file?',
        },
      ],
    ],
    [
      'a denial of a tool that is not there, which would protect nothing',
      { server: 'docs', tools: ['raed_file'], deny: true },
      [
        {
          severity: 'error',
          code: 'unknown_tool',
          at: 'agents.bot.deny.0.tools.0',
          detail: 'No locked tool of server docs is named raed_file.',
          fix: 'Did you mean read_file?',
        },
      ],
    ],
    [
      'a denial of an argument that the tool has not',
      { server: 'docs', tools: ['list'], arguments: { list: { properties: { flder: {} } } }, deny: true },
      [
        {
          severity: 'error',
          code: 'unknown_argument',
          at: 'agents.bot.deny.0.arguments.list.properties.flder (key)',
          detail: expect.stringContaining('list takes no argument flder') as string,
          fix: expect.any(String) as string,
        },
      ],
    ],
    [
      'a name like no other',
      { server: 'docs', tools: ['list', 'destroy_everything'] },
      [
        {
          severity: 'error',
          code: 'unknown_tool',
          at: 'agents.bot.grants.0.tools.1',
          detail: 'No locked tool of server docs is named destroy_everything.',
          fix: 'Its locked tools are: read_file, write_file, list.',
        },
      ],
    ],
    [
      'a glob for nothing',
      { toolbox: 'eng', tools: ['delete_*'] },
      [
        {
          severity: 'warning',
          code: 'unknown_tool',
          at: 'agents.bot.grants.0.tools.0',
          detail: 'delete_* matches no locked tool of toolbox eng.',
          fix: 'Remove it, or lock a version that has such tools.',
        },
      ],
    ],
    [
      'a rule for a tool that is not there',
      { server: 'docs', tools: ['list'], arguments: { lists: {} } },
      [
        {
          severity: 'error',
          code: 'unknown_tool',
          at: 'agents.bot.grants.0.arguments.lists (key)',
          detail: 'A rule is given for lists, but no locked tool of server docs bears that name.',
          fix: 'Did you mean list?',
        },
      ],
    ],
    [
      'a rule for a tool that it does not give',
      { server: 'docs', tools: ['list'], arguments: { read_file: path } },
      [
        {
          severity: 'error',
          code: 'unknown_tool',
          at: 'agents.bot.grants.0.arguments.read_file (key)',
          detail: 'A rule is given for read_file, which this grant does not give.',
          fix: 'Add it to `tools`, or remove the rule.',
        },
      ],
    ],
    [
      'a rule for an argument that the tool has not',
      { server: 'docs', tools: ['read_file'], arguments: { read_file: { properties: { pth: { within: '/data' } } } } },
      [
        {
          severity: 'error',
          code: 'unknown_argument',
          at: 'agents.bot.grants.0.arguments.read_file.properties.pth (key)',
          detail: 'read_file takes no argument pth; its locked schema has path.',
          fix: 'Did you mean path?',
        },
      ],
    ],
    [
      'the same inside a choice',
      {
        server: 'docs',
        tools: ['read_file'],
        arguments: { read_file: { anyOf: [{ properties: { file: { const: 'a' } } }] } },
      },
      [
        expect.objectContaining({
          code: 'unknown_argument',
          at: 'agents.bot.grants.0.arguments.read_file.anyOf.0.properties.file (key)',
        }),
      ],
    ],
    [
      'a rule for all that does not fit all, which would leave one free',
      { server: 'docs', tools: ['*'], arguments: { '*': path } },
      [
        expect.objectContaining({
          code: 'unknown_argument',
          at: 'agents.bot.grants.0.arguments.*.properties.path (key)',
          detail: 'list takes no argument path; its locked schema has none.',
        }),
      ],
    ],
    [
      'a fixed argument that a tool has not',
      { server: 'docs', tools: ['read_file'], set: { owner: 'acme' } },
      [expect.objectContaining({ code: 'unknown_argument', at: 'agents.bot.grants.0.set.owner (key)' })],
    ],
    [
      'a rule for what is fixed',
      { server: 'docs', tools: ['read_file'], arguments: { read_file: path }, set: { path: '/data' } },
      [
        expect.objectContaining({
          code: 'invalid_arguments_rule',
          at: 'agents.bot.grants.0.arguments.read_file.properties.path (key)',
          detail: 'The rule asks the agent for path, which `set` fixes: no call could satisfy both.',
        }),
      ],
    ],
    [
      'a keyword that the proxy does not enforce',
      { server: 'docs', tools: ['read_file'], arguments: { read_file: { properties: { path: { format: 'uri' } } } } },
      [
        expect.objectContaining({
          code: 'invalid_arguments_rule',
          at: 'agents.bot.grants.0.arguments.read_file.properties.path.format (key)',
        }),
      ],
    ],
    [
      'a pattern that is not linear',
      {
        server: 'docs',
        tools: ['read_file'],
        arguments: { read_file: { properties: { path: { pattern: '(a)\\1' } } } },
      },
      [expect.objectContaining({ code: 'invalid_arguments_rule' })],
    ],
  ])('%s', (_what, grant, expected) => {
    expect(compiled(grant).told).toEqual(expected);
  });

  it('not at all where the tool’s schema lists no properties', () => {
    const { diagnostics } = declare({
      servers: { docs: { tools: { any: [] } } },
      agents: { bot: [{ server: 'docs', tools: ['any'], arguments: { any: {} } }] },
    });
    expect(diagnostics).toEqual([]);
  });
});

describe('names that agents see', () => {
  const named = (length: number, alias?: string) =>
    declare({
      servers: { docs: { ...(alias ? { alias } : {}), tools: { ['x'.repeat(length)]: [], unused: [] } } },
      agents: { bot: [{ server: 'docs', tools: ['x*'] }] },
    }).diagnostics.map(({ severity, code, address, fix }) => [severity, code, address, fix]);
  const fix = 'Give the server a short `alias:`; its tools and prompts are then named ALIAS__NAME.';

  it('may have 64 characters, and are warned of above 50', () => {
    expect(named(44)).toEqual([]);
    expect(named(45)).toEqual([['warning', 'name_too_long', 'server.docs', fix]]);
    expect(named(58)).toEqual([['warning', 'name_too_long', 'server.docs', fix]]);
    expect(named(59)).toEqual([['error', 'name_too_long', 'server.docs', fix]]);
    expect(named(59, 'd')).toEqual([['warning', 'name_too_long', 'server.docs', fix]]);
  });

  it('of prompts are held to the same', () => {
    const { diagnostics } = declare({
      servers: { docs: { prompts: ['x'.repeat(59)] } },
      agents: { bot: [{ server: 'docs', tools: [], prompts: ['x*'] }] },
    });
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([['error', 'name_too_long']]);
  });
});

describe('prompts and resources', () => {
  const servers: NonNullable<Declaration['servers']> = {
    docs: {
      prompts: ['review', 'draft_a', 'draft_b'],
      resources: ['note://one'],
      templates: ['file:///{+path}'],
    },
  };
  const given = (grant: GrantIn) => {
    const { policy, diagnostics } = declare({ servers, agents: { bot: [grant] } });
    return {
      grants: (policy({}).agents.bot?.grants ?? []).map(({ prompts, resources }) => ({ prompts, resources })),
      told: diagnostics.map(({ severity, code, fix }) => `${severity} ${code}: ${fix}`),
    };
  };

  it('are those of the lock', () => {
    expect(given({ server: 'docs', prompts: ['draft_*'], resources: ['file:///data/**', 'note://one'] })).toEqual({
      grants: [{ prompts: ['draft_a', 'draft_b'], resources: ['file:///data/**', 'note://one'] }],
      told: [],
    });
  });

  it('that the lock does not know are told, exact ones as errors', () => {
    expect(given({ server: 'docs', prompts: ['reveiw'], resources: ['note://on'] })).toEqual({
      grants: [],
      told: ['error unknown_prompt: Did you mean review?', 'error unknown_resource: Did you mean note://one?'],
    });
    expect(given({ server: 'docs', prompts: ['x_*'], resources: ['http://**'] }).told).toEqual([
      'warning unknown_prompt: Remove it, or lock a version that has such prompts.',
      'warning unknown_resource: Remove it, or lock a version that has such resources.',
    ]);
    const deep = { uris: { resources: ['demo://text/a.md'], templates: ['demo://made/{id}'] } };
    const { policy, diagnostics } = declare({
      servers: deep,
      agents: { bot: [{ server: 'uris', tools: [], resources: ['*'] }] },
    });
    expect([policy({}).agents.bot?.grants, diagnostics.map(({ fix }) => fix)]).toEqual([
      [],
      ['`*` stands for no slash; `**` has demo://text/a.md and the like.'],
    ]);
  });
});
