/** MCP 2026-07-28 on the wire: what every request must say, what comes back, and what another's state is worth. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import { Seal } from '../../src/proxy/message/seal.js';
import { call, grant, rpc, tool, until, World, type HttpAnswer } from './world.js';

const VERSION = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const MIRRORED = { type: 'string', 'x-mcp-header': 'Region' };

const world = new World({
  servers: {
    files: [
      tool('read', {}, { execution: { taskSupport: 'optional' } }),
      tool('query', { region: MIRRORED, limit: { type: 'integer', 'x-mcp-header': 'Limit' } }),
    ],
  },
  agents: { bot: [grant('files', ['read', 'query'])], other: [grant('files', ['read'])] },
});
let token = '';

beforeAll(async () => {
  token = world.token('bot');
  await world.start();
});
afterAll(() => world.stop());

function ask(message: JsonObject, headers: Record<string, string> = {}, meta: JsonObject = META): Promise<HttpAnswer> {
  const { params } = message;
  const sent = { ...message, params: { ...(params as JsonObject), _meta: meta } };
  const name = (params as JsonObject)['name'] ?? (params as JsonObject)['uri'];
  const usual = {
    authorization: `Bearer ${token}`,
    'mcp-protocol-version': VERSION,
    'mcp-method': message['method'] as string,
    ...(typeof name === 'string' && { 'mcp-name': name }),
  };
  const all = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== '');
  return world.post('/mcp', Object.fromEntries(all), sent);
}

const bodyOf = ({ body }: HttpAnswer): JsonObject => JSON.parse(body) as JsonObject;
const resultOf = (answer: HttpAnswer): JsonObject => bodyOf(answer)['result'] as JsonObject;

describe('a request without a session', () => {
  it('is told what there is, and that nobody else may keep it', async () => {
    expect(resultOf(await ask(rpc('server/discover')))).toMatchObject({
      resultType: 'complete',
      supportedVersions: [VERSION, '2025-11-25', '2025-06-18', '2025-03-26'],
      capabilities: { tools: { listChanged: true } },
      cacheScope: 'private',
    });
    const list = resultOf(await ask(rpc('tools/list')));
    expect(list).toMatchObject({ resultType: 'complete', cacheScope: 'private', ttlMs: expect.any(Number) as number });
    expect((list['tools'] as JsonObject[]).map(({ name }) => name)).toEqual(['files__read', 'files__query']);
    expect(JSON.stringify(list)).not.toContain('execution');
  });

  it('calls, and its own part of _meta stays here', async () => {
    const answer = await ask(call('files__read'), {}, { ...META, 'acme/trace': 7 });
    expect(resultOf(answer)).toMatchObject({ resultType: 'complete', content: [{ text: 'read {}' }] });
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    const line = world.bridge.received.findLast(({ message }) => message['method'] === 'tools/call')?.line ?? '';
    expect(line).toContain('"_meta":{"acme/trace":7}');
  });

  it('has no arguments where it writes null, as Go does of a nil map', async () => {
    const answer = await ask(rpc('tools/call', { name: 'files__read', arguments: null }));
    expect(resultOf(answer)).toMatchObject({ content: [{ text: 'read undefined' }] });
    const { message } = world.bridge.received.findLast((each) => each.message['method'] === 'tools/call') ?? {};
    expect(message?.['params']).not.toHaveProperty('arguments');
  });

  it('is refused a call as a result of its own kind', async () => {
    const answer = bodyOf(await ask(call('files__write')));
    expect(answer).toMatchObject({ id: 1, error: { code: -32602 } });
  });

  it.each<[string, JsonObject, Record<string, string>, JsonObject, number, number]>([
    ['no version in the headers', rpc('tools/list'), { 'mcp-protocol-version': '' }, META, 400, -32020],
    ['another version in the headers', rpc('tools/list'), { 'mcp-protocol-version': '2025-11-25' }, META, 400, -32020],
    ['no version in the body', rpc('tools/list'), {}, {}, 400, -32602],
    [
      'an unknown version in both',
      rpc('tools/list'),
      { 'mcp-protocol-version': '2099-01-01' },
      { ...META, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' },
      400,
      -32022,
    ],
    ['no capabilities', rpc('tools/list'), {}, { 'io.modelcontextprotocol/protocolVersion': VERSION }, 400, -32602],
    ['no Mcp-Method', rpc('tools/list'), { 'mcp-method': '' }, META, 400, -32020],
    ['another Mcp-Method', rpc('tools/list'), { 'mcp-method': 'tools/call' }, META, 400, -32020],
    ['no Mcp-Name', call('files__read'), { 'mcp-name': '' }, META, 400, -32020],
    ['another Mcp-Name', call('files__read'), { 'mcp-name': 'files__write' }, META, 400, -32020],
    ['an undecodable Mcp-Name', call('files__read'), { 'mcp-name': '=?base64?/w==?=' }, META, 400, -32020],
    ['a method of the past', rpc('ping'), {}, META, 404, -32601],
    ['a handshake', rpc('initialize'), {}, META, 404, -32601],
    ['what nothing was granted for', rpc('prompts/list'), {}, META, 404, -32601],
    ['no header for an argument', call('files__query', { region: 'eu' }), {}, META, 400, -32020],
    [
      'another header for an argument',
      call('files__query', { region: 'eu' }),
      { 'mcp-param-region': 'us' },
      META,
      400,
      -32020,
    ],
    [
      'a number in a notation of its own',
      call('files__query', { limit: 16 }),
      { 'mcp-param-limit': '0x10' },
      META,
      400,
      -32020,
    ],
    ['a header for no argument', call('files__query'), { 'mcp-param-region': 'us' }, META, 400, -32020],
  ])('with %s is refused, and reaches nobody', async (_what, message, headers, meta, status, code) => {
    const before = world.bridge.calls().length;
    const answer = await ask(message, headers, meta);
    expect([answer.status, bodyOf(answer)]).toMatchObject([status, { id: 1, error: { code } }]);
    expect(world.bridge.calls()).toHaveLength(before);
  });

  it('may have its name and arguments in headers encoded', async () => {
    const encoded = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;
    const headers = { 'mcp-name': encoded('files__query'), 'mcp-param-region': encoded('eu') };
    expect((await ask(call('files__query', { region: 'eu' }), headers)).status).toBe(200);
  });

  it('is one message, and no answer', async () => {
    const authorization = `Bearer ${token}`;
    const headers = { authorization, 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/list' };
    const message = { ...rpc('tools/list'), params: { _meta: META } };
    expect((await world.post('/mcp', headers, [message])).status).toBe(400);
    expect((await world.post('/mcp', headers, { jsonrpc: '2.0', id: 1, result: {} })).status).toBe(400);
    expect((await world.http('GET', '/mcp', headers)).status).toBe(405);
    expect((await world.http('DELETE', '/mcp', headers)).status).toBe(405);
  });
});

/** As the Go SDK calls off what its caller has given up: in the middle of a connection that it ends at any 400. */
describe('a notification', () => {
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3, reason: 'enough' } };
  const notify = async (headers: Record<string, string>, meta?: JsonObject): Promise<number> => {
    const params = meta ? { ...cancelled.params, _meta: meta } : cancelled.params;
    const all = { authorization: `Bearer ${token}`, 'mcp-protocol-version': VERSION, ...headers };
    return (await world.post('/mcp', all, { ...cancelled, params })).status;
  };

  it('need not say in its body what only requests must', async () => {
    expect(await notify({})).toBe(202);
    expect(await notify({ 'mcp-method': 'notifications/cancelled' }, { 'acme/why': 1 })).toBe(202);
  });

  it.each<[string, Record<string, string>, JsonObject | undefined]>([
    ['another version in its body', {}, { ...META, 'io.modelcontextprotocol/protocolVersion': '2025-11-25' }],
    ['another method in its headers', { 'mcp-method': 'tools/call' }, undefined],
  ])('is refused with %s', async (_what, headers, meta) => {
    expect(await notify(headers, meta)).toBe(400);
  });
});

describe('sealed state', () => {
  const binding = { agent: 'a', subject: 's', server: 'x', method: 'tools/call', name: 'n' };
  const seal = new Seal();
  const state = seal.close('{"park":"1"}', binding, 1000);

  it('comes back to whom it was given', () => {
    expect(seal.open(state, binding, 999)).toBe('{"park":"1"}');
  });

  it.each<[string, () => string | null]>([
    ['another agent', () => seal.open(state, { ...binding, agent: 'b' }, 0)],
    ['another person', () => seal.open(state, { ...binding, subject: 't' }, 0)],
    ['another server', () => seal.open(state, { ...binding, server: 'y' }, 0)],
    ['another method', () => seal.open(state, { ...binding, method: 'prompts/get' }, 0)],
    ['another tool', () => seal.open(state, { ...binding, name: 'm' }, 0)],
    ['a later time', () => seal.open(state, binding, 1000)],
    ['another start of the proxy', () => new Seal().open(state, binding, 0)],
    ['a changed byte', () => seal.open(`${state.slice(0, -3)}AAA`, binding, 0)],
    ['nothing', () => seal.open('', binding, 0)],
  ])('is worth nothing to %s', (_who, open) => {
    expect(open()).toBeNull();
  });

  it('that nobody gave out is refused, and reaches nobody', async () => {
    const before = world.bridge.calls().length;
    const message = rpc('tools/call', { name: 'files__read', requestState: 'tcs1.AAAA', inputResponses: {} });
    expect(bodyOf(await ask(message))).toMatchObject({ error: { code: -32602 } });
    expect(world.bridge.calls()).toHaveLength(before);
  });
});

/** The events of a stream, as they come. */
function listening(filter: Json): Promise<{ events: JsonObject[]; ended: () => boolean }> {
  const events: JsonObject[] = [];
  let ended = false;
  const headers = {
    authorization: `Bearer ${token}`,
    'mcp-protocol-version': VERSION,
    'mcp-method': 'subscriptions/listen',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const params = { notifications: filter, _meta: META };
  return fetch(`${world.url}/mcp`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen', params }),
  }).then((response) => {
    void (async () => {
      for await (const chunk of response.body ?? []) {
        for (const line of Buffer.from(chunk as Uint8Array)
          .toString()
          .split('\n'))
          if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)) as JsonObject);
      }
    })()
      .catch(() => undefined)
      .finally(() => (ended = true));
    return { events, ended: () => ended };
  });
}

describe('subscriptions/listen', () => {
  it('acknowledges what it honours, tells what changed, and ends with the grant of its agent', async () => {
    const { events, ended } = await listening({ toolsListChanged: true, promptsListChanged: true });
    await until(() => events.length > 0);
    expect(events[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true }, _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } },
    });
    // Another agent's list changes: nothing is told here.
    const before = structuredClone(world.policy);
    world.policy.agents['other'] = { grants: [] };
    world.write();
    await world.ready();
    world.policy.agents['bot'] = {
      grants: (before.agents['bot']?.grants ?? []).map((each) => ({ ...each, tools: ['read'] })),
    };
    world.write();
    await world.ready();
    await until(() => events.length > 1);
    expect(events.slice(1)).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/tools/list_changed',
        params: { _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } },
      },
    ]);
    const spare = token;
    const tokens = { ...world.policy.tokens };
    world.policy.tokens = {};
    world.write();
    await until(ended);
    world.policy = { ...before, tokens };
    world.write();
    await world.ready();
    token = spare;
  });
});
