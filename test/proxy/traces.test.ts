/** The trace of a request goes through the proxy, whichever way it came, and a collector hears of what was decided. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import { Collector } from '../support/collector.js';
import { sessionPeer, type Peer } from '../wire/peers.js';
import { definitionsAt, serveRemote } from './remote.js';
import { call, grant, tool, until, World } from './world.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const PARENT = `00-${TRACE}-${SPAN}-01`;

const world = new World({
  servers: { clock: [tool('now'), tool('hidden')] },
  agents: { bot: [grant('clock', ['now']), grant('far', ['add'])] },
});
let peer: Peer;
let session: Record<string, string>;
let collector: Collector;

beforeAll(async () => {
  peer = await sessionPeer(false);
  serveRemote(world.policy, 'far', peer.url, await definitionsAt(peer.url));
  const token = world.token('bot');
  await world.start();
  session = await world.session(token);
  collector = new Collector();
});
afterAll(async () => {
  collector.close();
  await world.stop();
  await peer.close();
});
beforeEach(() => {
  world.bridge.received.length = 0;
  peer.requests.length = 0;
});

const withMeta = (name: string, meta: JsonObject, args: JsonObject = {}): JsonObject => {
  const message = call(name, args);
  return { ...message, params: { ...(message['params'] as JsonObject), _meta: meta } };
};

/** `_meta` of the call that reached the server over stdio. */
async function metaOf(headers: Record<string, string | string[]>, meta: JsonObject | null): Promise<Json | undefined> {
  await world.post('/mcp', { ...session, ...headers }, meta ? withMeta('clock__now', meta) : call('clock__now'));
  const reached = world.bridge.received.find(({ message }) => message['method'] === 'tools/call');
  return (reached?.message['params'] as JsonObject | undefined)?.['_meta'];
}

describe('without a collector', () => {
  it('what comes in `_meta` goes on in `_meta`, and stands in the audit', async () => {
    expect(await metaOf({}, { traceparent: PARENT, tracestate: 'a=1', vendor: { kept: 1 } })).toEqual({
      vendor: { kept: 1 },
      traceparent: PARENT,
      tracestate: 'a=1',
    });
    expect(world.decisions().at(-1)).toMatchObject({ tool: 'now', traceparent: PARENT });
  });

  it('what comes in headers goes on in `_meta`, and `_meta` goes before it', async () => {
    const other = PARENT.replace(SPAN, '1111111111111111');
    expect(await metaOf({ traceparent: PARENT, tracestate: ['a=1', 'b=2'] }, null)).toEqual({
      traceparent: PARENT,
      tracestate: 'a=1,b=2',
    });
    world.bridge.received.length = 0;
    expect(await metaOf({ traceparent: other }, { traceparent: PARENT })).toEqual({ traceparent: PARENT });
  });

  it('both reach a server over HTTP, in headers too', async () => {
    const meta = { traceparent: PARENT, tracestate: 'a="q"' };
    await world.post('/mcp', session, withMeta('far__add', meta, { a: 1, b: 2 }));
    const reached = peer.requests.find(({ rpc }) => rpc === 'tools/call');
    expect(reached?.headers).toMatchObject(meta);
  });

  it('what is not of the grammar goes nowhere', async () => {
    for (const bad of ['x', `${PARENT}\r\nauthorization: Bearer stolen`, PARENT.toUpperCase(), 7, { a: 1 }]) {
      world.bridge.received.length = 0;
      const meta = (await metaOf({}, { traceparent: bad as Json, tracestate: 'a=1', kept: true })) as JsonObject;
      expect(meta).toEqual({ kept: true });
    }
    world.bridge.received.length = 0;
    expect(await metaOf({ traceparent: [PARENT, PARENT] }, null)).toBeUndefined();
    expect(world.decisions().at(-1)).not.toHaveProperty('traceparent');
  });
});

describe('with a collector', () => {
  beforeAll(async () => {
    world.write({ ...world.policy, telemetry: { endpoint: await collector.listen(), sample: 1 } });
    await world.ready();
  });

  it('a call is a span of its trace, and its server the child of that', async () => {
    const meta = (await metaOf({}, { traceparent: PARENT, tracestate: 'a=1' })) as JsonObject;
    const [span] = await until(() => (collector.spans().length > 0 ? collector.spans() : null));
    expect(span).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      traceState: 'a=1',
      name: 'tools/call now',
      kind: 2,
      status: {},
      attributes: {
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'now',
        'mcp.protocol.version': '2025-11-25',
        'toolcrib.agent': 'bot',
        'toolcrib.server': 'clock',
        'toolcrib.rule': 'agents.bot.grants[0]',
        'toolcrib.decision': 'allow',
      },
    });
    const handed = `00-${TRACE}-${span?.['spanId'] as string}-01`;
    expect(meta['traceparent']).toBe(handed);
    expect(world.decisions().at(-1)).toMatchObject({ traceparent: handed });
    const [start, end] = [BigInt(span?.['startTimeUnixNano'] as string), BigInt(span?.['endTimeUnixNano'] as string)];
    expect(end >= start && start > 1_700_000_000_000_000_000n).toBe(true);
  });

  it('a refusal is one too, and says why; a trace that is not recorded is left alone', async () => {
    collector.bodies.length = 0;
    const unsampled = PARENT.replace(/01$/, '00');
    expect(await metaOf({}, { traceparent: unsampled })).toEqual({ traceparent: unsampled });
    await world.post('/mcp', session, call('clock__hidden', { password: 'hunter2' }));
    const [span, more] = await until(() => (collector.spans().length > 0 ? collector.spans() : null));
    expect(more).toBeUndefined();
    expect(span).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': 'not_granted', 'toolcrib.decision': 'deny' },
    });
    expect(span).not.toHaveProperty('parentSpanId');
    expect(JSON.stringify(collector.bodies)).not.toContain('hunter2');
  });

  it('one that takes nothing holds nobody up, and what is lost is counted and told once', async () => {
    collector.status = 503;
    for (let i = 0; i < 3; i++) {
      const { status } = await world.post('/mcp', session, call('clock__now'));
      expect(status).toBe(200);
    }
    await until(() => world.log.find((line) => JSON.stringify(line).includes('it answered 503')));
    collector.status = 200;
    await world.post('/mcp', session, call('clock__now'));
    await until(() => world.log.find((line) => JSON.stringify(line).includes('arrives; ')));
    const told = world.log.filter((line) => JSON.stringify(line).includes('telemetry_lost'));
    expect(told).toHaveLength(1);
  });

  it('is left when a policy names none', async () => {
    const { telemetry: _, ...without } = world.policy;
    world.write(without);
    await world.ready();
    const before = await metaOf({}, { traceparent: PARENT });
    expect(before).toEqual({ traceparent: PARENT });
  });
});
