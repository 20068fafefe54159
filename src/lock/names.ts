/** Where the lock lies, relative to the project's folder. */
export const LOCK_FILE = 'toolbox.lock.yaml';
export const LOCK_FOLDER = 'toolbox.lock.d';
export const TOKEN_FOLDER = 'toolbox.tokens';

export const definitionsFile = (server: string): string => `${LOCK_FOLDER}/${server}.json`;
export const treeFile = (server: string): string => `${LOCK_FOLDER}/${server}.package-lock.json`;
export const tokenFile = (id: string): string => `${TOKEN_FOLDER}/${id}.yaml`;
