/** What no version names crosses all four pairings as it was written: vendor fields, contents of unknown kinds, `_meta`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import { serve, type Peer } from '../wire/peers.js';
import { serveRemote } from './remote.js';
import { call, definitionsOf, grant, tool, until, World } from './world.js';

/** Numbers beyond a double, an order of keys and escapes that a parser would lose. */
const ODD =
  '"content":[{"type":"hologram","acme":{"depth":12345678901234567890,"z":1,"a":2}},{"type":"text","text":"\\u00e9\\/","vendor":true}],"acme/extra":[1.0,1e400],"_meta":{"acme/trace":{"n":9007199254740993},"plain":null}';

let world: World;
let peer: Peer;
let session: Record<string, string>;
let token = '';
/** Params of the calls that came. */
const came: Record<'old' | 'new', string[]> = { old: [], new: [] };

beforeAll(async () => {
  world = new World({
    servers: { old: [tool('odd')] },
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
        'tools/list': `"tools":${JSON.stringify([tool('odd')])}`,
        'tools/call': ODD,
      };
      if (method === 'tools/call') came.new.push(JSON.stringify(params));
      const result = `{"resultType":"complete","ttlMs":0,"cacheScope":"private",${results[method] ?? '"x":1'}}`;
      res.writeHead(200, { 'content-type': 'application/json' }).end(`{"jsonrpc":"2.0","id":${id},"result":${result}}`);
      return Promise.resolve();
    },
    { announce: () => undefined, forget: () => undefined },
  );
  serveRemote(world.policy, 'new', peer.url, { ...definitionsOf([tool('odd')]), protocolVersion: '2026-07-28' });
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
    expect(params).not.toContain(token);
  });
});
