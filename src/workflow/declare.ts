/** toolbox.yaml and its lock → what the engine should have. Asks no engine. */
import { compile } from '../compile/desired.js';
import type { Compiled } from '../compile/desired.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Config } from '../config/config.js';
import type { Lock } from '../model/lock.js';
import type { DesiredImage } from '../model/state.js';
import { checkSources, serverImage, systemImage } from '../sources/sources.js';
import type { Context, Loaded } from './context.js';
import { requireLock, throwErrors } from './context.js';
import { engineSocket } from './engine-socket.js';

export interface Declared extends Compiled {
  config: Config;
  lock: Lock;
  warnings: Diagnostic[];
}

/** @throws Failure with everything in the declaration that does not fit the lock. */
export async function declare(context: Context, loaded: Loaded): Promise<Declared> {
  const { config } = loaded;
  const lock = requireLock(loaded);
  const images: Record<string, DesiredImage> = {};
  for (const server of config.servers) {
    const locked = lock.servers[server.name];
    if (locked) images[server.name] = serverImage(config, server, locked, lock);
  }
  const compiled = compile(config, lock, {
    images,
    systemImage: systemImage(config, lock, context.distribution),
    engineSocket: engineSocket(config, context.env),
    tokens: loaded.tokens,
    version: context.version,
  });
  const diagnostics = [...loaded.diagnostics, ...compiled.diagnostics, ...(await checkSources(config, lock))];
  throwErrors(diagnostics);
  return { ...compiled, config, lock, warnings: diagnostics };
}
