/** Access tokens of an identity provider, against one that runs here. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyJwt } from '../../src/policy/artifact.js';
import { discoveryUrls, IssuerKeys } from '../../src/proxy/identity/issuer-keys.js';
import { call, grant, initialize, tool, until, World, type HttpAnswer } from './world.js';

const ALGORITHMS = ['ES256', 'EdDSA', 'RS256'];
const ENDPOINT = 'http://tools.test/mcp';

let world: World;
let idp: Server;
let issuer = '';
let keys: { kid: string; privateKey: CryptoKey; publicKey: CryptoKey }[] = [];
let asked: string[] = [];
let now = 0;
let clock = 0;
/** What happens before the issuer answers. */
let meanwhile: () => Promise<void> | undefined = () => undefined;

async function addKey(kid: string, alg = 'ES256'): Promise<void> {
  keys.push({ kid, ...(await generateKeyPair(alg, { extractable: true })) });
}

beforeEach(async () => {
  keys = [];
  asked = [];
  meanwhile = () => undefined;
  now = Date.parse('2027-01-01T00:00:00Z');
  clock = 0;
  await addKey('one');
  idp = createServer((request, response) => {
    asked.push(request.url ?? '');
    void (async () => {
      await meanwhile();
      if (request.url === '/.well-known/openid-configuration')
        return response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
      const all = await Promise.all(keys.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid })));
      response.end(JSON.stringify({ keys: all }));
    })();
  });
  await new Promise<void>((resolve) => idp.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`;
  world = new World({
    servers: { files: [tool('read')] },
    agents: { bot: [grant('files', ['read'])], cat: [grant('files', ['read'])] },
  });
});
afterEach(async () => {
  await world.stop();
  await new Promise((resolve) => idp.close(resolve));
});

const jwt = (more: Partial<PolicyJwt> = {}): PolicyJwt => ({
  issuer,
  audience: null,
  jwksUri: null,
  claims: { sub: 'triage' },
  algorithms: ALGORITHMS,
  ...more,
});

async function start(agents: Record<string, PolicyJwt[]>): Promise<void> {
  for (const [agent, entries] of Object.entries(agents)) {
    const known = world.policy.agents[agent];
    if (known) known.jwt = entries;
  }
  await world.start({ now: () => new Date(now), clock: () => clock });
}

async function token(claims: JWTPayload = {}, kid = 'one', header: Record<string, unknown> = {}): Promise<string> {
  const key = keys.find((each) => each.kid === kid);
  if (!key) throw new Error('no such key');
  const at = Math.floor(now / 1000);
  return new SignJWT({ iss: issuer, aud: ENDPOINT, sub: 'triage', exp: at + 300, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid, ...header })
    .sign(key.privateKey);
}

const open = (bearer: string, path = '/mcp'): Promise<HttpAnswer> =>
  world.post(path, { authorization: `Bearer ${bearer}` }, initialize());
const reasons = (): string[] => world.decisions().map(({ reason }) => reason);

it('tells two issuers’ people apart that have the same name, where both stand for one agent', async () => {
  await start({ bot: [jwt(), jwt({ issuer: 'https://other.test' })] });
  expect((await open(await token())).status).toBe(200);
  expect(world.decisions().at(-1)).toMatchObject({ agent: 'bot', subject: `jwt:triage of ${issuer}` });
});

it('lets in whoever the claims say, for the endpoint that the token is for', async () => {
  await start({ bot: [jwt()] });
  const bearer = await token();
  const answer = await open(bearer);
  expect(answer.status).toBe(200);
  const session = { authorization: `Bearer ${bearer}`, 'mcp-session-id': String(answer.headers['mcp-session-id']) };
  expect((await world.post('/mcp', session, call('files__read'))).body).toContain('"result"');
  expect(world.decisions().at(-1)).toMatchObject({ agent: 'bot', subject: 'jwt:triage', decision: 'allow' });
  expect((await open(bearer, '/server/files/mcp')).status).toBe(401);
  expect(reasons().at(-1)).toBe('jwt_audience');
  expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']); // once, for all of that
});

describe('refuses', () => {
  const cases: [string, () => Promise<string>, number, string][] = [
    ['another audience', () => token({ aud: 'https://other.test/mcp' }), 401, 'jwt_audience'],
    ['none', () => token({ aud: undefined as unknown as string }), 401, 'jwt_audience'],
    ['an expired one', () => token({ exp: Math.floor(now / 1000) - 61 }), 401, 'jwt_expired'],
    ['one that never expires', () => token({ exp: undefined as unknown as number }), 401, 'jwt_expired'],
    ['one that begins later', () => token({ nbf: Math.floor(now / 1000) + 61 }), 401, 'jwt_expired'],
    ['an issuer that nobody named', () => token({ iss: 'https://evil.test' }), 401, 'jwt_issuer'],
    ['other claims', () => token({ sub: 'somebody' }), 403, 'jwt_claims'],
    [
      'no signature',
      async () => new UnsecuredJWT({ iss: issuer, aud: ENDPOINT, sub: 'triage', exp: now }).encode() + 'AA',
      401,
      'jwt_signature',
    ],
    [
      'a secret in place of the key pair',
      async () =>
        new SignJWT({ iss: issuer, aud: ENDPOINT, sub: 'triage', exp: Math.floor(now / 1000) + 300 })
          .setProtectedHeader({ alg: 'HS256', kid: 'one' })
          .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(keys[0]!.publicKey)))),
      401,
      'jwt_signature',
    ],
    [
      'a changed byte',
      async () => (await token()).replace(/\.([\w-])/, (_, c: string) => `.${c === 'e' ? 'f' : 'e'}`),
      401,
      'jwt_',
    ],
    [
      'a key of its own',
      () => token({}, 'one', { jwk: {}, jku: 'http://127.0.0.1:1/keys', kid: 'other' }),
      401,
      'jwt_signature',
    ],
    [
      'an extension that must be understood',
      () => token({}, 'one', { crit: ['x'], x: 1 }).catch(() => 'e30.e30.AA'),
      401,
      'jwt_',
    ],
  ];
  it.each(cases)('%s', async (_what, make, status, reason) => {
    await start({ bot: [jwt()] });
    const answer = await open(await make());
    expect(answer.status).toBe(status);
    expect(reasons().at(-1)).toContain(reason);
    expect(world.bridge.calls()).toEqual([]);
    expect(world.decisions().every(({ decision }) => decision === 'deny')).toBe(true);
  });

  it('one that two agents fit, and never chooses', async () => {
    await start({ bot: [jwt()], cat: [jwt({ claims: { team: 'ops' } })] });
    expect((await open(await token({ team: 'ops' }))).status).toBe(403);
    expect(reasons().at(-1)).toBe('jwt_ambiguous');
    expect((await open(await token())).status).toBe(200);
    expect((await open(await token({ sub: 'x', team: 'ops' }))).status).toBe(200);
    expect(
      world
        .decisions()
        .slice(-2)
        .map(({ agent }) => agent),
    ).toEqual(['bot', 'cat']);
  });
});

it.each([
  ['goes on', true, 'granted'],
  ['is refused where the policy no longer knows its issuer', false, 'token_unknown'],
])('a call that was held for a server’s successor %s', async (_what, known, reason) => {
  await start({ bot: [jwt()] });
  const authorization = `Bearer ${await token()}`;
  const opened = await world.post('/mcp', { authorization }, initialize());
  const session = { authorization, 'mcp-session-id': opened.headers['mcp-session-id'] as string };
  const { files } = world.policy.servers;
  if (!files) throw new Error('no server');
  world.write({ ...world.policy, servers: { files: { ...files, held: true } } });
  await world.ready();
  const answer = world.post('/mcp', session, call('files__read'));
  await new Promise((resolve) => setTimeout(resolve, 100)); // it is held; nothing tells
  const agents = known ? world.policy.agents : { ...world.policy.agents, bot: { grants: [grant('files', ['read'])] } };
  world.write({ ...world.policy, agents, servers: { files } });
  const { body } = await answer;
  expect(world.decisions().at(-1)).toMatchObject({ method: 'tools/call', reason });
  expect(JSON.parse(body)).toHaveProperty(known ? 'result' : 'error');
});

it('a skew of a minute is borne, and no more', async () => {
  await start({ bot: [jwt()] });
  expect((await open(await token({ exp: Math.floor(now / 1000) - 59 }))).status).toBe(200);
  const bearer = await token({ exp: Math.floor(now / 1000) + 30 });
  expect((await open(bearer)).status).toBe(200);
  now += 91_000;
  expect((await open(bearer)).status).toBe(401);
});

it('claims may be lists, scope among them, and the audience another', async () => {
  await start({ bot: [jwt({ audience: 'api', claims: { groups: 'ops', scope: 'tools' } })] });
  expect((await open(await token({ aud: ['x', 'api'], groups: ['dev', 'ops'], scope: 'mail tools' }))).status).toBe(
    200,
  );
  const refused = await open(await token({ aud: 'api', groups: ['dev', 'ops'], scope: 'toolset' }));
  expect(refused.status).toBe(403);
  expect(refused.headers['www-authenticate']).toBe(
    'Bearer realm="toolcrib", error="insufficient_scope", resource_metadata="http://tools.test/.well-known/oauth-protected-resource/mcp", scope="tools"',
  );
});

it('a new key is asked for once a minute at most, an old one is forgotten', async () => {
  await start({ bot: [jwt()] });
  expect((await open(await token())).status).toBe(200);
  await addKey('two');
  expect((await open(await token({}, 'two'))).status).toBe(401); // asked for a moment ago
  clock += 61_000;
  const keyFetches = (): number => asked.filter((path) => path === '/keys').length;
  const before = keyFetches();
  const answers = await Promise.all([1, 2, 3, 4].map(async (n) => open(await token({ n }, 'two'))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(keyFetches()).toBe(before + 1);
  keys = keys
    .filter(({ kid }) => kid !== 'one')
    .concat(keys.filter(({ kid }) => kid === 'one').map((k) => ({ ...k, kid: 'gone' })));
  const last = keys.find(({ kid }) => kid === 'gone')!;
  clock += 600_001;
  const old = await new SignJWT({ iss: issuer, aud: ENDPOINT, sub: 'triage', exp: Math.floor(now / 1000) + 300, m: 1 })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign(last.privateKey);
  expect((await open(old)).status).toBe(401);
});

it('a policy without the issuer ends what it let in', async () => {
  await start({ bot: [jwt()] });
  const bearer = await token();
  expect((await open(bearer)).status).toBe(200);
  const { jwt: _, ...bot } = world.policy.agents['bot']!;
  world.write({ ...world.policy, agents: { ...world.policy.agents, bot } });
  await world.ready();
  expect((await open(bearer)).status).toBe(401);
});

it('a policy that comes while a token is proved turns nobody away', async () => {
  await start({ bot: [jwt()] });
  let reload: (() => Promise<void>) | null = async () => {
    reload = null;
    world.write({ ...world.policy, origins: ['https://other.test'] });
    await world.ready();
  };
  meanwhile = () => reload?.();
  expect((await open(await token())).status).toBe(200);
  expect(reload).toBeNull();
});

it('a call under way lasts while the token does and the issuer is declared, and no longer', async () => {
  const held: (() => void)[] = [];
  world.bridge.servers.set('files', {
    tools: [tool('read')],
    behave: (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      held.push(() => run.reply(message['id'] ?? null, { content: [] }));
      return true;
    },
  });
  await start({ bot: [jwt()] });
  const authorization = `Bearer ${await token()}`;
  const opened = await world.post('/mcp', { authorization }, initialize());
  const session = { authorization, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const first = world.post('/mcp', session, call('files__read'));
  await until(() => held.length === 1);
  world.write({ ...world.policy, origins: ['https://other.test'] });
  await world.ready();
  held[0]?.();
  expect((await first).body).toContain('"result"');
  const second = world.post('/mcp', session, call('files__read'));
  await until(() => held.length === 2);
  const { jwt: _, ...bot } = world.policy.agents['bot']!;
  world.write({ ...world.policy, agents: { ...world.policy.agents, bot } });
  expect((await second).body).not.toContain('"content":[]');
});

describe('two people whom one agent stands for', () => {
  const as = async (sub: string): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await token({ sub, scope: 'tools' })}`,
  });
  async function begin(sub: string): Promise<Record<string, string>> {
    const who = await as(sub);
    const { headers } = await world.post('/mcp', who, initialize());
    return { ...who, 'mcp-session-id': String(headers['mcp-session-id']) };
  }

  it('have no use for each other’s sessions', async () => {
    await start({ bot: [jwt({ claims: { scope: 'tools' } })] });
    const own = await begin('ann');
    const stolen = { ...own, ...(await as('bob')) };
    expect((await world.post('/mcp', stolen, call('files__read'))).status).toBe(404);
    expect((await world.http('GET', '/mcp', { ...stolen, accept: 'text/event-stream' })).status).toBe(404);
    expect((await world.http('DELETE', '/mcp', stolen)).status).toBe(404);
    expect(world.bridge.calls()).toEqual([]);
    // Another token of the same person is as good as the first.
    now += 1000;
    expect((await world.post('/mcp', { ...own, ...(await as('ann')) }, call('files__read'))).body).toContain(
      '"result"',
    );
    expect(
      (await world.post('/mcp', { ...own, authorization: `Bearer ${world.token('bot')}` }, call('files__read'))).status,
    ).toBe(401);
  });

  it('are told apart however long their names are, and whatever is in them', async () => {
    await start({ bot: [jwt({ claims: { scope: 'tools' } })] });
    const long = 'CN=somebody,'.repeat(20);
    const names = ['é', '\\u{e9}', `${long}OU=a`, `${long}OU=b`];
    for (const name of names) await begin(name);
    const subjects = world.decisions().map(({ subject }) => subject ?? '');
    expect(new Set(subjects).size).toBe(names.length);
    for (const subject of subjects) expect(subject).toMatch(/^jwt:[\x20-\x7e]{1,160}$/);
  });
});

it('metadata says where to get a token, at the path-inserted address and for each endpoint', async () => {
  await start({ bot: [jwt()] });
  const get = (path: string) => world.http('GET', path, {});
  const { status, body } = await get('/.well-known/oauth-protected-resource/server/any/mcp');
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({
    resource: 'http://tools.test/server/any/mcp',
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
  });
  expect((await get('/.well-known/oauth-protected-resource/other')).status).toBe(404);
  expect((await get('/.well-known/oauth-protected-resource')).status).toBe(404);
  const { headers } = await world.post('/mcp', {}, initialize());
  expect(headers['www-authenticate']).toBe(
    'Bearer realm="toolcrib", resource_metadata="http://tools.test/.well-known/oauth-protected-resource/mcp"',
  );
});

it('without an issuer there is no metadata, and its form of token is unknown', async () => {
  await start({});
  expect((await world.http('GET', '/.well-known/oauth-protected-resource/mcp', {})).status).toBe(404);
  const { status, headers } = await open(await token());
  expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="toolcrib"']);
  expect(asked).toEqual([]);
});

it('an issuer that cannot be reached is asked now and then, and lets nobody in', async () => {
  await start({ bot: [jwt({ jwksUri: 'http://127.0.0.1:1/keys' })] });
  for (let n = 0; n < 5; n++) expect((await open(await token({ n }))).status).toBe(401);
  expect(new Set(reasons())).toEqual(new Set(['jwt_keys']));
  expect(world.log.filter((line) => JSON.stringify(line).includes('issuer_unreachable'))).toHaveLength(1);
});

it('a token that names no key is tried with those that could have signed it, and with no others', async () => {
  await addKey('two');
  const [one, two] = keys;
  const nameless = (key: CryptoKey): Promise<string> =>
    new SignJWT({ iss: issuer, aud: ENDPOINT, sub: 'triage', exp: Math.floor(now / 1000) + 300 })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(key);
  await start({ bot: [jwt()] });
  for (const key of [one, two]) if (key) expect((await open(await nameless(key.privateKey))).status).toBe(200);
  const stranger = await generateKeyPair('ES256');
  expect((await open(await nameless(stranger.privateKey))).status).toBe(401);
  expect(reasons().at(-1)).toBe('jwt_signature');
});

describe('keys of an issuer', () => {
  it('are looked for where OpenID Connect and RFC 8414 put them', async () => {
    await start({});
    expect(discoveryUrls('https://idp.test/tenant/')).toEqual([
      'https://idp.test/tenant/.well-known/openid-configuration',
      'https://idp.test/.well-known/oauth-authorization-server/tenant',
      'https://idp.test/.well-known/openid-configuration/tenant',
    ]);
    expect(discoveryUrls('https://idp.test')).toEqual([
      'https://idp.test/.well-known/openid-configuration',
      'https://idp.test/.well-known/oauth-authorization-server',
    ]);
  });

  it.each([
    ['a private address', 'https://10.0.0.1', /private address/],
    ['the metadata service of a cloud', 'https://169.254.169.254', /private address/],
    ['no https', 'http://idp.test', /https/],
  ])('are not asked for at %s', async (_what, url, problem) => {
    await start({});
    const troubles: string[] = [];
    expect(
      await new IssuerKeys(
        url,
        null,
        () => 1e9,
        (each) => troubles.push(each),
      ).current(),
    ).toBeNull();
    expect(troubles[0]).toMatch(problem);
  });

  it('are not taken from metadata of another issuer, nor through a redirect', async () => {
    await start({});
    const troubles: string[] = [];
    const lying = new IssuerKeys(
      'https://idp.test',
      null,
      () => 1e9,
      (each) => troubles.push(each),
      (url) =>
        Promise.resolve(url.includes('openid') ? { issuer: 'https://evil.test', jwks_uri: 'https://evil.test/k' } : {}),
    );
    expect(await lying.current()).toBeNull();
    expect(troubles[0]).toContain('of another issuer');
    const moved = createServer((_, response) => response.writeHead(302, { location: `${issuer}/keys` }).end());
    await new Promise<void>((resolve) => moved.listen(0, '127.0.0.1', resolve));
    const uri = `http://127.0.0.1:${(moved.address() as AddressInfo).port}/keys`;
    expect(
      await new IssuerKeys(
        'https://idp.test',
        uri,
        () => 1e9,
        (each) => troubles.push(each),
      ).current(),
    ).toBeNull();
    expect(troubles.at(-1)).toContain('302');
    expect(asked).toEqual([]);
    await new Promise((resolve) => moved.close(resolve));
  });
});
