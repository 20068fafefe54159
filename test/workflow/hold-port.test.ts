/** A port is held until the roles listen on it; one that is theirs is not asked for again, at whatever address. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Failure } from '../../src/diagnostics/failure.js';
import { holdPlaces } from '../../src/workflow/foreground/hold-port.js';

const open: net.Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function taken(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

it('refuses a port that somebody else has, and gives up those it held for it', async () => {
  const port = await taken();
  const [free] = [await taken()];
  open.pop()?.close();
  const held = holdPlaces({ host: '127.0.0.1', port: free, admin: { host: '127.0.0.1', port } }, null);
  await expect(held).rejects.toBeInstanceOf(Failure);
  const again = await holdPlaces({ host: '127.0.0.1', port: free, admin: null }, null);
  await again();
});

it('does not ask for its own port again, nor at another address', async () => {
  const port = await taken();
  const had = { host: '127.0.0.1', port, admin: null };
  await (
    await holdPlaces({ host: '0.0.0.0', port, admin: null }, had)
  )();
  await expect(holdPlaces({ host: '0.0.0.0', port, admin: null }, null)).rejects.toBeInstanceOf(Failure);
});
