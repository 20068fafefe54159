/**
 * The built program, with V8's code cache: compiling it anew takes a third of a plan's time. Node has such a cache of its
 * own from 22.1 on (`module.enableCompileCache`), for modules that it loads itself; this one serves Node 20 as well.
 *
 * It lies in the user's cache folder and is nobody else's to write: whoever could, would run code in our name. Where it
 * cannot be kept (a read-only home, Windows, NODE_DISABLE_COMPILE_CACHE) nothing is lost but that time.
 */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import type { Program } from './program.js';

/** Put in by the build: SHA-256 over the program, so that a cache never serves another. */
declare const PROGRAM_DIGEST: string;

type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  file: string,
  dir: string,
) => void;

/** The commands that people wait for; of the others nothing is kept. */
const KEPT = new Set(['plan', 'validate', 'status', 'apply', 'explain']);
const OTHERS_MAY_WRITE = 0o022;

export function loadProgram(command: string): Promise<Program> {
  // Optimizing code for a fraction of a second costs a fifth of its CPU, and is done when the command is; so does looking
  // for garbage bit by bit, and that on every core.
  if (KEPT.has(command)) ['--no-opt', '--no-incremental-marking'].forEach(setFlagsFromString);
  const file = fileURLToPath(new URL('program.cjs', import.meta.url));
  const cache = KEPT.has(command) ? cacheFile(command) : null;
  const cachedData = cache === null ? undefined : readOwn(cache);
  // The build has made it one expression, a function: made so here, so long a text would be copied once more.
  const script = new Script(readFileSync(file, 'latin1'), { filename: file, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  const wrapper = script.runInThisContext() as Wrapper;
  wrapper(module.exports, createRequire(file), module, file, dirname(file));
  const { run } = module.exports as Pick<Program, 'run'>;
  const fresh = cachedData !== undefined && script.cachedDataRejected !== true;
  return Promise.resolve({ run, keep: () => (cache === null || fresh ? undefined : write(cache, script)) });
}

/** null: none is to be kept. Another Node, or one with flags, makes other code of the same program. */
function cacheFile(command: string): string | null {
  const { env, execArgv, versions, arch } = process;
  if (env.NODE_DISABLE_COMPILE_CACHE || execArgv.length > 0 || process.getuid === undefined) return null;
  const home = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(env.HOME ?? homedir(), '.cache');
  return join(home, 'toolcrib', `${PROGRAM_DIGEST.slice(0, 16)}-${versions.v8}-${arch}-${command}`);
}

function readOwn(file: string): Buffer | undefined {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const { mode, uid } = fstatSync(handle);
    const own = (mode & constants.S_IFMT) === constants.S_IFREG && uid === process.getuid?.();
    return own && (mode & OTHERS_MAY_WRITE) === 0 ? readFileSync(handle) : undefined;
  } finally {
    closeSync(handle);
  }
}

/** Whole or not at all; what an earlier program left goes. */
function write(file: string, script: Script): void {
  const folder = dirname(file);
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, script.createCachedData(), { mode: 0o600, flag: 'wx' });
    renameSync(temporary, file);
    for (const name of readdirSync(folder)) {
      const stale = !name.startsWith(PROGRAM_DIGEST.slice(0, 16)) || /\.\d+$/.test(name);
      if (stale) rmSync(join(folder, name), { force: true });
    }
  } catch {
    rmSync(temporary, { force: true });
  }
}
