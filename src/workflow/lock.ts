/**
 * `toolcrib lock`: pins every source, starts each server sealed off, reads its definitions, and writes the lock.
 * What is already pinned stays as it is while its declaration does.
 */
import { canonicalize } from '../definitions/canonical.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import { writeLock } from '../lock/write-lock.js';
import type { Json } from '../model/definitions.js';
import type { Address } from '../model/address.js';
import { nameOf } from '../model/address.js';
import type { Lock, LockedServer } from '../model/lock.js';
import type { Context, Loaded } from './context.js';
import { load, openEngine } from './context.js';
import { changesBetween } from './lock-changes.js';
import type { LockedChange } from './lock-changes.js';
import { beginLocking, ENVELOPE, lockServer } from './lock-server.js';

export type { LockedChange } from './lock-changes.js';

export interface LockOptions {
  /** Writes nothing; `changed` tells whether it would. */
  check: boolean;
  /** Only these; empty: all. */
  servers: string[];
}

export interface LockResult {
  changed: boolean;
  servers: LockedChange[];
  /** Files written, relative to the project's folder. */
  files: string[];
  diagnostics: Diagnostic[];
}

/** @throws Failure with what every server that could not be locked said; then nothing is written. */
export async function lock(context: Context, options: LockOptions): Promise<LockResult> {
  const loaded = await load(context);
  const wanted = selected(loaded, options.servers);
  const engine = await openEngine(context, loaded.config.project, true);
  const session = await beginLocking(context, loaded, engine);
  const servers: Record<string, LockedServer> = {};
  const failures: Diagnostic[] = [];
  for (const server of loaded.config.servers) {
    const before = lockedBefore(loaded, server.name);
    if (!wanted.has(server.name)) {
      if (before) servers[server.name] = before;
      continue;
    }
    try {
      servers[server.name] = await lockServer(server, before, session);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(...error.diagnostics);
    }
  }
  if (failures.length > 0) throw new Failure(failures);
  const { runtimes } = session;
  return finish({ version: 1, toolcrib: context.version, envelope: ENVELOPE, runtimes, servers }, loaded, options);
}

async function finish(next: Lock, loaded: Loaded, options: LockOptions): Promise<LockResult> {
  const before = loaded.lock;
  const changed = before === null || stable(before) !== stable(next);
  const files = options.check || !changed ? [] : await writeLock(loaded.config.root, next);
  return { changed, servers: changesBetween(before, next), files, diagnostics: loaded.diagnostics };
}

/** The version that wrote it is no change of its own. */
function stable(lock: Lock): string {
  return canonicalize({ ...lock, toolcrib: '' } as unknown as Json);
}

function selected(loaded: Loaded, names: string[]): ReadonlySet<string> {
  const declared = loaded.config.servers.map((server) => server.name);
  const unknown = names.find((name) => !declared.includes(name));
  if (unknown !== undefined) {
    fail('undefined_reference', `No server is named ${unknown}.`, `Declared are: ${declared.join(', ') || 'none'}.`);
  }
  return new Set(names.length > 0 ? names : declared);
}

/** A server that moved goes on with what its old name was pinned to. */
function lockedBefore({ config, lock }: Loaded, name: string): LockedServer | undefined {
  const moves = new Map(config.moved.map(({ from, to }) => [to, from] as const));
  let address: Address | undefined = `server.${name}`;
  while (address !== undefined && !lock?.servers[nameOf(address)]) address = moves.get(address);
  return address && lock?.servers[nameOf(address)];
}
