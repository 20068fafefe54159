import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../src/diagnostics/failure.js';
import { handshake, listAgain } from '../../src/mcp/handshake.js';
import type { HandshakeOptions } from '../../src/mcp/handshake.js';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import { hello, scripted } from './scripted-server.js';
import type { Script, ScriptedServer } from './scripted-server.js';

const options: HandshakeOptions = {
  envelope: { protocolVersion: '2025-11-25', capabilities: {} },
  clientInfo: { name: 'toolcrib', version: '0.0.1' },
  initializeMs: 30_000,
  listMs: 20_000,
  timers: {
    after(milliseconds, work) {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
  },
};

const tools = (...names: string[]): JsonObject => ({ tools: names.map((name) => ({ name })) });

async function refusal(work: Promise<unknown>): Promise<{ code: string; detail: string; fix: string }> {
  const error = await work.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Failure) || error.diagnostics.length !== 1)
    throw new Error(`not one diagnostic: ${String(error)}`);
  return error.diagnostics[0] as { code: string; detail: string; fix: string };
}

const refusalOf = (script: Script): ReturnType<typeof refusal> => refusal(handshake(scripted(script), options));

describe('handshake', () => {
  it('presents the envelope, says it is initialized, and reads every list that is offered', async () => {
    const server = scripted({
      initialize: () =>
        hello({
          capabilities: { tools: { listChanged: true }, prompts: {}, resources: {} },
          instructions: 'Be kind.',
          extra: 1,
        }),
      'tools/list': () => ({ tools: [{ name: 'read', 'x-vendor': { deep: [1] } }] }),
      'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
      'resources/list': () => ({ resources: [{ uri: 'file:///a' }] }),
      'resources/templates/list': () => ({ resourceTemplates: [{ uriTemplate: 'file:///{a}' }] }),
    });
    expect(await handshake(server, options)).toEqual({
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'scripted', version: '1' },
      capabilities: { tools: { listChanged: true }, prompts: {}, resources: {} },
      instructions: 'Be kind.',
      tools: [{ name: 'read', 'x-vendor': { deep: [1] } }],
      prompts: [{ name: 'greet' }],
      resources: [{ uri: 'file:///a' }],
      resourceTemplates: [{ uriTemplate: 'file:///{a}' }],
    });
    expect(server.sent.map((message) => message.method)).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/list',
      'prompts/list',
      'resources/list',
      'resources/templates/list',
    ]);
    expect(server.sent[0]?.params).toEqual({ ...options.envelope, clientInfo: options.clientInfo });
  });

  it('asks for nothing that is not offered', async () => {
    const server = scripted({ initialize: () => hello({ capabilities: {} }) });
    const seen = await handshake(server, options);
    expect([seen.tools, seen.prompts, seen.resources, seen.resourceTemplates, seen.instructions]).toEqual([
      [],
      [],
      [],
      [],
      null,
    ]);
    expect(server.sent.map((message) => message.method)).toEqual(['initialize', 'notifications/initialized']);
  });

  it('reads every page', async () => {
    const pages: Record<string, JsonObject> = {
      first: { ...tools('a', 'b'), nextCursor: 'second' },
      second: { ...tools('c'), nextCursor: 'third' },
      third: tools('d'),
    };
    const server = scripted({
      initialize: () => hello(),
      'tools/list': ({ cursor = 'first' }) => pages[cursor as string] ?? null,
    });
    expect((await handshake(server, options)).tools.map((tool) => tool.name)).toEqual(['a', 'b', 'c', 'd']);
    expect(server.sent.slice(2).map((message) => message.params)).toEqual([
      {},
      { cursor: 'second' },
      { cursor: 'third' },
    ]);
  });

  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'takes a server that answers with %s',
    async (protocolVersion) => {
      const server = scripted({ initialize: () => hello({ protocolVersion }), 'tools/list': () => tools('a') });
      expect((await handshake(server, options)).protocolVersion).toBe(protocolVersion);
    },
  );

  it('takes a missing method for an empty list, but not for tools', async () => {
    const capabilities = { tools: {}, prompts: {}, resources: {} };
    const seen = await handshake(
      scripted({ initialize: () => hello({ capabilities }), 'tools/list': () => tools('a') }),
      options,
    );
    expect([seen.prompts, seen.resources, seen.resourceTemplates]).toEqual([[], [], []]);
    const refused = await refusalOf({ initialize: () => hello() });
    expect(refused).toMatchObject({ code: 'server_refused', detail: expect.stringContaining('tools/list') as string });
  });

  it('answers ping, declines what it did not offer, ignores notifications and answers to nothing', async () => {
    const server = scripted({
      initialize: () => {
        server.say('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"hi"}}');
        server.say('{"jsonrpc":"2.0","id":"p","method":"ping"}');
        for (const method of ['roots/list', 'sampling/createMessage', 'elicitation/create']) {
          server.say(JSON.stringify({ jsonrpc: '2.0', id: method, method }));
        }
        server.say('{"jsonrpc":"2.0","id":77,"result":{"protocolVersion":"1999-01-01"}}');
        server.say('{"jsonrpc":"2.0","id":"1","result":{"protocolVersion":"1999-01-01"}}');
        return hello();
      },
      'tools/list': () => tools('a'),
    });
    expect((await handshake(server, options)).tools).toHaveLength(1);
    const answers = server.sent.filter((message) => !('method' in message));
    expect(answers).toEqual([
      { jsonrpc: '2.0', id: 'p', result: {} },
      ...['roots/list', 'sampling/createMessage', 'elicitation/create'].map((id) => ({
        jsonrpc: '2.0',
        id,
        error: { code: -32601, message: 'Method not found' },
      })),
    ]);
  });

  it('listAgain asks a server that is initialized only for what it has', async () => {
    const server = scripted({
      'tools/list': ({ cursor }) => (cursor ? tools('b') : { ...tools('a'), nextCursor: 'x' }),
    });
    const { tools: found, prompts } = await listAgain(server, options, { tools: {} });
    expect({ found, prompts }).toEqual({ found: [{ name: 'a' }, { name: 'b' }], prompts: [] });
    expect(server.sent.map((message) => message.method)).toEqual(['tools/list', 'tools/list']);
  });
});

describe('handshake with a server that does not play by the rules', () => {
  it.each<[string, Json, RegExp]>([
    ['a version of the past', '1999-01-01', /"\\"1999-01-01\\""/],
    ['the version without initialize', '2026-07-28', /2026-07-28/],
    ['a version that is no text', 7, /7/],
    ['an escape sequence for a version', '\u001b[2J', /\\u001b/],
  ])('%s is refused, and the known ones named', async (_, protocolVersion, said) => {
    const { code, detail } = await refusalOf({ initialize: () => hello({ protocolVersion }) });
    expect(code).toBe('server_refused');
    expect(detail).toMatch(said);
    expect(detail).toContain('2025-11-25');
  });

  it('no version at all is refused', async () => {
    expect(await refusalOf({ initialize: () => ({ capabilities: {} }) })).toMatchObject({
      code: 'server_refused',
      detail: expect.stringContaining('no version') as string,
    });
  });

  it.each<[string, Script]>([
    ['an error', { initialize: () => ({ raw: { error: { code: -32602, message: 'Missing API key \u001b[31m' } } }) }],
    [
      'an error without an id',
      { initialize: () => ({ raw: { id: null, error: { code: -32700, message: 'API key?' } } }) },
    ],
  ])('%s is shown, harmless', async (_, script) => {
    const { code, detail } = await refusalOf(script);
    expect(code).toBe('server_refused');
    expect(detail).toMatch(/answered initialize with an error: .*API key/);
    expect(detail).not.toContain('\u001b');
  });

  it.each([
    ['a banner', 'Server started on stdio \u001b[32m✔\u001b[0m'],
    ['half a message', '{"jsonrpc":"2.0","id":1,'],
    ['JSON that is no JSON-RPC', '{"level":"info","msg":"ready"}'],
    ['a list', '[]'],
    ['a number', '42'],
    ['nesting without end', '['.repeat(200_000)],
  ])('%s on stdout is shown with how to mend it', async (_, line) => {
    const server = scripted({ initialize: () => null });
    server.say(line);
    const { code, detail, fix } = await refusal(handshake(server, options));
    expect(code).toBe('server_bad_output');
    expect(detail).toContain(JSON.stringify(line.slice(0, 20)).slice(1, 12));
    expect(detail).not.toContain('\u001b');
    expect(detail.length).toBeLessThan(400);
    expect(fix).toContain('stderr');
  });

  it.each([
    [
      'an error nested without end',
      `"error":{"code":1,"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      /64 levels/,
    ],
    ['a result of small values without end', `"result":{"tools":[${'{},'.repeat(1_000_000)}{}]}`, /250000 values/],
  ])('%s is refused, and harms nothing else', async (_, answer, said) => {
    const server = scripted({ initialize: () => null });
    server.say(`{"jsonrpc":"2.0","id":1,${answer}}`);
    expect(await refusal(handshake(server, options))).toMatchObject({
      code: 'server_bad_output',
      detail: expect.stringMatching(said) as string,
    });
  });

  const lists: [string, (params: JsonObject) => JsonObject, string, RegExp][] = [
    [
      'a cursor that comes back',
      ({ cursor }) => ({ ...tools('a'), nextCursor: cursor === 'x' ? 'y' : 'x' }),
      'server_refused',
      /circles/,
    ],
    [
      'a list that never ends',
      ({ cursor = '0' }) => ({ ...tools('a'), nextCursor: String(Number(cursor) + 1) }),
      'server_refused',
      /200 pages/,
    ],
    [
      'too many tools',
      () => tools(...Array.from({ length: 2_001 }, (_, index) => `t${index}`)),
      'server_refused',
      /2000 entries/,
    ],
    [
      'too many bytes',
      () => ({ tools: [{ name: 'a', description: 'x'.repeat(8 * 1024 * 1024) }] }),
      'server_refused',
      /8 MiB/,
    ],
    ['no array', () => ({ tools: { a: 1 } }), 'server_refused', /no array "tools"/],
    ['a tool that is no object', () => ({ tools: ['a'] }), 'server_refused', /of objects/],
    ['a tool without a name', () => ({ tools: [{ title: 'A' }] }), 'server_refused', /without a name/],
    ['a result that is no object', () => ({ raw: { result: [] } }), 'server_bad_output', /no result object/],
    [
      'half a surrogate pair',
      () => ({ tools: [{ name: 'a', description: '\ud800' }] }),
      'server_bad_output',
      /surrogate/,
    ],
    [
      'half a surrogate pair as a key',
      () => ({ tools: [{ name: 'a', '\udc00': 1 }] }),
      'server_bad_output',
      /surrogate/,
    ],
    ['nesting', () => ({ tools: [{ name: 'a', inputSchema: nested(70) }] }), 'server_bad_output', /64 levels/],
  ];
  it.each(lists)('%s is refused', async (_, list, code, said) => {
    const refused = await refusalOf({ initialize: () => hello(), 'tools/list': list });
    expect(refused).toMatchObject({ code, detail: expect.stringMatching(said) as string });
    expect(refused.detail.length).toBeLessThan(400);
  });

  it('a number beyond all numbers is refused', async () => {
    const server = scripted({ initialize: () => null });
    server.say(
      '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{"a":1e999}}}}',
    );
    expect(await refusal(handshake(server, options))).toMatchObject({ code: 'server_bad_output' });
  });

  it('the bound on bytes holds for all lists together', async () => {
    const big = { description: 'x'.repeat(3 * 1024 * 1024) };
    const refused = await refusalOf({
      initialize: () => hello({ capabilities: { tools: {}, prompts: {}, resources: {} } }),
      'tools/list': () => ({ tools: [{ name: 'a', ...big }] }),
      'prompts/list': () => ({ prompts: [{ name: 'a', ...big }] }),
      'resources/list': () => ({ resources: [{ uri: 'a:', ...big }] }),
    });
    expect(refused).toMatchObject({
      code: 'server_refused',
      detail: expect.stringMatching(/resources\/list.*8 MiB/) as string,
    });
  });

  it('asking without end is refused', async () => {
    const server = scripted({ initialize: () => null });
    for (let id = 0; id <= 1_000; id += 1) server.say(JSON.stringify({ jsonrpc: '2.0', id: `q${id}`, method: 'ping' }));
    expect(await refusal(handshake(server, options))).toMatchObject({ code: 'server_bad_output' });
    expect(server.sent.length).toBeLessThanOrEqual(1_001);
  });

  it('an end is told with its reason, before and after a question', async () => {
    const early = scripted({ initialize: () => null });
    early.exit('It ended with exit code 3.');
    expect(await refusal(handshake(early, options))).toMatchObject({
      code: 'server_exited',
      detail: 'It ended with exit code 3.',
    });
    const late: ScriptedServer = scripted({ initialize: () => hello(), 'tools/list': () => (late.exit('gone'), null) });
    expect(await refusal(handshake(late, options))).toMatchObject({ code: 'server_exited', detail: 'gone' });
  });
});

describe('handshake with a server that is slow', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each<[string, Script, string, string]>([
    ['initialize', {}, 'initialize', '30 s'],
    ['a list', { initialize: () => hello() }, 'tools/list', '20 s'],
  ])('%s: says which method and how long it was waited for', async (_, script, method, seconds) => {
    const silent = { initialize: () => null, 'tools/list': () => null, ...script };
    const failed = refusal(handshake(scripted(silent), options));
    await vi.advanceTimersByTimeAsync(30_000);
    const { code, detail } = await failed;
    expect(code).toBe('server_timeout');
    expect(detail).toContain(method);
    expect(detail).toContain(seconds);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a page each ten seconds does not stretch the deadline', async () => {
    let page = 0;
    const server: ScriptedServer = scripted({
      initialize: () => hello(),
      'tools/list': () => {
        const id = server.sent.at(-1)?.id ?? null;
        const result = { tools: [], nextCursor: `p${(page += 1)}` };
        setTimeout(() => server.say(JSON.stringify({ jsonrpc: '2.0', id, result })), 10_000);
        return null;
      },
    });
    const failed = refusal(handshake(server, options));
    await vi.advanceTimersByTimeAsync(25_000);
    expect(await failed).toMatchObject({ code: 'server_timeout' });
    expect(page).toBeLessThanOrEqual(3);
  });

  it('leaves no timer behind when all went well', async () => {
    await handshake(scripted({ initialize: () => hello(), 'tools/list': () => tools('a') }), options);
    expect(vi.getTimerCount()).toBe(0);
  });
});

function nested(depth: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 0; level < depth; level += 1) value = { properties: value };
  return value;
}
