/**
 * `toolcrib destroy`: removes what the project has on the engine; volumes with data stay unless told otherwise.
 * It needs to know whose things they are, and nothing else: a lock that no longer fits is no reason to keep them.
 */
import type { Lock } from '../model/lock.js';
import type { ApplyOptions, ApplyResult } from './apply.js';
import { converge } from './apply.js';
import type { Context } from './context.js';
import { load, openEngine } from './context.js';
import type { Declared } from './declare.js';
import { declareOffline, unnamed } from './declare-offline.js';
import { ENVELOPE } from './lock-server.js';
import type { Planned } from './plan.js';

const NO_LOCK: Lock = { version: 1, toolcrib: '', envelope: ENVELOPE, runtimes: {}, servers: {} };

export async function destroy(
  context: Context,
  options: Omit<ApplyOptions, 'destroy'> & { volumes: boolean },
): Promise<ApplyResult> {
  const { config, lock, tokens, diagnostics } = await load(context);
  const engine = await openEngine(context, config.project);
  const declared: Declared = {
    ...declareOffline(config, lock ?? NO_LOCK, tokens, context),
    config,
    lock: lock ?? NO_LOCK,
    warnings: diagnostics,
    runtime: { ...unnamed('runtime-node'), inputs: null },
    images: new Map(),
  };
  return converge(context, engine, declared, { ...options, destroy: true }, (first) =>
    Promise.resolve(systemImageThere(first)),
  );
}

/** Whatever image the project's own containers run on, or one that was built for them. */
function systemImageThere({ survey, declared }: Planned): string | null {
  const { containers, ownImages } = survey.actual;
  const own = containers.find((each) => ['control', 'bridge', 'proxy'].includes(each.address));
  if (own?.image) return own.inspect.Image;
  const prefix = `toolcrib/${declared.config.project.name}/system:`;
  return ownImages.find((image) => image.tags.some((tag) => tag.startsWith(prefix)))?.id ?? null;
}
