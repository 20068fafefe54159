/** A server of which nothing is known: of either generation, of both, and one that plays neither. */
import { expect, it } from 'vitest';
import { Failure } from '../../src/diagnostics/failure.js';
import { meet } from '../../src/mcp/meet.js';
import type { JsonObject } from '../../src/model/definitions.js';
import { hello, scripted, type Script } from './scripted-server.js';

const options = {
  envelope: { protocolVersion: '2025-11-25', capabilities: {} },
  clientInfo: { name: 'toolcrib', version: '0.0.1' },
  initializeMs: 30_000,
  listMs: 20_000,
  timers: { after: () => () => undefined },
};
const VERSION = 'io.modelcontextprotocol/protocolVersion';
const refused = (code: number): JsonObject => ({ raw: { error: { code, message: 'Unsupported protocol version' } } });
const MODERN: Script = {
  initialize: () => refused(-32022),
  'server/discover': () => ({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, resultType: 'complete' }),
  'tools/list': (params) =>
    (params['_meta'] as JsonObject | undefined)?.[VERSION] === '2026-07-28'
      ? { tools: [{ name: 'add' }] }
      : refused(-32602),
};

it.each([-32022, -32601, -32602, -32600])(
  'modern only: it refuses initialize with %i, and is asked anew',
  async (code) => {
    const server = scripted({ ...MODERN, initialize: () => refused(code) });
    expect(await meet(server, options)).toMatchObject({ protocolVersion: '2026-07-28', tools: [{ name: 'add' }] });
    expect(server.sent.map(({ method }) => method)).toEqual(['initialize', 'server/discover', 'tools/list']);
  },
);

it('legacy, or both: it is asked once', async () => {
  const server = scripted({ ...MODERN, initialize: () => hello(), 'tools/list': () => ({ tools: [{ name: 'add' }] }) });
  expect(await meet(server, options)).toMatchObject({ protocolVersion: '2025-11-25', tools: [{ name: 'add' }] });
  expect(server.sent.map(({ method }) => method)).toEqual(['initialize', 'notifications/initialized', 'tools/list']);
});

it.each<[string, Script, string]>([
  ['neither', { initialize: () => refused(-32000) }, 'It answered initialize with an error'],
  [
    'a later version alone',
    { ...MODERN, 'server/discover': () => ({ supportedVersions: ['2030-01-01'], capabilities: {} }) },
    '2030-01-01',
  ],
  ['the newer one, badly', { ...MODERN, 'tools/list': () => ({ tools: 3 }) }, 'tools/list'],
])('%s: what it said is told', async (_what, script, words) => {
  const failure = await meet(scripted(script), options).catch((cause: unknown) => cause);
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Failure).diagnostics[0]?.detail).toContain(words);
});

it('legacy, and then refusing its lists: it is not asked in the newer way', async () => {
  const server = scripted({ initialize: () => hello() });
  await expect(meet(server, options)).rejects.toThrow(Failure);
  expect(server.sent.map(({ method }) => method)).not.toContain('server/discover');
});
