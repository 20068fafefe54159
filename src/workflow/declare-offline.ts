/**
 * The declaration held against its lock where nobody knows the engine: what is granted does not depend on it,
 * and the images, which do, are left unnamed.
 */
import { compile } from '../compile/desired.js';
import type { Compiled } from '../compile/desired.js';
import type { Config } from '../config/config.js';
import type { TokenRecord } from '../model/access.js';
import type { Lock } from '../model/lock.js';
import type { DesiredImage } from '../model/state.js';
import type { Context } from './context.js';
import { engineSocket } from './engine-socket.js';

export function declareOffline(config: Config, lock: Lock, tokens: TokenRecord[], context: Context): Compiled {
  const locked = config.servers.filter(({ name }) => lock.servers[name] !== undefined);
  return compile(config, lock, {
    images: Object.fromEntries(locked.map(({ name }) => [name, unnamed(name)])),
    systemImage: unnamed('system'),
    engineSocket: engineSocket(config, context.env),
    tokens,
    version: context.version,
  });
}

export function unnamed(what: string): DesiredImage {
  return { address: `image.${what}`, reference: what, how: 'build', id: null };
}
