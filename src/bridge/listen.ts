/** The bridge's socket: on its place all at once, with the right owner and mode, and never taken away from a successor. */
import { chmod, chown, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export interface Listening {
  server: Server;
  /** Takes no new connection and removes the socket, unless another bridge's stands there by now. */
  stop(): Promise<void>;
}

/** A connection that is neither open nor asking costs a descriptor: bounded. */
const MAX_CONNECTIONS = 2048;

/**
 * Bound under another name and renamed: nobody meets the socket before its group and mode are right, a stale
 * one is replaced in one step, and closing does not remove the one that a newer bridge put there.
 */
export async function listen(
  path: string,
  group: number | null,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer(onConnection);
  server.maxConnections = MAX_CONNECTIONS;
  const making = `${path}.new`;
  await rm(making, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(making, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => undefined);
  try {
    if (group !== null) await chown(making, -1, group);
    await chmod(making, 0o660);
    const { ino, dev } = await stat(making);
    await rename(making, path);
    return { server, stop: () => stop(server, path, { ino, dev }) };
  } catch (error) {
    server.close();
    throw error;
  }
}

async function stop(server: Server, path: string, own: { ino: number; dev: number }): Promise<void> {
  server.close();
  const there = await stat(path).catch(() => null);
  if (there?.ino === own.ino && there.dev === own.dev) await rm(path, { force: true });
}
