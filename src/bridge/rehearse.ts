/**
 * A new bridge tried out while the old one serves (apply/rehearse.ts): it reaches the engine and can offer a socket to
 * the proxy's group. It touches no server and no instance, which are the old one's, and its socket has another name.
 */
import { dirname, join } from 'node:path';
import { LABEL } from '../model/labels.js';
import type { BridgeOptions } from './bridge.js';
import { listen } from './listen.js';

/** @throws Error why it would not serve. */
export async function rehearseBridge({ engine, project, socketPath, socketGroup }: BridgeOptions): Promise<void> {
  await engine.listContainers([`${LABEL.projectId}=${project.id}`]);
  const tried = join(dirname(socketPath), 'rehearsal.sock');
  const listening = await listen(tried, socketGroup, (socket) => socket.destroy());
  await listening.stop();
}
