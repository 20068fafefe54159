/** A modern server's own requestState: it comes back byte for byte, or is not given out at all. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import { serve, type Peer } from '../wire/peers.js';
import { serveRemote } from './remote.js';
import { definitionsOf, grant, rpc, tool, World } from './world.js';

const VERSION = '2026-07-28';
const META = { 'io.modelcontextprotocol/protocolVersion': VERSION, 'io.modelcontextprotocol/clientCapabilities': {} };
const tools = [tool('add')];

let world: World;
let peer: Peer;
let token = '';
let state = '';
let brought: unknown[] = [];

beforeEach(async () => {
  brought = [];
  peer = await serve(
    (_req, res, body) => {
      const { id, method, params } = body as { id: number; method: string; params: JsonObject };
      const wants = method === 'tools/call' && params['requestState'] === undefined;
      if (method === 'tools/call' && !wants) brought.push(params['requestState']);
      const results: Record<string, object> = {
        'server/discover': { supportedVersions: [VERSION], capabilities: { tools: {} } },
        'tools/list': { tools },
        'tools/call': wants ? { resultType: 'input_required', requestState: state } : { content: [] },
      };
      const result = { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...results[method] };
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      return Promise.resolve();
    },
    { announce: () => undefined, forget: () => undefined },
  );
  world = new World({ servers: {}, agents: { bot: [grant('far', ['add'])] } });
  serveRemote(world.policy, 'far', peer.url, { ...definitionsOf(tools), protocolVersion: VERSION });
  token = world.token('bot');
  await world.start();
});
afterEach(async () => {
  await world.stop();
  await peer.close();
});

async function ask(more: JsonObject = {}): Promise<JsonObject> {
  const authorization = `Bearer ${token}`;
  const headers = {
    authorization,
    'mcp-protocol-version': VERSION,
    'mcp-method': 'tools/call',
    'mcp-name': 'far__add',
  };
  const { body } = await world.post('/mcp', headers, rpc('tools/call', { name: 'far__add', _meta: META, ...more }));
  return (JSON.parse(body) as JsonObject)['result'] as JsonObject;
}

it.each([
  ['what escapes make longer', '"\\\n\u2028'.repeat(4_000)],
  ['another script', '漢é😀'.repeat(6_000)],
  ['half a character', `${'x'.repeat(60_000)}\ud83d`],
])('comes back as it was: %s', async (_what, of) => {
  state = of;
  const { requestState } = await ask();
  expect(await ask({ requestState: requestState ?? null })).toMatchObject({ resultType: 'complete', content: [] });
  expect(brought).toEqual([of]);
});

it.each([
  ['what escapes make longer', '"'.repeat(60_000)],
  ['another script', '漢'.repeat(60_000)],
])('is not given out where its agent could not bring it back: %s', async (_what, of) => {
  state = of;
  expect(await ask()).toMatchObject({ _meta: { 'io.toolcrib/refusal': { reason: 'server_bad_output' } } });
});
