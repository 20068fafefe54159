/** What the listener does for itself, whatever is served. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { listen } from '../../src/proxy/http/listener.js';
import { json } from '../../src/proxy/message/reply.js';
import { authority } from '../support/certificates.js';

const SOON = { timeout: 10_000 };

it('an agent that does not read its answer is let go', async () => {
  const large = Buffer.alloc(32 << 20, 0x20);
  const listener = await listen(
    { host: '127.0.0.1', port: 0 },
    () => Promise.resolve(json(200, large)),
    { onError: () => undefined, onBadHttp: () => undefined },
    { sendMilliseconds: 100 },
  );
  const socket = connect(listener.address.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
  socket.on('error', () => undefined).pause();
  await sleep(1000);
  const closed = once(socket, 'close');
  socket.resume();
  await closed;
  expect(socket.bytesRead).toBeLessThan(large.length);
  await listener.close();
});

it('requests that stand behind one another on a connection that ends give their places back, each', async () => {
  let released = (): void => undefined;
  const first = new Promise<void>((resolve) => (released = resolve));
  let gone = 0;
  const listener = await listen(
    { host: '127.0.0.1', port: 0 },
    async (exchange) => {
      exchange.onGone(() => gone++);
      if (exchange.path !== '/quick') await first;
      return json(200, '{}');
    },
    { onError: () => undefined, onBadHttp: () => undefined },
  );
  const { port } = listener.address;
  // More than may be under way at once, so that places that are kept are missed.
  for (let i = 0; i < 12; i++) {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100)));
    socket.on('error', () => undefined).resume();
    const expected = (i + 1) * 100;
    await sleep(50);
    socket.destroy();
    for (let waited = 0; gone < expected && waited < 5000; waited += 10) await sleep(10);
    expect(gone).toBe(expected);
  }
  expect((await fetch(`http://127.0.0.1:${port}/quick`)).status).toBe(200);
  released();
  await listener.close();
});

it('answers that nobody reads are bounded: of an agent for itself, and of all', async () => {
  const MIB = 1024 * 1024;
  const large = Buffer.alloc(8 * MIB, 0x20);
  let served = 0;
  const listener = await listen(
    { host: '127.0.0.1', port: 0 },
    (exchange) => {
      served++;
      exchange.agent = exchange.path.slice(1);
      return Promise.resolve(json(200, exchange.agent === 'quick' ? '{}' : large));
    },
    { onError: () => undefined, onBadHttp: () => undefined },
    { unread: { perAgent: 20 * MIB, all: 40 * MIB } },
  );
  const open = async (agent: string): Promise<{ socket: Socket; cut: () => boolean }> => {
    let cut = false;
    const socket = connect(listener.address.port, '127.0.0.1');
    socket.on('error', () => undefined).on('close', () => (cut = true));
    await once(socket, 'connect');
    const before = served;
    socket.write(`GET /${agent} HTTP/1.1\r\nHost: a\r\n\r\n`);
    if (agent !== 'quick') socket.pause();
    while (served === before) await sleep(1);
    return { socket, cut: () => cut };
  };
  const several = async (agents: string[]): Promise<Awaited<ReturnType<typeof open>>[]> => {
    const all = [];
    for (const agent of agents) all.push(await open(agent));
    return all;
  };
  const cutOf = (all: { socket: Socket; cut: () => boolean }[]): number => {
    // Only who reads hears that it has been cut.
    for (const { socket } of all) socket.resume();
    return all.filter(({ cut }) => cut()).length;
  };

  const greedy = await several(Array<string>(12).fill('greedy'));
  const modest = await several(['modest', 'modest']);
  const quick = await open('quick');
  await once(quick.socket, 'data'); // whoever reads is served as ever
  await expect.poll(() => cutOf(greedy), SOON).toBe(10);
  await expect.poll(() => modest.every(({ socket }) => socket.resume().bytesRead > large.length), SOON).toBe(true);
  expect(cutOf(modest)).toBe(0);
  expect(cutOf(greedy)).toBe(10);
  for (const { socket } of [...greedy, ...modest, quick]) socket.destroy();

  const many = await several(['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd']);
  await expect.poll(() => cutOf(many), SOON).toBe(4); // 16 MiB each, and 40 of all
  for (const { socket } of many) socket.destroy();
  await listener.close();
});

it('who connects to TLS and says nothing is let go, and holds up no end', async () => {
  const bad: string[] = [];
  const options = { tls: true, handshakeMilliseconds: 100 };
  const events = { onError: () => undefined, onBadHttp: (code: string) => bad.push(code) };
  const served = authority().issue(['127.0.0.1']);
  const listener = await listen(
    { host: '127.0.0.1', port: 0 },
    () => Promise.resolve(json(200, '{}')),
    events,
    options,
  );
  listener.serveWith(served);
  const silent = (): Socket =>
    connect(listener.address.port, '127.0.0.1')
      .on('error', () => undefined)
      .resume();
  await once(silent(), 'close');
  expect(bad).toEqual(['ERR_TLS_HANDSHAKE_TIMEOUT']);
  const late = silent();
  await once(late, 'connect');
  const gone = once(late, 'close');
  await listener.close();
  await gone;
});
