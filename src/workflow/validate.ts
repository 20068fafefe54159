/** `toolcrib validate`: the declaration, with the lock and the tokens beside it. Asks no engine, writes nothing. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
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
  const diagnostics = [...loaded.diagnostics, ...(lock ? await againstLock(loaded) : [])];
  const valid = diagnostics.every((each) => each.severity !== 'error');
  const counts = { servers: config.servers.length, agents: config.agents.length };
  const found = { project: config.project.name, files: config.files, ...counts, locked: lock !== null };
  return { valid, diagnostics, found: valid ? found : null };
}
