/**
 * `toolcrib proxy`: bridge and proxy as children of one command in the foreground, without containers of their own, for
 * development and systemd. The servers' containers belong to a project of its own beside the applied one (`NAME-dev`),
 * and go when it ends. Edits of the declaration are in force as soon as they are saved.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import type { Context, Loaded } from './context.js';
import { load, openEngine, requireLock } from './context.js';
import { lookAt } from './declaration-files.js';
import { declare } from './declare.js';
import { endpointOf } from './endpoint.js';
import { Convergence } from './foreground/convergence.js';
import { ForegroundPolicies } from './foreground/policies.js';
import { ForegroundRoles } from './foreground/roles.js';
import { ForegroundServers } from './foreground/servers.js';
import { ForegroundStanding } from './foreground/standing.js';
import { holdPlaces } from './foreground/hold-port.js';
import { ensureImage } from './images.js';
import { underLock } from './under-lock.js';

export interface ForegroundOptions {
  /** Where policy, acknowledgement and audit are kept; null: in a folder that goes at the end. */
  state: string | null;
  /** Told what happens, in a line. */
  say(text: string): void;
  /** An edit that cannot be used; the last good one goes on. */
  complain(diagnostics: readonly Diagnostic[]): void;
}

const LOOK_MS = 300;
/** Files that stay as they are so long are no longer being written. */
const CALM_MS = 50;

export async function foreground(context: Context, options: ForegroundOptions): Promise<void> {
  const loaded = inDevelopment(await load(context));
  requireLock(loaded);
  const engine = await openEngine(context, loaded.config.project);
  const state =
    options.state === null ? await mkdtemp(join(tmpdir(), 'toolcrib-')) : resolve(context.dir, options.state);
  // Before anything is made: whoever cannot serve need not build either.
  const giveUp = await holdPlaces(loaded.config.project.proxy, null);
  try {
    await alone(context, engine, loaded, (signal) =>
      new Foreground({ ...context, signal }, options, engine, state, loaded).run(giveUp),
    );
  } finally {
    await giveUp();
    if (options.state === null) await rm(state, { recursive: true, force: true });
  }
}

/** Another of the same project, wherever it runs, would lose its containers to this one. */
async function alone(
  context: Context,
  engine: Engine,
  loaded: Loaded,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const declared = await declare(context, loaded, (await engine.facts()).platform);
  const system = await ensureImage(engine, declared, context, 'image.system');
  const by = { command: 'proxy', free: 'End that one first; what it serves goes with it. Its lock frees itself.' };
  const guarded = async (signal: AbortSignal): Promise<void> => {
    await work(signal);
    if (signal.aborted && !context.signal.aborted) throw signal.reason;
  };
  await underLock(engine, declared, context, system.reference, context.timeoutSeconds ?? 0, guarded, by);
}

/** Its containers, networks and lock bear the name and the id that it began with. */
function requireSame(before: Loaded, { config }: Loaded): void {
  const { project } = before.config;
  if (config.project.name === project.name && config.project.id === project.id) return;
  fail(
    'project_changed',
    'The declaration is of another project now: the name or the id that its containers here bear is not what `toolcrib proxy` began with.',
    'Put name, id and environments back, or end this command and start it again.',
  );
}

/** Another name and another id: what is applied is neither seen nor touched. */
function inDevelopment(loaded: Loaded): Loaded {
  const { project } = loaded.config;
  const digest = createHash('sha256').update(`${project.id} in the foreground`).digest('hex');
  const id = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  // An environment may be called so: what the engine keeps of it is named after it.
  const taken = new Set([...project.previously, ...project.elsewhere]);
  const names = ['-dev', '-devel', '-develop'].map((end) => project.name.slice(0, 40 - end.length) + end);
  const name = names.find((each) => !taken.has(each)) ?? `foreground-${id.slice(0, 8)}`;
  const own = { ...project, name, id, previously: [], elsewhere: [] };
  return { ...loaded, config: { ...loaded.config, project: own } };
}

class Foreground {
  readonly #policies: ForegroundPolicies;
  readonly #standing = new ForegroundStanding();
  /** What is watched, and how it looked before it was last read. */
  #loaded: Loaded;
  #seen = '';

  constructor(
    private readonly context: Context,
    private readonly options: ForegroundOptions,
    private readonly engine: Engine,
    private readonly state: string,
    loaded: Loaded,
  ) {
    this.#policies = new ForegroundPolicies(state);
    this.#loaded = loaded;
  }

  /** @param giveUp the places where it is to listen. */
  async run(giveUp: () => Promise<void>): Promise<void> {
    const { name, id } = this.#loaded.config.project;
    const { endpoint } = await this.engine.facts();
    const roles = new ForegroundRoles(this.context, this.state, { name, id }, endpoint);
    const servers = new ForegroundServers(this.engine, { name, id }, endpoint);
    try {
      await this.#policies.open();
      await servers.removeAll();
      await this.#work(roles, servers, giveUp);
    } finally {
      await roles.end();
      await servers.removeAll();
    }
  }

  async #work(roles: ForegroundRoles, servers: ForegroundServers, giveUp: () => Promise<void>): Promise<void> {
    const { options, context, engine } = this;
    const stopped = (): boolean => context.signal.aborted || roles.broken !== null;
    const parts = {
      context,
      engine,
      roles,
      servers,
      policies: this.#policies,
      stopped,
      say: (text: string) => options.say(text),
    };
    await this.#read();
    await new Convergence(parts, this.#loaded).begin(giveUp);
    if (!stopped()) options.say(`serving at ${endpointOf(this.#loaded)}`);
    while (!stopped()) {
      await sleep(LOOK_MS, undefined, { signal: context.signal }).catch(() => undefined);
      if (stopped()) break;
      for (const line of this.#standing.news(servers.serving, await this.#policies.statuses())) options.say(line);
      if (await this.#isSaved()) await this.#edited(parts);
    }
    // Ctrl-C ends the roles as well.
    if (roles.broken !== null && !context.signal.aborted)
      fail('proxy_unready', roles.broken, 'Its last lines say why; start the command again.');
  }

  /** Whether something was saved, and is whole: many an editor empties a file before it writes it. */
  async #isSaved(): Promise<boolean> {
    let before = this.#seen;
    let now = await lookAt(this.context, this.#loaded);
    while (now !== before && !this.context.signal.aborted) {
      await sleep(CALM_MS, undefined, { signal: this.context.signal }).catch(() => undefined);
      before = now;
      now = await lookAt(this.context, this.#loaded);
    }
    return now !== this.#seen;
  }

  async #edited(parts: ConstructorParameters<typeof Convergence>[0]): Promise<void> {
    const { options } = this;
    let convergence: Convergence | null = null;
    try {
      await this.#read();
      convergence = new Convergence(parts, this.#loaded);
      const problems = await convergence.follow();
      if (problems === null) return;
      if (problems.length > 0) options.complain(problems);
      const names = problems.map(({ address }) => address).join(', ');
      options.say(problems.length === 0 ? 'the edit is in force' : `the edit is in force, but for ${names}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      options.complain(error.diagnostics);
      options.say(
        convergence?.narrowed
          ? 'of the edit, only what it takes away is in force'
          : 'nothing of the edit is in force: what was allowed before still is',
      );
    }
  }

  /** Looks before it reads, so that what is saved meanwhile is noticed; and again where there is more to look at now. */
  async #read(): Promise<void> {
    for (;;) {
      this.#seen = await lookAt(this.context, this.#loaded);
      const loaded = inDevelopment(await load(this.context));
      requireSame(this.#loaded, loaded);
      this.#loaded = loaded;
      if ((await lookAt(this.context, this.#loaded)) === this.#seen) return;
    }
  }
}
