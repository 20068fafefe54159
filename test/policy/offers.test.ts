/** Prompts and resources: what a grant's patterns stand for, and what the decision and the lists make of them. */
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/policy/artifact.js';
import { decideOffer } from '../../src/policy/decide-offer.js';
import { parseEndpoint, type Endpoint } from '../../src/policy/endpoint.js';
import { listOffers } from '../../src/policy/listing.js';
import { explainOffer, type OfferKind } from '../../src/policy/explain.js';
import { LoadedPolicy } from '../../src/policy/load.js';
import { forbiddenUris, mayBeAsLong, mayMeet, uriPattern } from '../../src/policy/uri-pattern.js';
import { grant, locked, NOW, policy } from './world.js';

describe('a URI pattern', () => {
  it.each<[string, string, boolean]>([
    ['file:///data/a.txt', 'file:///data/a.txt', true],
    ['file:///data/a.txt', 'file:///data/a.txt?x', false],
    ['file:///data/*', 'file:///data/a.txt', true],
    ['file:///data/*', 'file:///data/sub/a.txt', false],
    ['file:///data/*', 'file:///data/a?as=root', false],
    ['file:///data/**', 'file:///data/sub/a.txt', true],
    ['file:///data/**', 'file:///data2/a.txt', false],
    ['file:///data/**', 'file:///data/../etc/passwd', false],
    ['file:///data/**', 'file:///data/..', false],
    ['file:///data/**', 'file:///data/%2e%2e/etc/passwd', false],
    ['file:///data/**', 'file:///data/%2E./etc', false],
    ['file:///data/**', 'file:///data/..%2fetc', false],
    ['file:///data/**', 'file:///data/%252e%252e/etc', false],
    ['file:///data/**', 'file:///data/..\\etc', false],
    ['file:///data/**', 'file:///data/a\nb', false],
    ['file:///data/**', 'file:///data/a..b', true],
    ['**', 'anything://at/all', true],
    ['note://{id}', 'note://7', true],
    ['note://{id}', 'note://7/8', false],
    ['file:///{+path}', 'file:///a/b', true],
    ['file:///{path*}', 'file:///a/b', true],
    ['find://x{?q,limit}', 'find://x?q=1&limit=2', true],
    ['find://x{?q,limit}', 'find://x', true],
    ['a.c://*', 'abc://x', false],
    ['a://**b**c', `a://${'b'.repeat(4000)}`, false],
    ['a://*', `a://${'b'.repeat(9000)}`, false],
  ])('%s and %s: %s', (pattern, uri, expected) => {
    expect(uriPattern(pattern).test(uri)).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['file:///data/**', 'file:///{+path}', true],
    ['file:///{+path}', 'file:///data/{name}', true],
    ['note://**', 'file:///{+path}', false],
  ])('%s and the template %s may meet: %s', (pattern, template, expected) => {
    expect(mayMeet(pattern, template)).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['*', 'demo://text/{id}', false],
    ['*', 'urn:{id}', true],
    ['demo://text/*', 'demo://text/{id}', true],
    ['demo://*', 'demo://text/{id}', false],
    ['demo://**', 'demo://text/{id}', true],
    ['demo://text/{id}/more', 'demo://{+path}', true],
    ['demo://*', 'demo://text/{id}/{+path}', false],
    ['**', 'find://x{?q}', true],
    ['find://x/*/y', 'find://x{?q}', true],
  ])('%s and the template %s may be as long: %s', (pattern, template, expected) => {
    expect(mayBeAsLong(pattern, template)).toBe(expected);
  });
});

describe('a denied URI pattern', () => {
  it.each<[string, string, boolean]>([
    ['file:///data/secret/**', 'file:///data/secret/a', true],
    ['file:///data/secret/**', 'file:///data/public/a', false],
    ['file:///data/secret/**', 'file:///data//secret/a', true],
    ['file:///data/secret/**', 'file:///data/%73ecret/a', true],
    ['file:///data/secret/**', 'FILE:///data/Secret/a', true],
    ['file:///data/secret/**', 'file:///data/public/../secret/a', true],
    ['file:///data/secret', 'file:///data/secret/', true],
    ['file:///data/secret', 'file:///data/secret?as=text', true],
    ['file:///data/secret', 'file:///data/secrets', false],
    ['file:///data/secret/**', 'file://localhost/data/secret/a', true],
    ['file://localhost/data/secret/**', 'file:///data/secret/a', true],
    ['file:///data/secret/**', 'file:/data/secret/a', true],
    ['file:///data/secret/**', 'file:data/secret/a', true],
    ['note://caf\u00e9', 'note://cafe\u0301', true],
    ['note://caf\u00e9', 'note://cafe', false],
    ['file:///data/secret/**', 'file:///data/x/\uff0e\uff0e/secret/a', true],
    ['file:///data/secret/**', 'file:///data/ sp%20ace/a', true],
    ['file:///data/secret/**', 'file:///data/sp%20ace/a', false],
    ['https://acme.test/secret/**', 'https://acme.test:443/secret/a', true],
    ['https://acme.test/secret/**', 'https://acme.test./secret/a', true],
    ['https://acme.test/secret/**', 'https://me:you@acme.test/secret/a', true],
    ['http://acme.test:80/**', 'http://acme.test/a', true],
    ['https://acme.test/secret/**', 'https://acme.test:8443/secret/a', false],
    ['mail://ann@acme.test/**', 'mail://bob@acme.test/a', false],
    ['note://{id}', 'note://7', true],
    ['note://7', 'note://%zz', true],
  ])('%s and %s: %s', (pattern, uri, expected) => {
    expect(forbiddenUris(pattern).test(uri)).toBe(expected);
  });
});

const all = { kind: 'all', path: '/mcp' } as Endpoint;
const server = (name: string): Endpoint => parseEndpoint(`/server/${name}/mcp`) ?? all;

function world(grants: ReturnType<typeof grant>[]): LoadedPolicy {
  const made: Policy = policy({ docs: { tools: [] }, mail: { tools: [] } }, { bot: grants });
  for (const [name, { generations }] of Object.entries(made.servers)) {
    const generation = generations['1'];
    const definitions = generation && made.definitions[generation.definitions];
    if (!generation || !definitions) throw new Error('no generation');
    const digest = `sha256:${(name === 'docs' ? 'd' : 'e').repeat(64)}` as const;
    generation.definitions = digest;
    made.definitions[digest] = {
      ...definitions,
      prompts: [{ name: 'review' }, { name: 'draft' }],
      resources: [
        { uri: `${name}://own`, name: 'own' },
        { uri: 'note://both', name: 'both' },
      ],
      resourceTemplates: [{ uriTemplate: `${name}://item/{id}`, name: 'item' }],
    };
  }
  return new LoadedPolicy(made, 'digest');
}

describe('a prompt or a resource', () => {
  const loaded = world([
    grant('docs', [], { prompts: ['review'], resources: ['**'], serverRequests: ['elicitation'] }),
    grant('mail', [], { resources: ['note://**', 'mail://item/*'], expires: '2027-01-01T00:00:00Z' }),
  ]);
  const read = (uri: string, endpoint = all, now = NOW, agent = 'bot') =>
    decideOffer(loaded, { kind: 'resource', agent, endpoint, uri, now }, locked);
  const get = (name: string, endpoint = all) =>
    decideOffer(loaded, { kind: 'prompt', agent: 'bot', endpoint, name, now: NOW }, locked);

  it('is decided by the grant that names it', () => {
    expect(read('docs://own')).toMatchObject({
      effect: 'allow',
      server: 'docs',
      rule: 'agents.bot.grants[0]',
      serverRequests: ['elicitation'],
    });
    expect(read('mail://own')).toMatchObject({ effect: 'allow', server: 'docs' }); // `**`, and mail does not give it
    expect(read('mail://item/7')).toMatchObject({ effect: 'allow', server: 'mail' });
    expect(read('mail://item/7', all, Date.parse('2027-02-01'))).toMatchObject({ server: 'docs' });
    expect(read('docs://own', all, NOW, 'nobody')).toMatchObject({ effect: 'deny', reason: 'not_granted' });
    expect(get('docs__review')).toMatchObject({ effect: 'allow', name: 'review', server: 'docs' });
    expect(get('review', server('docs'))).toMatchObject({ effect: 'allow', name: 'review' });
    for (const name of ['docs__draft', 'mail__review', 'review', 'docs__Review']) {
      expect(get(name)).toMatchObject({ effect: 'deny', reason: 'not_granted', visible: false });
    }
  });

  it('whose URI two servers share is neither’s, but at an endpoint of one', () => {
    expect(read('note://both')).toMatchObject({ effect: 'deny', reason: 'ambiguous_uri', visible: true });
    expect(read('note://both', server('mail'))).toMatchObject({ effect: 'allow', server: 'mail' });
  });

  it('that is denied is neither had nor listed, whatever grants it', () => {
    const barred = world([
      grant('docs', [], { prompts: ['review', 'draft'], resources: ['**'] }),
      grant('docs', [], { effect: 'deny', prompts: ['draft'], resources: ['docs://own'] }),
    ]);
    const asked = { agent: 'bot', endpoint: all, now: NOW };
    expect(decideOffer(barred, { kind: 'resource', uri: 'docs://own', ...asked }, locked)).toMatchObject({
      effect: 'deny',
      reason: 'denied',
      rule: 'agents.bot.grants[1]',
    });
    expect(decideOffer(barred, { kind: 'prompt', name: 'docs__draft', ...asked }, locked)).toMatchObject({
      reason: 'denied',
    });
    expect(listOffers(barred, 'prompts', 'bot', all, NOW, locked).items.map(({ name }) => name)).toEqual([
      'docs__review',
    ]);
    expect(listOffers(barred, 'resources', 'bot', all, NOW, locked).items.map(({ uri }) => uri)).toEqual([
      'note://both',
    ]);
    expect(barred.gives('bot', 'docs', { uri: 'docs://own' }, NOW)).toBe(false);
    expect(barred.gives('bot', 'docs', { uri: 'note://both' }, NOW)).toBe(true);
  });

  it('whose template is denied is not completed either, nor is that listed', () => {
    const templates = (denied: string[]): unknown[] => {
      const barred = world([
        grant('docs', [], { resources: ['**'] }),
        grant('docs', [], { effect: 'deny', resources: denied }),
      ]);
      const asked = { agent: 'bot', endpoint: all, now: NOW };
      const template = 'docs://item/{id}';
      const { effect, rule } = decideOffer(barred, { kind: 'template', uri: template, ...asked }, locked);
      const { items } = listOffers(barred, 'resourceTemplates', 'bot', all, NOW, locked);
      return [effect, rule, items.length, barred.gives('bot', 'docs', { template }, NOW)];
    };
    for (const denied of ['docs://item/{id}', 'docs://item/*', 'docs://**', 'DOCS://item/{other}'])
      expect(templates([denied])).toEqual(['deny', 'agents.bot.grants[1]', 0, false]);
    // Not all that it makes is denied.
    for (const denied of ['docs://item/7', 'docs://item', 'docs://item/*/more'])
      expect(templates([denied])).toEqual(['allow', 'agents.bot.grants[0]', 1, true]);
  });

  it('is completed for as long as some grant may give what its template makes', () => {
    const some = world([grant('docs', [], { resources: ['docs://item/2027-*'] })]);
    const template = 'docs://item/{id}';
    const asked = { agent: 'bot', endpoint: all, now: NOW };
    expect(decideOffer(some, { kind: 'template', uri: template, ...asked }, locked)).toMatchObject({ effect: 'allow' });
    expect(some.gives('bot', 'docs', { template }, NOW)).toBe(true);
  });

  it('is listed where it can be had, and only there', () => {
    const list = (kind: 'prompts' | 'resources' | 'resourceTemplates', endpoint = all) =>
      listOffers(loaded, kind, 'bot', endpoint, NOW, locked).items.map(
        (each) => each['uri'] ?? each['uriTemplate'] ?? each.name,
      );
    expect(list('prompts')).toEqual(['docs__review']);
    expect(list('resources')).toEqual(['docs://own']);
    expect(list('resources', server('mail'))).toEqual(['note://both']);
    expect(list('resourceTemplates')).toEqual(['docs://item/{id}', 'mail://item/{id}']);
    const missing = () => 'missing' as const;
    expect(listOffers(loaded, 'prompts', 'bot', all, NOW, missing).items).toEqual([]);
    expect(listOffers(loaded, 'resources', 'bot', all, NOW, locked).until).toBe(Date.parse('2027-01-01T00:00:00Z'));
  });
});

describe('explained', () => {
  const loaded = world([
    grant('docs', [], { prompts: ['review'], resources: ['docs://**'], serverRequests: ['sampling'] }),
    grant('docs', [], { effect: 'deny', resources: ['docs://secret/**'], prompts: ['draft'] }),
    grant('mail', [], { resources: ['**'], serverRequests: ['roots'], expires: '2020-01-01T00:00:00Z' }),
  ]);
  const why = (server: string, kind: OfferKind, name: string) =>
    explainOffer(loaded, { agent: 'bot', server, kind, name, now: NOW });

  it('is the decision of the proxy, with the rule that made it', () => {
    expect(why('docs', 'prompt', 'review')).toMatchObject({ decision: 'allow', rule: 'agents.bot.grants[0]' });
    expect(why('docs', 'resource', 'docs://own')).toMatchObject({ decision: 'allow', rule: 'agents.bot.grants[0]' });
    expect(why('docs', 'resource', 'docs://secret/key')).toMatchObject({
      decision: 'deny',
      reason: 'denied',
      rule: 'agents.bot.grants[1]',
      steps: [
        'server docs serves generation 1',
        'agents.bot.grants[0], agents.bot.grants[1] are about resource docs://secret/key',
        'denied: agents.bot.grants[1] comes before every grant',
      ],
    });
    expect(why('docs', 'prompt', 'nothing')).toMatchObject({
      decision: 'deny',
      reason: 'not_granted',
      rule: 'default',
    });
    expect(why('nowhere', 'prompt', 'review')).toMatchObject({
      decision: 'deny',
      steps: ['there is no server nowhere', expect.anything(), expect.anything()],
    });
  });

  it('says which grant lets a server ask', () => {
    expect(why('docs', 'request', 'sampling')).toMatchObject({ decision: 'allow', rule: 'agents.bot.grants[0]' });
    expect(why('docs', 'request', 'elicitation')).toMatchObject({ decision: 'deny', reason: 'not_granted' });
    expect(why('mail', 'request', 'roots')).toMatchObject({ decision: 'deny', reason: 'expired' });
  });
});
