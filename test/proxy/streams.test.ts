/** Streams of the versions with sessions, and what a new policy does to whatever lasts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/definitions.js';
import { ReplayStore, SessionStreams } from '../../src/proxy/sessions/session-streams.js';
import type { EventSink } from '../../src/proxy/http/event-stream.js';
import type { Run } from './fake-bridge.js';
import { call, grant, tool, until, World } from './world.js';

let world: World;
let token: string;
let session: Record<string, string>;
/** Calls that the server has not answered. */
let waiting: { id: Json; token: Json | undefined; run: Run }[];

beforeEach(async () => {
  world = new World({
    servers: { files: [tool('read'), tool('write')] },
    agents: { bot: [grant('files', ['read', 'write'])], other: [grant('files', ['read'])] },
  });
  token = world.token('bot');
  waiting = [];
  const server = world.bridge.servers.get('files');
  if (server)
    server.behave = (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      const meta = (message['params'] as JsonObject)['_meta'] as JsonObject | undefined;
      waiting.push({ id: message['id'] ?? null, token: meta?.['progressToken'], run });
      return true;
    };
  await world.start();
  session = await world.session(token);
});
afterEach(() => world.stop());

interface Heard {
  events: { id: string | null; data: string }[];
  status: number;
  ended: () => boolean;
  leave: () => void;
}

async function hear(method: 'GET' | 'POST', headers: Record<string, string>, body?: JsonObject): Promise<Heard> {
  const leaving = new AbortController();
  const response = await fetch(`${world.url}/mcp`, {
    method,
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...headers },
    signal: leaving.signal,
    ...(body && { body: JSON.stringify(body) }),
  });
  const events: Heard['events'] = [];
  let ended = false;
  void (async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const field = (name: string) => block.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const data = field('data') ?? '';
        if (block.some((line) => line.startsWith('data:'))) events.push({ id: field('id') ?? null, data });
      }
    }
  })()
    .catch(() => undefined)
    .finally(() => (ended = true));
  return { events, status: response.status, ended: () => ended, leave: () => leaving.abort() };
}

const withProgress: JsonObject = {
  ...call('files__read'),
  params: { name: 'files__read', arguments: {}, _meta: { progressToken: 'mine' } },
};

function progress(n: number): void {
  const [first] = waiting;
  first?.run.send(
    `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: first.token, progress: n } })}\n`,
  );
}

describe('a call with something to say', () => {
  it('goes on where its agent takes it up again', async () => {
    const begun = hear('POST', session, withProgress);
    await until(() => waiting.length > 0);
    progress(1);
    const first = await begun;
    await until(() => first.events.some(({ data }) => data.includes('progress')));
    expect(first.events[0]?.data).toBe(''); // what it may resume from
    expect(JSON.parse(first.events[1]?.data ?? '')).toMatchObject({ params: { progressToken: 'mine', progress: 1 } });
    const last = first.events.at(-1)?.id ?? '';
    first.leave();
    progress(2);
    const [under] = waiting;
    under?.run.reply(under.id, { content: [{ type: 'text', text: 'kept' }] });
    await until(() => world.audit().some((line) => line.type === 'outcome' && line.outcome === 'ok'));
    const again = await hear('GET', { ...session, 'last-event-id': last });
    await until(again.ended);
    const seen = again.events.map(({ data }) => JSON.parse(data) as JsonObject);
    expect(seen).toMatchObject([{ params: { progress: 2 } }, { id: 1, result: { content: [{ text: 'kept' }] } }]);
  });

  it('of an agent that takes no streams has its answer alone', async () => {
    const answer = world.http(
      'POST',
      '/mcp',
      { ...session, 'content-type': 'application/json', accept: 'application/json' },
      JSON.stringify(withProgress),
    );
    await until(() => waiting.length > 0);
    progress(1);
    const [under] = waiting;
    under?.run.reply(under.id, { content: [] });
    expect((await answer).headers['content-type']).toBe('application/json');
  });
});

describe('a stream of its own', () => {
  it('tells of a changed list to whose list it is, and ends with the session', async () => {
    const mine = await hear('GET', session);
    const theirs = await hear('GET', await world.session(token));
    const alien = world.token('other');
    world.write();
    await world.ready();
    const others = await hear('GET', await world.session(alien));
    world.policy.agents['bot'] = { grants: [grant('files', ['read'], { rule: 'agents.bot.grants[0]' })] };
    world.write();
    await world.ready();
    const changed = (heard: Heard) => heard.events.filter(({ data }) => data.includes('tools/list_changed')).length;
    await until(() => changed(mine) === 1 && changed(theirs) === 1);
    expect(changed(others)).toBe(0);
    expect((await world.http('DELETE', '/mcp', session)).status).toBe(204);
    await until(mine.ended);
    expect(theirs.ended()).toBe(false);
  });

  it('needs a session that is the agent’s own', async () => {
    const authorization = session['authorization'] ?? '';
    expect((await hear('GET', { authorization })).status).toBe(400);
    expect((await hear('GET', { ...session, 'mcp-session-id': 'x' })).status).toBe(404);
    const alien = world.token('other');
    world.write();
    await world.ready();
    expect((await hear('GET', { ...session, authorization: `Bearer ${alien}` })).status).toBe(404);
  });
});

describe('a new policy', () => {
  const isCancelled = (): boolean =>
    world.bridge.received.some(({ message }) => message['method'] === 'notifications/cancelled');

  it('cancels the running call of what it takes away, and no other', async () => {
    const read = world.post('/mcp', session, call('files__read'));
    const write = world.post('/mcp', session, call('files__write', {}, 2));
    await until(() => waiting.length === 2);
    world.policy.agents['bot'] = { grants: [grant('files', ['read'], { rule: 'agents.bot.grants[0]' })] };
    world.write();
    expect(JSON.parse((await write).body)).toMatchObject({ id: 2, error: { code: -32800 } });
    await until(isCancelled);
    for (const { id, run } of waiting) run.reply(id, { content: [] });
    expect(JSON.parse((await read).body)).toMatchObject({ id: 1, result: { content: [] } });
  });

  it('cancels the calls and ends the streams of a revoked token', async () => {
    const stream = await hear('GET', session);
    const read = world.post('/mcp', session, call('files__read'));
    await until(() => waiting.length === 1);
    world.revoke(Object.values(world.policy.tokens)[0]?.id ?? '');
    expect(JSON.parse((await read).body)).toMatchObject({ error: { code: -32800 } });
    await until(() => isCancelled() && stream.ended());
  });
});

describe('what is kept of streams', () => {
  const nobody: EventSink = { write: () => false, end: () => undefined, onClose: () => undefined };

  it('is bounded, for one session and for all', () => {
    const store = new ReplayStore(100_000);
    const many = [1, 2, 3].map(() => new SessionStreams(store));
    for (const streams of many) {
      const stream = streams.open(nobody, false);
      for (let i = 0; i < 500; i++) stream?.send('x'.repeat(1000));
    }
    let room = 0;
    while (store.take(1)) room++;
    expect(room).toBeLessThan(100_000);
    store.release(room);
    for (const streams of many) streams.close();
    expect(store.take(100_000)).toBe(true);
  });

  it('is so many streams, and no more', () => {
    const streams = new SessionStreams(new ReplayStore());
    for (let i = 0; i < 64; i++) expect(streams.open(nobody, false)).not.toBeNull();
    expect(streams.open(nobody, false)).toBeNull();
  });
});
