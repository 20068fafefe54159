/** What a destroy starts from: whose things they are. A lock that is missing or no longer fits is no reason to keep them. */
import type { Engine } from '../engine/engine.js';
import type { Lock } from '../model/lock.js';
import type { Context } from './context.js';
import { load, openEngine } from './context.js';
import type { Declared } from './declare.js';
import { declareOffline, unnamed } from './declare-offline.js';
import { ENVELOPE } from './lock-server.js';

const NO_LOCK: Lock = { version: 1, toolcrib: '', envelope: ENVELOPE, runtimes: {}, servers: {} };

export async function beginDestroy(context: Context): Promise<{ engine: Engine; declared: Declared }> {
  const { config, lock, tokens, diagnostics } = await load(context);
  const engine = await openEngine(context, config.project);
  const declared: Declared = {
    ...declareOffline(config, lock ?? NO_LOCK, tokens, context),
    config,
    lock: lock ?? NO_LOCK,
    warnings: diagnostics,
    bases: { node: { ...unnamed('runtime-node'), inputs: null } },
    images: new Map(),
  };
  return { engine, declared };
}
