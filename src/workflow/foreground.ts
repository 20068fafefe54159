/**
 * `toolcrib proxy`: bridge and proxy as children of one command in the foreground, without containers of their own, for
 * development and systemd. The servers' containers belong to a project of its own beside the applied one (`NAME-dev`),
 * and go when it ends. Edits of the declaration are in force as soon as they are saved.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serializePolicy } from '../compile/policy.js';
import { restrict } from '../compile/stages.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { engineName, LABEL } from '../model/labels.js';
import type { DesiredContainer } from '../model/state.js';
import { nameOf } from '../model/address.js';
import { resolveStep } from '../plan/expected.js';
import { planExternals } from '../plan/external-plan.js';
import type { Policy } from '../policy/artifact.js';
import type { Context, Loaded } from './context.js';
import { load, openEngine, requireLock, throwErrors } from './context.js';
import { lookAt } from './declaration-files.js';
import { declare, type Declared } from './declare.js';
import { endpointOf } from './endpoint.js';
import { ForegroundPolicies } from './foreground-policies.js';
import { holdPort } from './hold-port.js';
import { ensureImage } from './images.js';

export interface ForegroundOptions {
  /** Where policy, acknowledgement and audit are kept; null: in a folder that goes at the end. */
  state: string | null;
  /** Told what happens, in a line. */
  say(text: string): void;
  /** An edit that cannot be used; the last good one goes on. */
  complain(diagnostics: readonly Diagnostic[]): void;
}

const LOOK_MS = 300;
const FAREWELL_MS = 12_000;

export async function foreground(context: Context, options: ForegroundOptions): Promise<void> {
  const loaded = inDevelopment(await load(context));
  requireLock(loaded);
  const engine = await openEngine(context, loaded.config.project);
  const state =
    options.state === null ? await mkdtemp(join(tmpdir(), 'toolcrib-')) : resolve(context.dir, options.state);
  const run = new Foreground(context, options, engine, state, loaded);
  try {
    await run.work();
  } finally {
    await run.end();
    if (options.state === null) await rm(state, { recursive: true, force: true });
  }
}

/** Another name and another id: what is applied is neither seen nor touched. */
function inDevelopment(loaded: Loaded): Loaded {
  const { project } = loaded.config;
  const digest = createHash('sha256').update(`${project.id} in the foreground`).digest('hex');
  const id = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  const own = { ...project, name: `${project.name.slice(0, 36)}-dev`, id, previously: [], elsewhere: [] };
  return { ...loaded, config: { ...loaded.config, project: own } };
}

class Foreground {
  readonly #children: ChildProcess[] = [];
  /** Server → its container, and what it was made from. */
  readonly #made = new Map<string, { id: string; generation: number; from: string }>();
  /** Server → its last generation, also of one that was left out: its container may still be there. */
  readonly #generations = new Map<string, number>();
  /** Containers that go once a policy is in force that does not name them. */
  readonly #old = new Set<string>();
  readonly #policies: ForegroundPolicies;
  /** What is watched, and how it looked before it was last read. */
  #loaded: Loaded;
  #seen = '';
  /** Why the roles cannot go on. */
  #broken: string | null = null;
  /** Whether what an edit takes away is in force ahead of the rest of it. */
  #narrowed = false;
  /** Null until nobody else can be running it. */
  #project: { name: string; id: string } | null = null;

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

  async work(): Promise<void> {
    const { options } = this;
    const { proxy, name, id } = this.#loaded.config.project;
    // Another of the same project would lose its containers and its policies to this one.
    const held = [await holdPort(proxy)];
    try {
      if (proxy.admin) held.push(await holdPort(proxy.admin));
      this.#project = { name, id };
      await this.#policies.open();
      await this.#removeAll();
      await this.#read();
      await this.#converge();
    } finally {
      for (const giveUp of held) await giveUp();
    }
    this.#startRoles(this.#loaded, (await this.engine.facts()).endpoint);
    if (await this.#inForce()) options.say(`serving at ${endpointOf(this.#loaded)}`);
    while (!this.#stopped()) {
      await sleep(LOOK_MS, undefined, { signal: this.context.signal }).catch(() => undefined);
      if (this.#stopped() || (await lookAt(this.context, this.#loaded)) === this.#seen) continue;
      await this.#edited();
    }
    // Ctrl-C ends the roles as well.
    if (this.#broken !== null && !this.context.signal.aborted)
      fail('proxy_unready', this.#broken, 'Its last lines say why; start the command again.');
  }

  async #edited(): Promise<void> {
    const { options } = this;
    try {
      await this.#read();
      if (await this.#converge()) options.say('the edit is in force');
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      options.complain(error.diagnostics);
      options.say(
        this.#narrowed
          ? 'of the edit, only what it takes away is in force'
          : 'nothing of the edit is in force: what was allowed before still is',
      );
    }
  }

  readonly #stopped = (): boolean => this.context.signal.aborted || this.#broken !== null;

  /** Looks before it reads, so that what is saved meanwhile is noticed; and again where there is more to look at now. */
  async #read(): Promise<void> {
    this.#narrowed = false;
    for (;;) {
      this.#seen = await lookAt(this.context, this.#loaded);
      this.#loaded = inDevelopment(await load(this.context));
      if ((await lookAt(this.context, this.#loaded)) === this.#seen) return;
    }
  }

  async end(): Promise<void> {
    const living = this.#children.filter((child) => child.exitCode === null && child.signalCode === null);
    const gone = living.map((child) => new Promise((done) => child.once('exit', done)));
    for (const child of living) child.kill('SIGTERM');
    const late = setTimeout(() => living.forEach((child) => child.kill('SIGKILL')), FAREWELL_MS);
    await Promise.all(gone);
    clearTimeout(late);
    await this.#removeAll();
  }

  /**
   * First what is taken away, which waits for no image; then containers, the policy that names them, and what it
   * names no more.
   * @returns whether it is in force; before the roles have begun and after they have ended, nothing is.
   */
  async #converge(): Promise<boolean> {
    const { engine, context } = this;
    const declared = await declare(context, this.#loaded, (await engine.facts()).platform);
    const servers = declared.desired.containers.filter(({ address }) => address.startsWith('server.'));
    refuseHttp(declared);
    await this.#checkExternals(declared);
    if (!(await this.#narrow(declared))) return false;
    for (const [index, server] of servers.entries()) {
      const ensured = await ensureImage(engine, declared, context, server.image, (line) =>
        this.options.say(`${server.address}: ${line}`),
      );
      if (index === 0) await this.#volumes(declared, ensured.reference);
      await this.#make(server);
    }
    const wanted = new Set(servers.map(({ address }) => nameOf(address)));
    for (const [name, { id }] of this.#made) {
      if (wanted.has(name)) continue;
      this.#old.add(id);
      this.#made.delete(name);
    }
    await this.#policies.write(this.#policy(declared), declared.certificate);
    if (this.#children.length === 0 || !(await this.#inForce())) return false;
    for (const id of this.#old) {
      await engine.removeContainer(id);
      this.#old.delete(id);
    }
    return true;
  }

  /** @returns false: the roles have ended, and enforce nothing. */
  async #narrow(declared: Declared): Promise<boolean> {
    const live = this.#policies.inForce;
    if (!live) return true;
    const narrower = restrict(live, this.#policy(declared), new Set());
    if (serializePolicy(narrower) === serializePolicy(live)) return true;
    await this.#policies.write(narrower, declared.certificate);
    return (this.#narrowed = await this.#inForce());
  }

  #inForce(): Promise<boolean> {
    return this.#policies.untilInForce(this.#stopped);
  }

  #policy({ desired, policy }: Declared): Policy {
    const remotes = desired.remotes.map(({ address }) => [nameOf(address), 1] as const);
    const made = [...this.#made].map(([name, { generation }]) => [name, generation] as const);
    return policy(Object.fromEntries([...made, ...remotes]));
  }

  async #checkExternals({ desired }: Declared): Promise<void> {
    if (desired.externals.length === 0) return;
    const all = await this.engine.listVolumes([]);
    const own = (volume: (typeof all)[number]): boolean => volume.Labels?.[LABEL.projectId] === this.#own.id;
    const seen = { volumes: all.filter(own), foreignVolumes: all.filter((each) => !own(each)), containers: [] };
    throwErrors(planExternals(desired, seen).problems);
  }

  async #make(server: DesiredContainer): Promise<void> {
    const name = nameOf(server.address);
    const before = this.#made.get(name);
    const from = JSON.stringify([server.spec, server.definitions]);
    if (before?.from === from) return;
    const generation = (this.#generations.get(name) ?? 0) + 1;
    const image = await this.engine.inspectImage(server.spec.image);
    if (!image) fail('image_not_found', `${server.spec.image} is not on the engine.`, 'Start the command again.');
    const called = engineName.server(this.#own.name, name, generation);
    this.#generations.set(name, generation);
    const id = await this.engine.createContainer(called, resolveStep(server, generation, image));
    this.#made.set(name, { id, generation, from });
    if (before) this.#old.add(before.id);
  }

  async #volumes({ desired }: Declared, image: string): Promise<void> {
    const labels = { [LABEL.project]: this.#own.name, [LABEL.projectId]: this.#own.id };
    const there = new Set(
      (await this.engine.listVolumes([`${LABEL.projectId}=${this.#own.id}`])).map(({ Name }) => Name),
    );
    // Those of the project's own containers are folders here.
    for (const volume of desired.volumes.filter(
      ({ name, keep }) => keep && !there.has(name) && isDeclared(name, this.#own.name),
    ))
      await this.engine.createVolume(volume, { image, name: engineName.seed(this.#own.name, volume.name), labels });
  }

  #startRoles({ config }: Loaded, endpoint: string): void {
    const { host, port, admin, tls, insecure } = config.project.proxy;
    const env = {
      ...this.context.env,
      DOCKER_HOST: endpoint,
      DOCKER_CONTEXT: undefined,
      ...Object.fromEntries(
        ['POLICY', 'ACK', 'AUDIT', 'RUN'].map((each) => [`TOOLCRIB_${each}`, join(this.state, each.toLowerCase())]),
      ),
      TOOLCRIB_SOCKET_GROUP: '',
      TOOLCRIB_PROJECT: this.#own.name,
      TOOLCRIB_PROJECT_ID: this.#own.id,
      TOOLCRIB_LISTEN_HOST: host,
      TOOLCRIB_LISTEN_PORT: String(port),
      ...(admin && { TOOLCRIB_ADMIN_HOST: admin.host, TOOLCRIB_ADMIN_PORT: String(admin.port) }),
      TOOLCRIB_TLS: String(tls !== null),
      TOOLCRIB_INSECURE: String(insecure),
      TOOLCRIB_LOG_LEVEL: config.project.logLevel,
      TOOLCRIB_FOREGROUND: 'true',
    };
    for (const role of ['bridge', 'proxy']) {
      // Its stdin ends with this process, however that ends, and so does it.
      const child = spawn(this.context.node.path, [join(this.context.distribution, 'role.js'), role], {
        env,
        stdio: ['pipe', 'inherit', 'inherit'],
      });
      child.once('exit', (code, signal) => {
        this.#broken ??= `The ${role} ended by itself (${signal ?? `exit code ${code}`}).`;
      });
      this.#children.push(child);
    }
  }

  get #own(): { name: string; id: string } {
    if (!this.#project) throw new Error('nothing is made before the port is held');
    return this.#project;
  }

  async #removeAll(): Promise<void> {
    if (!this.#project) return;
    const { name, id } = this.#project;
    const own = await this.engine.listContainers([`${LABEL.projectId}=${id}`, `${LABEL.project}=${name}`]);
    for (const each of own) await this.engine.removeContainer(each.id);
  }
}

function isDeclared(volume: string, project: string): boolean {
  return volume.startsWith(engineName.volume(project, ''));
}

/** Their networks are the proxy's container's alone. */
function refuseHttp({ config }: Declared): void {
  const server = config.servers.find(({ transport }) => transport.type === 'http');
  if (!server) return;
  fail(
    'invalid_option',
    `Server ${server.name} speaks HTTP on a network that only the proxy's container is on, so \`toolcrib proxy\` cannot reach it.`,
    'Use `toolcrib apply`, or leave the server out with `-f`.',
    { range: config.locate(server.at, 'key'), address: `server.${server.name}` },
  );
}
