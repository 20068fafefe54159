/** Which stream of announcements answers for which subscription, where they cross on the way. */
import { describe, expect, it, vi } from 'vitest';
import type { Outgoing, Wire, WireListener } from '../../src/mcp/wire.js';
import { Connection } from '../../src/proxy/connection.js';
import { Listening } from '../../src/proxy/listening.js';

interface Streams {
  listening: Listening;
  opened: Outgoing[];
  /** The server's word on one of them: what it agrees to. */
  agree: (which: number, agreed: object) => void;
  refuse: (which: number) => void;
}

function streams(): Streams {
  const opened: Outgoing[] = [];
  let listener: WireListener | null = null;
  const wire: Wire = {
    era: 'modern',
    attributes: true,
    announces: false,
    broken: null,
    listen: (given) => (listener = given),
    request: (outgoing) => opened.push(outgoing),
    say: () => undefined,
    abandon: () => true,
    done: () => undefined,
    waiting: () => 0,
    close: () => undefined,
  };
  const connection: Connection = new Connection({
    wire,
    bounds: { milliseconds: 1000, most: 1 },
    clientInfo: { name: 'test', version: '0' },
    exclusive: false,
    logs: false,
    mirrored: new Map(),
    events: {
      listChanged: () => undefined,
      resourceUpdated: () => undefined,
      acknowledged: (id, params) => listening.acknowledged(id, params),
      taskStatus: () => undefined,
      unread: () => undefined,
      over: () => undefined,
      complain: (what) => expect.fail(what),
    },
  });
  const listening = new Listening(connection, {}, {}, () => undefined);
  const say = (message: object): void =>
    listener?.message(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })), null);
  const idOf = (which: number): number => opened[which]?.id ?? expect.fail(`stream ${which} was not opened`);
  return {
    listening,
    opened,
    agree: (which, agreed) =>
      say({
        method: 'notifications/subscriptions/acknowledged',
        params: { _meta: { 'io.modelcontextprotocol/subscriptionId': idOf(which) }, notifications: agreed },
      }),
    refuse: (which) => say({ id: idOf(which), error: { code: -32601, message: 'no' } }),
  };
}

const settled = async (answer: Promise<{ kind: string }>): Promise<unknown> =>
  Promise.race([answer, new Promise((resolve) => setTimeout(() => resolve('waits'), 20))]);

describe('a subscription that comes while another stream is being opened', () => {
  it('waits for its own, whatever that one is told', async () => {
    const { listening, opened, agree } = streams();
    const first = listening.add('test://first');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    const second = listening.add('test://second');
    agree(0, { resourceSubscriptions: ['test://first'] });
    expect(await first.answer).toMatchObject({ key: 'result' });
    expect(await settled(second.answer)).toBe('waits');
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    agree(1, { resourceSubscriptions: ['test://first', 'test://second'] });
    expect(await second.answer).toMatchObject({ key: 'result' });
  });

  it('is not refused with the one before it', async () => {
    const { listening, opened, agree, refuse } = streams();
    const first = listening.add('test://first');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    const second = listening.add('test://second');
    refuse(0);
    expect(await first.answer).toMatchObject({ key: 'error' });
    listening.remove('test://first');
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    agree(1, { resourceSubscriptions: ['test://second'] });
    expect(await second.answer).toMatchObject({ key: 'result' });
  });

  it('is declined where the server leaves it out of what it agrees to', async () => {
    const { listening, opened, agree } = streams();
    const only = listening.add('test://only');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    agree(0, { resourceSubscriptions: [] });
    expect(await only.answer).toMatchObject({ key: 'error' });
  });
});
