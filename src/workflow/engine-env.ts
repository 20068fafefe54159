/** What an environment of the declaration says about the engine, in the words of Docker's own variables. */
import type { EngineChoice } from '../config/config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The engine that an environment names goes before whatever the shell says, as `docker --context` does. */
export function engineEnv(env: Env, { context, host }: EngineChoice): Env {
  if (host !== null) return { ...env, DOCKER_HOST: host, DOCKER_CONTEXT: undefined };
  if (context !== null) return { ...env, DOCKER_HOST: undefined, DOCKER_CONTEXT: context };
  return env;
}
