/** Servers over HTTP behind the proxy: of every version, and in every kind of trouble that HTTP adds. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import type { ProxyOptions } from '../../src/proxy/proxy.js';
import { modernPeer, serve, sessionPeer, ssePeer, type Peer } from '../wire/peers.js';
import { definitionsAt, serveRemote } from './remote.js';
import { call, definitionsOf, grant, rpc, tool, until, World } from './world.js';

let world: World;
let peer: Peer;
let session: Record<string, string>;

afterEach(async () => {
  await world.stop();
  await peer.close();
});

/** The world with the peer as its server `far`, granted whole. @param locked instead of meeting it. */
async function begin(
  from: Peer,
  locked?: Parameters<typeof serveRemote>[3],
  more: Partial<ProxyOptions> = {},
): Promise<void> {
  peer = from;
  const definitions = locked ?? (await definitionsAt(from.url));
  peer.requests.length = 0;
  const tools = definitions.tools.map(({ name }) => name);
  world = new World({ servers: {}, agents: { bot: [grant('far', tools)] } });
  serveRemote(world.policy, 'far', from.url, definitions);
  const token = world.token('bot');
  await world.start(more);
  session = await world.session(token);
}

async function add(a: number, b: number): Promise<JsonObject> {
  const { body } = await world.post('/mcp', session, call('far__add', { a, b }));
  return JSON.parse(body) as JsonObject;
}

const sum = (text: string): object => ({ result: { content: [{ type: 'text', text }] } });

function refusal(answer: JsonObject): Json | undefined {
  const meta = (answer['result'] as JsonObject | undefined)?.['_meta'] as JsonObject | undefined;
  return (meta?.['io.toolcrib/refusal'] as JsonObject | undefined)?.['reason'];
}

function calls(): number {
  return peer.requests.filter(({ rpc: method }) => method === 'tools/call').length;
}

describe.each([
  ['2026-07-28', modernPeer],
  ['2025-11-25, answers as events', () => sessionPeer(false)],
  ['2025-11-25, answers as JSON', () => sessionPeer(true)],
  ['2024-11-05', ssePeer],
])('a server of %s', (_version, make) => {
  it('is called, and never sees the token of an agent', async () => {
    await begin(await make());
    expect(await add(19, 23)).toMatchObject(sum('42'));
    expect(await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => add(n, n)))).toMatchObject(
      [2, 4, 6, 8, 10, 12, 14, 16].map((n) => sum(String(n))),
    );
    expect(peer.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it('that changes its tools is read again', async () => {
    await begin(await make());
    expect(await add(1, 1)).toMatchObject(sum('2'));
    const lists = (): number => peer.requests.filter(({ rpc: method }) => method === 'tools/list').length;
    const before = lists();
    await until(() => {
      peer.announce();
      return lists() > before;
    });
  });
});

describe('a session that has expired', () => {
  it('is begun anew, and each call reaches the server once', async () => {
    await begin(await sessionPeer());
    expect(await add(1, 2)).toMatchObject(sum('3'));
    peer.forget();
    peer.requests.length = 0;
    const answers = await Promise.all([1, 2, 3].map((n) => add(n, n)));
    expect(answers).toMatchObject([sum('2'), sum('4'), sum('6')]);
    expect(peer.requests.filter(({ rpc: method }) => method === 'initialize')).toHaveLength(1);
    expect(calls()).toBeGreaterThan(3);
    expect(world.audit().filter(({ type }) => type === 'outcome')).toHaveLength(4);
  });

  it('twice for the same call is an error', async () => {
    const real = await sessionPeer();
    const from = await liar(real, (method) => (method === 'tools/call' ? 404 : null));
    await begin(from, await definitionsAt(real.url));
    expect(refusal(await add(1, 2))).toBe('unavailable');
    expect(calls()).toBe(2);
    await real.close();
  });
});

/** The real one, except where `status` says otherwise. */
async function liar(real: Peer, status: (method: string | null) => number | null): Promise<Peer> {
  return serve(
    async (req, res, body) => {
      const method = (body as { method?: string } | undefined)?.method ?? null;
      const code = status(method);
      if (code !== null) {
        res.writeHead(code).end();
        return;
      }
      const headers = Object.fromEntries(
        Object.entries(req.headers).filter(
          ([name]) => !['host', 'connection', 'content-length', 'transfer-encoding'].includes(name),
        ),
      ) as Record<string, string>;
      const answer = await fetch(real.url, {
        method: req.method ?? 'POST',
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const kept = [...answer.headers].filter(([name]) => name === 'content-type' || name === 'mcp-session-id');
      res.writeHead(answer.status, Object.fromEntries(kept));
      if (answer.body) for await (const chunk of answer.body) res.write(chunk);
      res.end();
    },
    { announce: () => undefined, forget: () => undefined },
  );
}

/** A modern server of one tool whose calls are answered by hand. */
async function byHand(answer: (res: ServerResponse, id: number) => void): Promise<Peer> {
  const tools = [tool('add', { a: { type: 'number' }, b: { type: 'number' } })];
  return serve(
    (_req, res, body) => {
      const { id, method } = body as { id: number; method: string };
      if (method === 'tools/call') {
        answer(res, id);
        return Promise.resolve();
      }
      const results: Record<string, object> = {
        'server/discover': { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } },
        'tools/list': { tools },
      };
      const result = { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...results[method] };
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      return Promise.resolve();
    },
    { announce: () => undefined, forget: () => undefined },
  );
}

const EVENTS = { 'content-type': 'text/event-stream' };
const answerTo = (id: unknown, text: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', content: [{ type: 'text', text }] } });

describe('a lying, slow or flooding server', () => {
  const locked = {
    ...definitionsOf([tool('add', { a: { type: 'number' }, b: { type: 'number' } })]),
    protocolVersion: '2026-07-28',
  };
  const bounds = { callBounds: { milliseconds: 1_500, most: 8, queued: 8 } };

  it('answers another id first, then garbage, then rightly, then twice', async () => {
    await begin(
      await byHand((res, id) => {
        res.writeHead(200, EVENTS);
        res.write(`data: ${answerTo(id + 1, 'WRONG')}\n\n`);
        res.write(`data: not json\n\ndata: ${answerTo(String(id), 'WRONG')}\n\n`);
        res.write(`data: ${answerTo(id, 'right')}\n\n`);
        res.end(`data: ${answerTo(id, 'WRONG')}\n\n`);
      }),
      locked,
      bounds,
    );
    for (let i = 0; i < 3; i++) expect(await add(i, i)).toMatchObject(sum('right'));
  });

  it('cannot answer the call of another', async () => {
    const waiting: { res: ServerResponse; id: number }[] = [];
    await begin(
      await byHand((res, id) => {
        waiting.push({ res: res.writeHead(200, EVENTS), id });
        const [first, second] = waiting;
        if (!first || !second) return;
        first.res.end(`data: ${answerTo(second.id, 'SWAPPED')}\n\n`);
        second.res.end(`data: ${answerTo(second.id, 'own')}\n\n`);
      }),
      locked,
      bounds,
    );
    const answers = await Promise.all([add(1, 1), add(2, 2)]);
    expect(answers.map((each) => refusal(each) ?? 'answered').sort()).toEqual(['answered', 'server_exited']);
    expect(JSON.stringify(answers)).not.toContain('SWAPPED');
  });

  it('drips for ever, and costs its caller the deadline', async () => {
    const timers: NodeJS.Timeout[] = [];
    let gone = 0;
    await begin(
      await byHand((res) => {
        res.writeHead(200, EVENTS);
        res.on('close', () => gone++);
        timers.push(setInterval(() => res.write(': still here\n\n'), 20));
      }),
      locked,
      bounds,
    );
    expect(refusal(await add(1, 1))).toBe('timeout');
    await expect.poll(() => gone).toBe(1);
    for (const timer of timers) clearInterval(timer);
  });

  it.each([
    ['one line without end', (res: ServerResponse) => flood(res, EVENTS)],
    ['one body without end', (res: ServerResponse) => flood(res, { 'content-type': 'application/json' })],
  ])('writes %s and is cut off', async (_what, how) => {
    await begin(await byHand(how), locked, { callBounds: { milliseconds: 60_000, most: 8 } });
    expect(refusal(await add(1, 1))).toBe('server_bad_output');
  });

  it.each([
    ['bodies', { 'content-type': 'application/json' }, '{"jsonrpc":"2.0","id":1,"result":"'],
    ['events', EVENTS, 'data: {"jsonrpc":"2.0","id":1,"result":"'],
  ])('begins many large %s and ends none: together they are bounded, and a call that is answered is', async (...of) => {
    const [, headers, beginning] = of;
    const half = Buffer.alloc(7 * 1024 * 1024, 0x78);
    let begun = 0;
    await begin(
      await byHand((res, id) => {
        if (begun++ < 12) res.writeHead(200, headers).write(Buffer.concat([Buffer.from(beginning), half]));
        else res.writeHead(200, EVENTS).end(`data: ${answerTo(id, 'right')}\n\n`);
      }),
      locked,
      { callBounds: { milliseconds: 5_000, most: 16 } },
    );
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => add(i, i)));
    const reasons = answers.map(refusal);
    // Nine of seven MiB are within 64 MiB.
    expect(reasons.filter((reason) => reason === 'timeout').length).toBeLessThanOrEqual(9);
    expect(reasons.filter((reason) => reason === 'server_bad_output').length).toBeGreaterThanOrEqual(3);
    expect(await add(1, 1)).toMatchObject(sum('right'));
  });

  it.each([
    [500, 'unavailable'],
    [401, 'unavailable'],
    // It knows no sessions, so this one does not say that its session is unknown.
    [404, 'unavailable'],
    [302, 'unavailable'],
    [202, 'server_exited'],
  ])('answers %i, and is called once', async (status, reason) => {
    await begin(
      await byHand((res) => void res.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()),
      locked,
      bounds,
    );
    expect(refusal(await add(1, 1))).toBe(reason);
    expect(calls()).toBe(1);
  });

  it('hangs up before its answer, and is not asked again', async () => {
    await begin(await byHand((res) => void res.socket?.destroy()), locked, bounds);
    expect(refusal(await add(1, 1))).toBe('server_exited');
    expect(calls()).toBe(1);
  });

  it('hangs: its queue is bounded, and the rest is refused at once', async () => {
    await begin(await byHand(() => undefined), locked, bounds);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => add(i, i)));
    const reasons = answers.map(refusal);
    expect(reasons.filter((reason) => reason === 'busy')).toHaveLength(4);
    expect(reasons.filter((reason) => reason === 'timeout')).toHaveLength(16);
    // Those that waited may be sent in their last moment, when the others have given up.
    expect(calls()).toBeLessThanOrEqual(16);
  });

  it('answers with an error of its own, under a status of its own', async () => {
    const error = '{"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"no"}}';
    await begin(
      await byHand((res) => void res.writeHead(400, { 'content-type': 'application/json' }).end(error)),
      locked,
      bounds,
    );
    expect(await add(1, 1)).toMatchObject({ error: { code: -32602, message: 'no' } });
  });
});

/** An older server of one tool, with a session; what `takes` takes over is answered by hand. */
async function olderByHand(takes: (method: string | null, res: ServerResponse, last: unknown, id: number) => boolean) {
  const tools = [tool('add', { a: { type: 'number' }, b: { type: 'number' } })];
  const serverInfo = { name: 'by hand', version: '1' };
  const results: Record<string, object> = {
    initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo },
    'tools/list': { tools },
    'tools/call': { content: [{ type: 'text', text: 'right' }] },
  };
  const from = await serve(
    (req, res, body) => {
      const { id, method } = (body ?? {}) as { id?: number; method?: string };
      if (takes(method ?? null, res, req.headers['last-event-id'], id ?? 0)) return Promise.resolve();
      if (method === undefined || id === undefined) res.writeHead(req.method === 'GET' ? 405 : 202).end();
      else {
        const told = { 'content-type': 'application/json', 'mcp-session-id': 'by-hand' };
        res.writeHead(200, told).end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }));
      }
      return Promise.resolve();
    },
    { announce: () => undefined, forget: () => undefined },
  );
  await begin(from, definitionsOf(tools));
}

it('a stream that breaks off within an event goes on from the one before', async () => {
  let answer = '';
  const resumed: unknown[] = [];
  await olderByHand((method, res, last, id) => {
    if (last !== undefined) {
      resumed.push(last);
      res.writeHead(200, EVENTS).end(last === '1' ? `id: 2\ndata: ${answer}\n\n` : '');
      return true;
    }
    if (method !== 'tools/call') return false;
    answer = answerTo(id, 'whole');
    res.writeHead(200, EVENTS).write('id: 1\nretry: 1\ndata:\n\n');
    res.write(`id: 2\ndata: ${answer.slice(0, 40)}`, () => res.destroy());
    return true;
  });
  expect(await add(1, 1)).toMatchObject(sum('whole'));
  expect(resumed).toEqual(['1']);
  expect(calls()).toBe(1);
});

it('a server that answers notifications by a stream without end is called all the same', async () => {
  await olderByHand((method, res) => {
    if (!method?.startsWith('notifications/')) return false;
    res.writeHead(200, EVENTS).write(': hm\n\n');
    return true;
  });
  expect(await add(1, 1)).toMatchObject(sum('right'));
});

/** As fast as it is taken, up to a gigabyte. */
function flood(res: ServerResponse, headers: Record<string, string>): void {
  res.writeHead(200, headers);
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  let left = 1024;
  const more = (): void => {
    while (left-- > 0 && !res.destroyed) if (!res.write(piece)) return void res.once('drain', more);
  };
  res.write('data: ');
  more();
}

it('a server that restarts has its calls held until it is back', async () => {
  const first = await modernPeer();
  await begin(first);
  expect(await add(1, 1)).toMatchObject(sum('2'));
  await first.close();
  const held = add(20, 22);
  await until(() => world.ack()?.generations['far@1']?.state !== 'ready');
  const outcome = await held;
  expect(refusal(outcome)).toBe('unavailable');
  expect((await world.post('/mcp', session, rpc('tools/list'))).body).toContain('far__add');
});
