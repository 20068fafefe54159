/** What no version names crosses all four pairings as it was written: vendor fields, contents of unknown kinds, `_meta`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import type { PolicyGrant } from '../../src/policy/artifact.js';
import { serve, type Peer } from '../wire/peers.js';
import { serveRemote } from './remote.js';
import { call, definitionsOf, grant, tool, until, World } from './world.js';

/** Numbers beyond a double, an order of keys and escapes that a parser would lose. */
const ODD =
  '"content":[{"type":"hologram","acme":{"depth":12345678901234567890,"z":1,"a":2}},{"type":"text","text":"\\u00e9\\/","vendor":true}],"acme/extra":[1.0,1e400],"_meta":{"acme/trace":{"n":9007199254740993},"plain":null}';

const ODD_TOOL = tool('odd', { a: { type: 'integer' }, b: { type: 'integer' } });

let world: World;
let peer: Peer;
let session: Record<string, string>;
let token = '';
/** Params of the calls that came. */
const came: Record<'old' | 'new', string[]> = { old: [], new: [] };

beforeAll(async () => {
  world = new World({
    servers: { old: [ODD_TOOL] },
    agents: { bot: [grant('old', ['odd']), grant('new', ['odd'])] },
  });
  const old = world.bridge.servers.get('old');
  if (old)
    old.behave = (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      run.send(`{"jsonrpc":"2.0","id":${JSON.stringify(message['id'])},"result":{${ODD}}}\n`);
      return true;
    };
  peer = await serve(
    (_req, res, body) => {
      const { id, method, params } = body as JsonObject & { id: number; method: string };
      const results: Record<string, string> = {
        'server/discover': '"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}',
        'tools/list': `"tools":${JSON.stringify([ODD_TOOL])}`,
        'tools/call': ODD,
      };
      if (method === 'tools/call') came.new.push(JSON.stringify(params));
      const result = `{"resultType":"complete","ttlMs":0,"cacheScope":"private",${results[method] ?? '"x":1'}}`;
      res.writeHead(200, { 'content-type': 'application/json' }).end(`{"jsonrpc":"2.0","id":${id},"result":${result}}`);
      return Promise.resolve();
    },
    { announce: () => undefined, forget: () => undefined },
  );
  serveRemote(world.policy, 'new', peer.url, { ...definitionsOf([ODD_TOOL]), protocolVersion: '2026-07-28' });
  token = world.token('bot');
  await world.start();
  await until(() => world.ack()?.generations['new@1']?.state === 'ready');
  session = await world.session(token);
});
afterAll(async () => {
  await world.stop();
  await peer.close();
});

const META = { 'acme/request': { big: 1, nested: [null] }, 'acme.example/x': 'é' };

async function asked(era: 'legacy' | 'modern', name: string): Promise<string> {
  const params = (call(name, {}) as { params: JsonObject }).params;
  if (era === 'legacy') {
    const body = { ...call(name, {}), params: { ...params, _meta: META, acme: { vendor: 7 } } };
    return (await world.post('/mcp', session, body)).body;
  }
  const own = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'a', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = {
    authorization: `Bearer ${token}`,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  };
  const body = { ...call(name, {}), params: { ...params, _meta: { ...META, ...own }, acme: { vendor: 7 } } };
  return (await world.post('/mcp', headers, body)).body;
}

describe.each([
  ['legacy', 'old'],
  ['legacy', 'new'],
  ['modern', 'old'],
  ['modern', 'new'],
] as const)('a %s agent of a server that is %s', (era, server) => {
  it('gets what it does not know, byte for byte', async () => {
    const answer = await asked(era, `${server}__odd`);
    for (const part of ODD.split(/(?<=\]),(?="acme)|,(?="_meta)/)) expect(answer).toContain(part.replace(/\}$/, ''));
  });

  it('says what nobody here knows, and that arrives', async () => {
    const before = world.bridge.received.length;
    await asked(era, `${server}__odd`);
    const params =
      server === 'new'
        ? came.new.at(-1)
        : JSON.stringify(world.bridge.received.slice(before).find(({ message }) => message['method'] === 'tools/call'));
    expect(params).toContain('acme/request');
    expect(params).toContain('acme.example/x');
    expect(params).toContain('"acme":{"vendor":7}');
    expect(params).not.toContain(token);
  });
});

describe('a member beside the arguments', () => {
  /** Params of a call as they arrived. */
  async function arrived(body: string): Promise<string> {
    const before = world.bridge.received.length;
    await world.post('/mcp', session, body);
    const line = world.bridge.received.slice(before).find(({ message }) => message['method'] === 'tools/call')?.line;
    return line?.replace(/^.*"params":/, '') ?? 'nothing';
  }
  const calling = (params: string): string => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${params}}}`;

  it('keeps its bytes, wherever it stands', async () => {
    const sent = calling('"x":[1.0,12345678901234567890],"name":"old__odd","arguments":{"a":1},"y z":"\\u00e9"');
    const got = '{"name":"odd","arguments":{"a":1},"x":[1.0,12345678901234567890],"y z":"\\u00e9"}}';
    expect(await arrived(sent)).toBe(got);
  });

  it('is signed for with the arguments, and what is no member of an object is left out', async () => {
    const signed = async (params: string): Promise<unknown> => {
      await arrived(calling(params));
      return world.decisions().at(-1)?.arguments;
    };
    const alone = await signed('"name":"old__odd","arguments":{}');
    expect(await signed('"name":"old__odd","arguments":{}')).toBe(alone);
    expect(await signed('"name":"old__odd","arguments":{},"data":"all the secrets"')).not.toBe(alone);
    expect(await arrived(calling('"name":"old__odd","arguments":{},"__proto__":{"a":1}'))).toBe(
      '{"name":"odd","arguments":{}}}',
    );
  });

  it('is left out where a rule has looked at the arguments, or fixes one', async () => {
    const { grants = [] } = world.policy.agents['bot'] ?? {};
    const rule: Partial<PolicyGrant> = { arguments: { odd: { properties: { a: { enum: [1] } } } } };
    for (const [own, got] of [
      [rule, '{"name":"odd","arguments":{"a":1}}}'],
      [{ set: { b: 2 } }, '{"name":"odd","arguments":{"b":2,"a":1}}}'],
    ] as const) {
      world.policy.agents['bot'] = { grants: [grant('old', ['odd'], { rule: 'r', ...own }), ...grants.slice(1)] };
      world.write();
      await world.ready();
      expect(await arrived(calling('"name":"old__odd","arguments":{"a":1},"a":2,"b":3'))).toBe(got);
    }
  });

  it.each(['"name":"old__odd","Name":"other"', '"name":"old__odd","x":1,"x":2', '"name":"old__odd","ARGUMENTS":{}'])(
    'is nobody’s second name: %s',
    async (params) => {
      expect(await arrived(calling(params))).toBe('nothing');
    },
  );
});
