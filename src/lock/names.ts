/** Where the lock lies, relative to the project's folder. */
import type { LockedSource } from '../model/lock.js';

export const LOCK_FILE = 'toolbox.lock.yaml';
export const LOCK_FOLDER = 'toolbox.lock.d';
export const TOKEN_FOLDER = 'toolbox.tokens';

export const definitionsFile = (server: string): string => `${LOCK_FOLDER}/${server}.json`;
/** What else a source has pinned; null: nothing that needs a file. */
export const treeFile = (server: string, source: LockedSource['type']): string | null =>
  source === 'npm'
    ? `${LOCK_FOLDER}/${server}.package-lock.json`
    : source === 'pypi'
      ? `${LOCK_FOLDER}/${server}.wheels.json`
      : null;
export const tokenFile = (id: string): string => `${TOKEN_FOLDER}/${id}.yaml`;
