/**
 * The engine's socket as the engine's own host sees it: the bridge mounts it. Declared, or told by
 * TOOLCRIB_ENGINE_SOCKET (one engine differs from the next, the declaration doesn't), or where the CLI found it.
 */
import type { Config } from '../config/config.js';
import type { Context } from './context.js';

const USUAL = '/var/run/docker.sock';

export function engineSocket(config: Config, env: Context['env']): string {
  const told = config.project.engineSocket ?? env.TOOLCRIB_ENGINE_SOCKET;
  if (told) return told;
  const host = env.DOCKER_HOST ?? '';
  return host.startsWith('unix://') ? host.slice('unix://'.length) : USUAL;
}
