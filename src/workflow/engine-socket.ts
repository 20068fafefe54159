/**
 * The engine's socket as the engine's own host sees it: the bridge mounts it, and the API does not tell where it is.
 * Declared, or told by TOOLCRIB_ENGINE_SOCKET (one engine differs from the next, the declaration doesn't), or the one
 * that the live bridge has, or where this command line found it.
 */
import type { Config } from '../config/config.js';
import type { ActualState, DesiredState } from '../model/state.js';
import type { Context } from './context.js';
import { engineEnv } from './engine-env.js';

const USUAL = '/var/run/docker.sock';

export function engineSocket(config: Config, env: Context['env']): string {
  return toldSocket(config, env) ?? localSocket(engineEnv(env, config.project.engine)) ?? USUAL;
}

/** From another machine the engine is reached otherwise; that is no reason to replace a bridge that works. */
export function keepLiveSocket(
  desired: DesiredState,
  actual: ActualState,
  config: Config,
  env: Context['env'],
): DesiredState {
  const live = actual.containers
    .findLast((each) => each.address === 'bridge')
    ?.inspect.Mounts?.find((mount) => mount.Destination === USUAL && mount.Type === 'bind')?.Source;
  if (toldSocket(config, env) !== null || live === undefined) return desired;
  const containers = desired.containers.map((each) => {
    if (each.address !== 'bridge') return each;
    const mounts = each.spec.mounts.map((mount) => (mount.target === USUAL ? { ...mount, source: live } : mount));
    return { ...each, spec: { ...each.spec, mounts } };
  });
  return { ...desired, containers };
}

function toldSocket(config: Config, env: Context['env']): string | null {
  return config.project.engineSocket ?? (env.TOOLCRIB_ENGINE_SOCKET || null);
}

function localSocket(env: Context['env']): string | null {
  const host = env.DOCKER_HOST ?? '';
  return host.startsWith('unix://') ? host.slice('unix://'.length) : null;
}
