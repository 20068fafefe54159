/** What the listener does for itself, whatever is served. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { listen } from '../../src/proxy/listener.js';
import { json } from '../../src/proxy/reply.js';

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
