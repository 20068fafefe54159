/**
 * Law, over the wire: what the agent is told equals the reference, and the server has seen exactly the allowed calls.
 * Each policy is written as apply would, each request goes over HTTP to a whole proxy. `npm run test:policy` tries as many
 * pairs as TOOLCRIB_WIRE_PAIRS says (100,000); here it is a share of them.
 */
import fc from 'fast-check';
import { Agent } from 'undici';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import { anyPolicy, anyRequest, reference, type Request } from '../policy/model.js';
import { call, tool, World } from './world.js';

const ASKS = 100;
const PAIRS = Number(process.env['TOOLCRIB_WIRE_PAIRS'] ?? 3_000);

it(`answers as the reference says, for ${PAIRS} policies and requests, and lets nothing else through`, async () => {
  const tools = ['a', 'b', 'c'].map((name) => tool(name, { n: {}, path: {}, mode: {}, k: {} }));
  const world = new World({ servers: { x: tools, y: tools }, agents: {}, toolboxes: { x: 'box', y: 'net' } });
  const tokens = new Map(['one', 'two'].map((agent) => [agent, world.token(agent)]));
  const sessions = new Map<string, Record<string, string>>();
  await world.start();
  const base = world.policy;
  const connections = new Agent();

  /** null: the agent has no share of this endpoint. */
  const session = async ({ agent, path }: Request): Promise<Record<string, string> | null> => {
    const key = `${agent} ${path}`;
    const known = sessions.get(key);
    if (known) return known;
    const opened = await world.session(tokens.get(agent) ?? 'none', path).catch(() => null);
    if (opened) sessions.set(key, opened);
    return opened;
  };
  const answered = async (request: Request): Promise<string> => {
    const headers = await session(request);
    if (!headers) return 'hidden';
    const { statusCode, body } = await connections.request({
      origin: world.url,
      method: 'POST',
      path: request.path,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(call(request.name, request.arguments)),
    });
    const text = await body.text();
    if (statusCode === 404) return 'hidden';
    const { error, result } = JSON.parse(text) as { error?: { code: number }; result?: JsonObject };
    if (error) return error.code === -32602 ? 'hidden' : `error ${error.code}`;
    const meta = result?.['_meta'] as { 'io.toolcrib/refusal'?: { reason: string; rule: string } } | undefined;
    const refusal = meta?.['io.toolcrib/refusal'];
    return refusal ? `deny ${refusal.reason} ${refusal.rule} visible` : 'allow';
  };

  const now = Date.now();
  const requests = anyRequest.filter(({ agent }) => tokens.has(agent));
  let allowed = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        anyPolicy(),
        fc.array(requests, { minLength: ASKS, maxLength: ASKS, size: 'max' }),
        async (model, asks) => {
          const y = { ...base.servers['y']!, serving: model.servers['y']?.serving ?? null };
          const policy = { ...base, agents: model.agents, servers: { ...base.servers, y } };
          world.write(policy);
          await world.ready();
          for (const request of asks) {
            const expected = reference(policy, request, now);
            world.bridge.received.length = 0;
            const told = expected.startsWith('allow') ? 'allow' : expected.endsWith('hidden') ? 'hidden' : expected;
            expect(await answered(request)).toBe(told);
            const arrived = world.bridge.calls();
            expect(arrived).toHaveLength(told === 'allow' ? 1 : 0);
            if (told === 'allow') {
              allowed++;
              expect(arrived[0]?.name).toBe(request.name.split('__').at(-1));
              expect(arrived[0]?.arguments).toMatchObject(request.arguments);
            }
          }
        },
      ),
      { numRuns: PAIRS / ASKS, endOnFailure: true },
    );
    expect(allowed).toBeGreaterThan(PAIRS / 100);
  } finally {
    await connections.close();
    await world.stop();
  }
});
