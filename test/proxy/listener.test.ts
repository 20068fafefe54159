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
    100,
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
