/** Which stream of announcements answers for which subscription, where they cross on the way, or have no answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Outgoing } from '../../src/mcp/wire.js';
import type { JsonObject } from '../../src/model/definitions.js';
import { Interests } from '../../src/proxy/servers/interests.js';
import { Listening } from '../../src/proxy/servers/listening.js';
import type { UpstreamAnswer } from '../../src/proxy/upstream-port.js';
import { recordedConnection } from './recorded-connection.js';

interface Streams {
  listening: Listening;
  /** As an instance has them. */
  interests: Interests;
  opened: Outgoing[];
  /** What a stream was asked for. */
  uris: (which: number) => string[];
  lists: (which: number) => boolean;
  /** The server's word on one of them: what it agrees to. */
  agree: (which: number, agreed: object) => void;
  refuse: (which: number, code?: number) => void;
  /** That stream alone breaks off. */
  lose: (which: number) => void;
  close: () => void;
}

interface Behaviour {
  milliseconds?: number;
  capabilities?: JsonObject;
  asked?: (which: number) => void;
}

function streams({ milliseconds = 1000, capabilities = {}, asked }: Behaviour = {}): Streams {
  const opened: Outgoing[] = [];
  const { connection, listener } = recordedConnection({
    era: 'modern',
    bounds: { milliseconds, most: 1 },
    logs: false,
    request: (outgoing) => {
      opened.push(outgoing);
      asked?.(opened.length - 1);
    },
    events: { acknowledged: (id, params) => listening.acknowledged(id, params) },
  });
  const listening: Listening = new Listening(
    connection,
    capabilities,
    {},
    {
      missed: () => undefined,
      declined: (_field, what) => interests.declined(what),
    },
  );
  const interests: Interests = new Interests((method, _members, uri) => {
    if (method === 'resources/subscribe') return listening.add(uri);
    listening.remove(uri);
    return null;
  });
  const say = (message: object): void =>
    listener.message(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })), null);
  const idOf = (which: number): number => opened[which]?.id ?? expect.fail(`stream ${which} was not opened`);
  const filterOf = (which: number): { resourceSubscriptions?: string[]; toolsListChanged?: boolean } => {
    const message = JSON.parse(opened[which]?.body.toString() ?? '{}') as { params: { notifications: object } };
    return message.params.notifications;
  };
  return {
    listening,
    interests,
    opened,
    uris: (which) => filterOf(which).resourceSubscriptions ?? [],
    lists: (which) => filterOf(which).toolsListChanged === true,
    agree: (which, agreed) =>
      say({
        method: 'notifications/subscriptions/acknowledged',
        params: { _meta: { 'io.modelcontextprotocol/subscriptionId': idOf(which) }, notifications: agreed },
      }),
    refuse: (which, code = -32602) => say({ id: idOf(which), error: { code, message: 'no' } }),
    lose: (which) => {
      const loss = { reached: 'maybe', reason: 'unavailable', detail: 'It broke off.', status: null } as const;
      listener.lost(idOf(which), loss);
    },
    close: () => listener.closed('It ended.'),
  };
}

const UNHEARD = { told: () => undefined, declined: () => undefined };

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

describe('a subscription that is not acknowledged', () => {
  it('is refused after a while, and asked for no more', async () => {
    const { interests, opened, uris } = streams({ milliseconds: 100 });
    const one = interests.add('test://one', UNHEARD);
    expect(await one?.answer).toMatchObject({ kind: 'refused', reason: 'timeout' });
    expect(interests.size).toBe(0);
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    expect([uris(0), uris(1)]).toEqual([['test://one'], []]);
  });

  it('of a task is refused as well', async () => {
    const { listening } = streams({ milliseconds: 100 });
    expect(await listening.addTask('one').answer).toMatchObject({ kind: 'refused', reason: 'timeout' });
  });

  it('is refused when its server ends', async () => {
    const { listening, opened, close } = streams({ milliseconds: 600_000 });
    const [one, task] = [listening.add('test://one'), listening.addTask('two')];
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    close();
    expect(await one.answer).toMatchObject({ kind: 'refused', reason: 'server_exited' });
    expect(await task.answer).toMatchObject({ kind: 'refused', reason: 'server_exited' });
  });

  it('is cancelled by whoever takes it back', async () => {
    const { listening } = streams({ milliseconds: 600_000 });
    const { answer, cancel } = listening.add('test://one');
    cancel();
    expect(await answer).toEqual({ kind: 'cancelled' });
  });

  it('holds up what comes after it no longer than it waits itself', async () => {
    const { listening, opened, uris, agree } = streams({ milliseconds: 2000 });
    const first = listening.add('test://first');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    const second = listening.add('test://second');
    await vi.waitFor(() => expect(opened).toHaveLength(2), 10_000);
    agree(1, { resourceSubscriptions: uris(1) });
    expect(await Promise.all([first.answer, second.answer])).toMatchObject([{ key: 'result' }, { key: 'result' }]);
  });

  it('is not starved by another that comes and goes', async () => {
    const server = streams({
      milliseconds: 600_000,
      asked: (which) => setTimeout(() => server.agree(which, { resourceSubscriptions: server.uris(which) }), 50),
    });
    let told: unknown = null;
    void server.listening.add('test://patient').answer.then((answer) => (told = answer));
    for (let i = 0; i < 20; i++) {
      void server.listening.add('test://restless');
      await sleep(15);
      server.listening.remove('test://restless');
      await sleep(15);
    }
    expect(told).toMatchObject({ key: 'result' });
  });
});

describe('a stream that breaks off', () => {
  it('is opened again with all that was subscribed to', async () => {
    const { listening, opened, uris, agree, lose } = streams();
    const one = listening.add('test://one');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    agree(0, { resourceSubscriptions: ['test://one'] });
    await one.answer;
    lose(0);
    await vi.waitFor(() => expect(opened).toHaveLength(2), 10_000);
    expect(uris(1)).toEqual(['test://one']);
  });

  it('and is not taken again for all of it ends what is left out, and tells who listens', async () => {
    const { interests, opened, uris, agree, lose } = streams();
    const lost: string[] = [];
    const two = ['test://one', 'test://two'].map((uri) =>
      interests.add(uri, { ...UNHEARD, declined: () => lost.push(uri) }),
    );
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    agree(0, { resourceSubscriptions: uris(0) });
    for (const each of two) expect(await each?.answer).toMatchObject({ key: 'result' });
    lose(0);
    await vi.waitFor(() => expect(opened).toHaveLength(2), 10_000);
    agree(1, { resourceSubscriptions: ['test://two'] });
    expect([lost, interests.size]).toEqual([['test://one'], 1]);
    // Whoever asks again is told by the server.
    const again = interests.add('test://one', UNHEARD);
    await vi.waitFor(() => expect(opened).toHaveLength(3));
    expect(uris(2).sort()).toEqual(['test://one', 'test://two']);
    agree(2, { resourceSubscriptions: ['test://two'] });
    expect(await again?.answer).toMatchObject({ key: 'error' });
  });

  it('before it was acknowledged is opened again beside the one that is', async () => {
    const { listening, opened, uris, agree, lose } = streams({ milliseconds: 600_000 });
    const one = listening.add('test://one');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    agree(0, { resourceSubscriptions: ['test://one'] });
    await one.answer;
    const two = listening.add('test://two');
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    lose(1);
    await vi.waitFor(() => expect(opened).toHaveLength(3), 10_000);
    agree(2, { resourceSubscriptions: uris(2) });
    expect(await two.answer).toMatchObject({ key: 'result' });
  });
});

describe('what a server declines', () => {
  const tools = { tools: { listChanged: true } };

  it('is not asked for again', async () => {
    const { interests, opened, uris, agree } = streams();
    for (let i = 0; i < 5; i++) {
      const one = interests.add(`test://${i}`, UNHEARD);
      await vi.waitFor(() => expect(opened).toHaveLength(i + 1));
      agree(i, { resourceSubscriptions: [] });
      expect(await one?.answer).toMatchObject({ key: 'error' });
    }
    expect(uris(4)).toEqual(['test://4']);
  });

  it('does not have the others declined, before it, with it or after it', async () => {
    const server = streams({
      asked: (which) =>
        setTimeout(() => {
          if (server.uris(which).includes('test://bad')) server.refuse(which);
          else server.agree(which, { resourceSubscriptions: server.uris(which) });
        }),
    });
    const keys = async (...names: string[]): Promise<unknown[]> =>
      Promise.all(
        names.map(async (name) => {
          const answer = await server.interests.add(`test://${name}`, UNHEARD)?.answer;
          return answer?.kind === 'answer' ? answer.key : answer;
        }),
      );
    expect(await keys('before')).toEqual(['result']);
    expect(await keys('one', 'two', 'bad', 'three')).toEqual(['result', 'result', 'error', 'result']);
    expect(await keys('after')).toEqual(['result']);
    expect(server.uris(server.opened.length - 1)).toEqual(
      ['before', 'one', 'two', 'three', 'after'].map((name) => `test://${name}`),
    );
  });

  it('leaves its lists listened to', async () => {
    const { listening, opened, uris, lists, agree, refuse } = streams({ capabilities: tools });
    const bad = listening.add('test://bad');
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    refuse(0);
    expect(await bad.answer).toMatchObject({ key: 'error' });
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    expect([lists(1), uris(1)]).toEqual([true, []]);
    agree(1, { toolsListChanged: true });
    expect(listening.announces).toBe(true);
  });

  it('is declined at once, all of it, where it has no such method, and then it is left alone', async () => {
    const { listening, opened, refuse } = streams({ capabilities: tools });
    const answers = ['one', 'two', 'three'].map(async (name) => listening.add(`test://${name}`).answer);
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    refuse(0, -32601);
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ key: 'error' });
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    refuse(1, -32601);
    await sleep(50);
    expect(opened).toHaveLength(2);
  });
});

describe('a subscription whose server is not there yet', () => {
  it('is not told that it did not come once it has been asked', async () => {
    let answer: (given: UpstreamAnswer) => void = () => undefined;
    let there = false;
    const interests = new Interests(
      () => (there ? { answer: new Promise((resolve) => (answer = resolve)), cancel: () => undefined } : null),
      () => 50,
    );
    const one = interests.add('test://one', UNHEARD);
    there = true;
    interests.renew();
    await sleep(100);
    answer({ kind: 'answer', key: 'result', value: Buffer.from('{}'), isError: false, resultType: null });
    expect(await one?.answer).toMatchObject({ key: 'result' });
    expect(interests.size).toBe(1);
  });

  it('is taken back from a server that may have taken it though it did not say so', async () => {
    const sent: string[] = [];
    const interests = new Interests((method) => {
      sent.push(method);
      const answer = Promise.resolve<UpstreamAnswer>({ kind: 'refused', reason: 'timeout', detail: 'late' });
      return { answer, cancel: () => undefined };
    });
    expect(await interests.add('test://one', UNHEARD)?.answer).toMatchObject({ reason: 'timeout' });
    await vi.waitFor(() => expect(sent).toEqual(['resources/subscribe', 'resources/unsubscribe']));
  });

  it.each([
    ['an error', { kind: 'answer', key: 'error', value: Buffer.from('{}'), isError: false, resultType: null }, true],
    ['no answer', { kind: 'refused', reason: 'timeout', detail: 'late' }, true],
    ['no room', { kind: 'refused', reason: 'busy', detail: 'full' }, true],
    ['its end', { kind: 'refused', reason: 'server_exited', detail: 'ended' }, false],
    ['agreement', { kind: 'answer', key: 'result', value: Buffer.from('{}'), isError: false, resultType: null }, false],
  ] as [string, UpstreamAnswer, boolean][])('once taken, is over by %s of the next: %s', async (_what, next, over) => {
    const taken = {
      kind: 'answer',
      key: 'result',
      value: Buffer.from('{}'),
      isError: false,
      resultType: null,
    } as const;
    const answers: UpstreamAnswer[] = [taken, next];
    const interests = new Interests(() => ({
      answer: Promise.resolve(answers.shift() ?? taken),
      cancel: () => undefined,
    }));
    let lost = 0;
    const one = interests.add('test://one', { ...UNHEARD, declined: () => lost++ });
    await one?.answer;
    interests.renew();
    await sleep(1);
    expect([lost, interests.size]).toEqual(over ? [1, 0] : [0, 1]);
    one?.close();
    expect(interests.size).toBe(0);
  });

  it('is answered by the server that came after one that did not answer', async () => {
    const answers: ((given: UpstreamAnswer) => void)[] = [];
    const interests = new Interests(() => ({
      answer: new Promise((resolve) => answers.push(resolve)),
      cancel: () => undefined,
    }));
    const one = interests.add('test://one', UNHEARD);
    interests.renew();
    answers[0]?.({ kind: 'refused', reason: 'server_exited', detail: 'it ended' });
    answers[1]?.({ kind: 'answer', key: 'result', value: Buffer.from('{}'), isError: false, resultType: null });
    expect(await one?.answer).toMatchObject({ key: 'result' });
  });
});
