/**
 * Gets to know a server of which nothing is known yet, over a channel that stays: `initialize` first, because servers exist
 * that end at any other first message, and `server/discover` where that is refused (MCP 2026-07-28, Versioning: a server
 * that speaks only this answers `initialize` with an error, and goes on).
 */
import { Failure } from '../diagnostics/failure.js';
import type { ServerDefinitions } from '../model/definitions.js';
import type { Channel } from './channel.js';
import { handshake, type HandshakeOptions } from './handshake.js';

/** @throws what `handshake` throws: of the newer way, where the server was found to speak it. */
export async function meet(channel: Channel, options: Omit<HandshakeOptions, 'era'>): Promise<ServerDefinitions> {
  try {
    return await handshake(channel, { ...options, era: 'legacy' });
  } catch (legacy) {
    if (!refuses('initialize', legacy)) throw legacy;
    try {
      return await handshake(channel, { ...options, era: 'modern' });
    } catch (modern) {
      // What it said to `initialize` tells more than that it does not know the other either.
      throw refuses('server/discover', modern, 'an error') ? legacy : modern;
    }
  }
}

function refuses(method: string, cause: unknown, by = ''): boolean {
  const first = cause instanceof Failure ? cause.diagnostics[0] : undefined;
  return first?.code === 'server_refused' && first.detail.startsWith(`It answered ${method} with ${by}`);
}
