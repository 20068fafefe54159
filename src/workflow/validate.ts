/** `toolcrib validate`: the declaration, with the lock and the tokens beside it. Asks no engine, writes nothing. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { validation } from '../diagnostics/json.js';
import { Failure } from '../diagnostics/failure.js';
import type { Context, Loaded } from './context.js';
import { load } from './context.js';

export interface Validation {
  valid: boolean;
  /** Warnings too. */
  diagnostics: readonly Diagnostic[];
  /** null where it is not valid. */
  found: { project: string; files: string[]; servers: number; agents: number; locked: boolean } | null;
}

export async function validate(context: Context): Promise<Validation> {
  let loaded: Loaded;
  try {
    loaded = await load(context);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { valid: false, diagnostics: error.diagnostics, found: null };
  }
  const { config, lock } = loaded;
  const { valid, diagnostics } = validation([...loaded.diagnostics, ...(await againstLock(loaded, context))]);
  const counts = { servers: config.servers.length, agents: config.agents.length };
  const found = { project: config.project.name, files: config.files, ...counts, locked: lock !== null };
  return { valid, diagnostics, found: valid ? found : null };
}

/** Names of tools and arguments are known only to the lock; without one there is nothing to hold them against. */
async function againstLock({ config, lock, tokens }: Loaded, context: Context): Promise<readonly Diagnostic[]> {
  if (!lock) return [];
  const { declareOffline } = await import('./declare-offline.js');
  return declareOffline(config, lock, tokens, context).diagnostics;
}
