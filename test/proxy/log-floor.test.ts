/** What a legacy server is told of severities: before the call that wants it, once, and never to say less. */
import { describe, expect, it, vi } from 'vitest';
import type { Outgoing } from '../../src/mcp/wire.js';
import type { Connection } from '../../src/proxy/servers/connection.js';
import { LogFloor } from '../../src/proxy/servers/log-floor.js';
import { Pending } from '../../src/proxy/servers/pending.js';
import type { LogLevel } from '../../src/proxy/upstream-port.js';
import { recordedConnection } from './recorded-connection.js';

it('is told the least severe that anybody wants, before whoever wants it calls', () => {
  const told: { level: LogLevel; done: () => void }[] = [];
  const went: string[] = [];
  const floor = new LogFloor((level, done) => told.push({ level, done }));
  floor.before('warning', () => went.push('one'));
  floor.before('error', () => went.push('two')); // hears enough, but the server does not know it yet
  floor.before('debug', () => went.push('three'));
  expect(told.map(({ level }) => level)).toEqual(['warning', 'debug']);
  told[1]?.done();
  expect(went).toEqual([]);
  told[0]?.done();
  expect(went).toEqual(['one', 'two', 'three']);
  floor.before('error', () => went.push('four'));
  floor.before('debug', () => went.push('five'));
  expect([told.length, went.length]).toEqual([2, 5]);
});

describe('a server that does not answer logging/setLevel', () => {
  interface Silent {
    connection: Connection;
    sent: Outgoing[];
    unread: Pending[];
    retire: () => void;
    close: () => void;
  }

  function silent(most = 4, milliseconds = 60_000): Silent {
    const sent: Outgoing[] = [];
    const unread: Pending[] = [];
    const { connection, listener } = recordedConnection({
      era: 'legacy',
      bounds: { milliseconds, most, queued: 0 },
      logs: true,
      request: (outgoing) => sent.push(outgoing),
      events: { unread: (pending) => unread.push(pending) },
    });
    return {
      connection,
      sent,
      unread,
      retire: () => listener.retired('It makes way.'),
      close: () => listener.closed('It ended.'),
    };
  }

  function call(deadline = 60_000): Pending {
    return new Pending(
      {
        agent: 'bot',
        subject: null,
        session: null,
        method: 'tools/call',
        members: Buffer.from('"name":"echo"'),
        meta: null,
        name: 'echo',
        headers: null,
        timeoutMs: null,
        capabilities: {},
        logLevel: 'warning',
        progress: false,
        listener: null,
        late: null,
      },
      deadline,
    );
  }

  const methods = ({ sent }: Silent): string[] => sent.map(({ method }) => method);

  it('is called all the same, and not asked again', async () => {
    const server = silent();
    const [one, two] = [call(), call()];
    server.connection.take(one);
    server.connection.take(two);
    expect([methods(server), server.connection.flights.size]).toEqual([['logging/setLevel'], 2]);
    await vi.waitFor(() => expect(methods(server).slice(1)).toEqual(['tools/call', 'tools/call']), 10_000);
    const three = call();
    server.connection.take(three);
    expect(methods(server).slice(1)).toEqual(['tools/call', 'tools/call', 'tools/call']);
    for (const each of [one, two, three]) each.cancel();
  });

  it('is called while those that wait for it still have time', async () => {
    const server = silent(4, 900);
    const one = call(900);
    server.connection.take(one);
    await vi.waitFor(() => expect(methods(server)).toEqual(['logging/setLevel', 'tools/call']), 10_000);
    one.cancel();
  });

  it('has no more calls waiting for it than its bounds say', async () => {
    const { connection } = silent(2);
    const calls = [call(), call(), call()];
    for (const each of calls) connection.take(each);
    expect(await calls[2]?.answer).toMatchObject({ kind: 'refused', reason: 'busy' });
    expect(connection.flights.size).toBe(2);
    for (const each of calls) each.cancel();
  });

  it('is idle when those that waited have left, and not before', async () => {
    const { connection } = silent();
    const one = call();
    connection.take(one);
    let idle = false;
    const told = connection.flights.idle().then(() => (idle = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(idle).toBe(false);
    one.cancel();
    await told;
    expect(connection.flights.size).toBe(0);
  });

  it('gives those that waited back unread when it retires or ends', () => {
    for (const how of ['retire', 'close'] as const) {
      const server = silent();
      const one = call();
      server.connection.take(one);
      server[how]();
      expect([server.unread, methods(server)]).toEqual([[one], ['logging/setLevel']]);
      one.cancel();
    }
  });
});
