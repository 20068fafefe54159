/** What an agent sees is a function of lock and grant. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/policy/explain.js';
import { listTools } from '../../src/policy/listing.js';
import { LoadedPolicy } from '../../src/policy/load.js';
import { endpoint, grant, locked, NOW, policy, tool } from './world.js';

const read = {
  name: 'read',
  title: 'Read',
  'x-vendor': [1],
  inputSchema: { type: 'object', properties: { path: {}, owner: {} }, required: ['path', 'owner'], $comment: 'kept' },
};
const servers = { files: { tools: [read, tool('write')] }, clock: { tools: [tool('now')], toolbox: 'time' } };

function list(
  grants: Parameters<typeof policy>[1][string],
  path = '/mcp',
  standing = locked,
): ReturnType<typeof listTools> {
  return listTools(new LoadedPolicy(policy(servers, { bot: grants }), 'd'), 'bot', endpoint(path), NOW, standing);
}
const names = (listing: ReturnType<typeof listTools>): string[] => listing.tools.map((each) => each.name);

describe('tools/list', () => {
  it('has the granted tools under exposed names, in a fixed order', () => {
    const all = [grant('clock', ['now']), grant('files', ['write', 'read'])];
    expect(names(list(all))).toEqual(['files__read', 'files__write', 'clock__now']);
    expect(names(list(all, '/toolbox/time/mcp'))).toEqual(['clock__now']);
    expect(names(list(all, '/server/files/mcp'))).toEqual(['read', 'write']);
    expect(names(list(all, '/server/none/mcp'))).toEqual([]);
  });

  it('keeps every field of the locked definition but the name', () => {
    expect(list([grant('files', ['read'])]).tools).toEqual([{ ...read, name: 'files__read' }]);
  });

  it('hides arguments that every live grant fixes, and only those', () => {
    const fixing = grant('files', ['read'], { set: { owner: 'acme' } });
    const [shown] = list([fixing]).tools;
    expect(shown?.['inputSchema']).toEqual({
      type: 'object',
      properties: { path: {} },
      required: ['path'],
      $comment: 'kept',
    });
    expect(list([fixing, grant('files', ['read'])]).tools).toEqual([{ ...read, name: 'files__read' }]);
  });

  it('ends with its first expiry', () => {
    const soon = '2026-06-02T00:00:00Z';
    const past = '2026-05-02T00:00:00Z';
    const listing = list([grant('files', ['read'], { expires: soon }), grant('clock', ['now'], { expires: past })]);
    expect(names(listing)).toEqual(['files__read']);
    expect(listing.until).toBe(Date.parse(soon));
  });

  it('hides what is missing and keeps what was changed as it was approved', () => {
    const grants = [grant('files', ['read', 'write'])];
    expect(names(list(grants, '/mcp', (_s, _g, name) => (name === 'read' ? 'missing' : 'changed')))).toEqual([
      'files__write',
    ]);
  });
});

describe('explain', () => {
  const loaded = new LoadedPolicy(
    policy(servers, {
      bot: [
        grant('files', ['read'], { expires: '2020-01-01T00:00:00Z' }),
        grant('files', ['read'], {
          arguments: { read: { properties: { path: { within: '/data' } } } },
          set: { owner: 'acme' },
        }),
      ],
    }),
    'd',
  );
  const why = (agent: string, server: string, name: string, args = {}): ReturnType<typeof explain> =>
    explain(loaded, { agent, server, tool: name, arguments: args, now: NOW });

  it('tells each step of the decision', () => {
    expect(why('bot', 'files', 'read', { path: '/data/a' })).toEqual({
      decision: 'allow',
      reason: 'granted',
      rule: 'agents.bot.grants[1]',
      steps: [
        'server files serves generation 1',
        'agents.bot.grants[0], agents.bot.grants[1] name files:read',
        'agents.bot.grants[0] has expired',
        'agents.bot.grants[1] matches',
        'allowed by agents.bot.grants[1], which fixes owner = "acme"',
      ],
    });
    expect(why('bot', 'files', 'read', { path: '/etc' }).steps.at(-1)).toBe('denied: path must be a path within /data');
    expect(why('bot', 'files', 'write').steps).toContain('none of the 2 grants of bot names files:write');
    expect(why('bot', 'none', 'x').steps[0]).toBe('there is no server none');
    expect(why('nobody', 'files', 'read')).toMatchObject({
      decision: 'deny',
      rule: 'default',
      steps: ['there is no agent nobody', 'denied: no grant names this tool'],
    });
  });
});
