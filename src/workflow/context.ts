/** What every verb starts from: where it runs, with which options, and who is told about it. */
import { homedir } from 'node:os';
import type { Config, ProjectConfig } from '../config/config.js';
import type { LoadOptions } from '../config/load.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import type { TokenRecord } from '../model/access.js';
import type { Lock } from '../model/lock.js';
import type { HostRuntime } from '../sources/host-runtime.js';
import { engineEnv } from './engine-env.js';
import type { Host } from './host.js';

export interface Context {
  /** Folder the command works in; absolute. */
  dir: string;
  /** `-f`, in order; empty: ./toolbox.yaml and ./*.toolbox.yaml. */
  files: string[];
  environment: string | null;
  variables: Record<string, string>;
  variableFiles: string[];
  env: Readonly<Record<string, string | undefined>>;
  host: Host;
  now(): Date;
  /** Of toolcrib itself. */
  version: string;
  /** Folder of the built program, with manifest.json beside role.js. */
  distribution: string;
  /** The Node that runs this command: the base of images where `runtimes: {node: {host: true}}`. */
  node: HostRuntime;
  /** Of this process: told to whoever has to wait for it. */
  pid: number;
  /** `--timeout`: bound on each wait, in seconds; null: each wait's own. */
  timeoutSeconds: number | null;
  /** Raised by the first Ctrl-C: finish the current step, then stop. */
  signal: AbortSignal;
}

export interface Loaded {
  config: Config;
  lock: Lock | null;
  tokens: TokenRecord[];
  /** Warnings; errors were thrown. */
  diagnostics: Diagnostic[];
}

/**
 * Reads the declaration, the lock and the token files.
 * @throws Failure with every error of all of them at once.
 */
export async function load(context: Context): Promise<Loaded> {
  return loadReviewed(context, await loadDeclaration(context));
}

type Declaration = Pick<Loaded, 'config' | 'diagnostics'>;

export async function loadDeclaration(context: Context): Promise<Declaration> {
  const { loadConfig } = await import('../config/load.js');
  const loaded = await loadConfig(loadOptions(context));
  if (!loaded.config) throw new Failure(loaded.diagnostics);
  return { config: loaded.config, diagnostics: loaded.diagnostics };
}

/** What stands beside the declaration, written by toolcrib and reviewed. */
export async function loadReviewed(context: Context, { config, ...declaration }: Declaration): Promise<Loaded> {
  const { readLock } = await import('../lock/read-lock.js');
  const { readTokens } = await import('../lock/tokens.js');
  const lock = readLock(config.root, context.dir);
  const tokens = readTokens(config.root, context.dir);
  const diagnostics = [...declaration.diagnostics, ...lock.diagnostics, ...tokens.diagnostics];
  throwErrors(diagnostics);
  return { config, lock: lock.lock, tokens: tokens.tokens, diagnostics };
}

/** How the declaration is read, wherever it is. */
export function loadOptions(context: Context): LoadOptions {
  return {
    dir: context.dir,
    files: context.files,
    variables: context.variables,
    variableFiles: context.variableFiles,
    env: context.env,
    environment: context.environment,
    version: context.version,
    now: context.now(),
    checkMounts: (engine) => isLocalEngine(engineEnv(context.env, engine)),
    ruleProblems: async () => (await import('../policy/rule.js')).ruleProblems,
  };
}

/** The lock, for verbs that cannot go on without one. */
export function requireLock(loaded: Loaded): Lock {
  return (
    loaded.lock ??
    fail(
      'lock_missing',
      'There is no toolbox.lock.yaml beside the project file, so nothing is pinned and no tool is approved.',
      'Run `toolcrib lock`, review what it wrote, and commit it.',
      { range: loaded.config.locate(loaded.config.project.at, 'key') },
    )
  );
}

/**
 * @param project whose environment may name the engine; left out only where no environment is chosen.
 * @throws Failure `engine_unreachable`, `engine_too_old`.
 */
/** @param exact for whoever pins what the engine is, or tells of it. */
export async function openEngine(context: Context, project?: ProjectConfig, exact = false): Promise<Engine> {
  const { connectEngine } = await import('../docker/connect.js');
  return connectEngine({ env: project ? engineEnv(context.env, project.engine) : context.env, exact });
}

export function throwErrors(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.some((each) => each.severity === 'error')) throw new Failure(diagnostics);
}

/** Mount sources are paths on the engine's host: they can be looked at from here only when that is this one. */
async function isLocalEngine(env: Context['env']): Promise<boolean> {
  if (env.DOCKER_HOST) return env.DOCKER_HOST.startsWith('unix://');
  const { findEndpoint } = await import('../docker/endpoint.js');
  // What cannot be found cannot be looked at; commands that need the engine say so.
  const endpoint = await findEndpoint(env, env.HOME ?? homedir()).catch(() => null);
  return endpoint?.type === 'unix';
}
