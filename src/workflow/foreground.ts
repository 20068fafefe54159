/**
 * `toolcrib proxy`: bridge and proxy as children of one command in the foreground, without containers of their own, for
 * development and systemd. The servers' containers belong to a project of its own beside the applied one (`NAME-dev`),
 * and go when it ends. Edits of the declaration are in force as soon as they are saved.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serializePolicy } from '../compile/policy.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import type { Engine } from '../engine/engine.js';
import { engineName, LABEL } from '../model/labels.js';
import type { DesiredContainer } from '../model/state.js';
import { nameOf } from '../model/address.js';
import { resolveStep } from '../plan/expected.js';
import type { Context, Loaded } from './context.js';
import { load, openEngine, requireLock } from './context.js';
import { declare, type Declared } from './declare.js';
import { endpointOf } from './endpoint.js';
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
const READY_MS = 60_000;
const FAREWELL_MS = 12_000;

export async function foreground(context: Context, options: ForegroundOptions): Promise<void> {
  const loaded = inDevelopment(await load(context));
  requireLock(loaded);
  const engine = await openEngine(context, loaded.config.project);
  const state =
    options.state === null ? await mkdtemp(join(tmpdir(), 'toolcrib-')) : resolve(context.dir, options.state);
  const run = new Foreground(context, options, engine, state);
  try {
    await run.work(loaded);
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
  #seq = 0;
  #project: { name: string; id: string } = { name: '', id: '' };

  constructor(
    private readonly context: Context,
    private readonly options: ForegroundOptions,
    private readonly engine: Engine,
    private readonly state: string,
  ) {}

  async work(loaded: Loaded): Promise<void> {
    const { context, options } = this;
    const { name, id } = loaded.config.project;
    this.#project = { name, id };
    for (const folder of ['policy/policies', 'policy/revoked', 'policy/tls', 'ack', 'audit', 'run'])
      await mkdir(join(this.state, folder), { recursive: true, mode: 0o700 });
    const earlier = await readdir(join(this.state, 'policy/policies'));
    this.#seq = Math.max(0, ...earlier.map((file) => parseInt(file, 10) || 0));
    await this.#removeAll();
    await this.#converge(loaded);
    const broken = this.#startRoles(loaded, (await this.engine.facts()).endpoint);
    await this.#inForce();
    options.say(`serving at ${endpointOf(loaded)}`);
    let seen = await this.#look(loaded);
    const stopped = (): boolean => context.signal.aborted || broken.what !== null;
    while (!stopped()) {
      await sleep(LOOK_MS, undefined, { signal: context.signal }).catch(() => undefined);
      const now = await this.#look(loaded);
      if (now === seen || stopped()) continue;
      seen = now;
      try {
        await this.#converge(inDevelopment(await load(context)));
        await this.#inForce();
        options.say('the edit is in force');
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        options.complain(error.diagnostics);
      }
    }
    if (broken.what !== null) fail('proxy_unready', broken.what, 'Its last lines say why; start the command again.');
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

  /** Containers first, then the policy that names them, then what it names no more. */
  async #converge(loaded: Loaded): Promise<void> {
    const { engine, context } = this;
    const declared = await declare(context, loaded, (await engine.facts()).platform);
    const servers = declared.desired.containers.filter(({ address }) => address.startsWith('server.'));
    refuseHttp(declared);
    const old: string[] = [];
    for (const server of servers) {
      const ensured = await ensureImage(engine, declared, context, server.image, (line) =>
        this.options.say(`${server.address}: ${line}`),
      );
      if (this.#made.size === 0) await this.#volumes(declared, ensured.reference);
      const replaced = await this.#make(server);
      if (replaced !== null) old.push(replaced);
    }
    const wanted = new Set(servers.map(({ address }) => nameOf(address)));
    for (const [name, { id }] of this.#made) {
      if (wanted.has(name)) continue;
      old.push(id);
      this.#made.delete(name);
    }
    await this.#enforce(declared);
    if (old.length > 0 && this.#children.length > 0) await this.#inForce();
    for (const id of old) await engine.removeContainer(id);
  }

  /** @returns the container that it takes the place of. */
  async #make(server: DesiredContainer): Promise<string | null> {
    const name = nameOf(server.address);
    const before = this.#made.get(name);
    const from = JSON.stringify([server.spec, server.definitions]);
    if (before?.from === from) return null;
    const generation = (before?.generation ?? 0) + 1;
    const image = await this.engine.inspectImage(server.spec.image);
    if (!image)
      return fail('image_not_found', `${server.spec.image} is not on the engine.`, 'Start the command again.');
    const called = engineName.server(this.#project.name, name, generation);
    const id = await this.engine.createContainer(called, resolveStep(server, generation, image));
    this.#made.set(name, { id, generation, from });
    return before?.id ?? null;
  }

  async #volumes({ desired }: Declared, image: string): Promise<void> {
    const labels = { [LABEL.project]: this.#project.name, [LABEL.projectId]: this.#project.id };
    const there = new Set(
      (await this.engine.listVolumes([`${LABEL.projectId}=${this.#project.id}`])).map(({ Name }) => Name),
    );
    // Those of the project's own containers are folders here.
    for (const volume of desired.volumes.filter(
      ({ name, keep }) => keep && !there.has(name) && isDeclared(name, this.#project.name),
    ))
      await this.engine.createVolume(volume, { image, name: engineName.seed(this.#project.name, volume.name), labels });
  }

  async #enforce(declared: Declared): Promise<void> {
    const remotes = declared.desired.remotes.map(({ address }) => [nameOf(address), 1] as const);
    const routes = Object.fromEntries([
      ...[...this.#made].map(([name, { generation }]) => [name, generation] as const),
      ...remotes,
    ]);
    const text = serializePolicy(declared.policy(routes));
    const digest = createHash('sha256').update(text).digest('hex');
    const { certificate } = declared;
    if (certificate)
      await writeFile(join(this.state, 'policy/tls', `${certificate.digest}.pem`), certificate.reveal(), {
        mode: 0o600,
      });
    const folder = join(this.state, 'policy/policies');
    const file = `${String(++this.#seq).padStart(8, '0')}-${digest}.json`;
    await writeFile(join(folder, `.${file}`), text, { mode: 0o600 });
    await rename(join(folder, `.${file}`), join(folder, file));
    for (const each of await readdir(folder)) if (parseInt(each, 10) < this.#seq - 1) await rm(join(folder, each));
  }

  #startRoles({ config }: Loaded, endpoint: string): { what: string | null } {
    const { host, port, admin, tls, insecure } = config.project.proxy;
    const env = {
      ...this.context.env,
      DOCKER_HOST: endpoint,
      DOCKER_CONTEXT: undefined,
      ...Object.fromEntries(
        ['POLICY', 'ACK', 'AUDIT', 'RUN'].map((each) => [`TOOLCRIB_${each}`, join(this.state, each.toLowerCase())]),
      ),
      TOOLCRIB_SOCKET_GROUP: '',
      TOOLCRIB_PROJECT: this.#project.name,
      TOOLCRIB_PROJECT_ID: this.#project.id,
      TOOLCRIB_LISTEN_HOST: host,
      TOOLCRIB_LISTEN_PORT: String(port),
      ...(admin && { TOOLCRIB_ADMIN_HOST: admin.host, TOOLCRIB_ADMIN_PORT: String(admin.port) }),
      TOOLCRIB_TLS: String(tls !== null),
      TOOLCRIB_INSECURE: String(insecure),
      TOOLCRIB_LOG_LEVEL: config.project.logLevel,
      TOOLCRIB_FOREGROUND: 'true',
    };
    const broken: { what: string | null } = { what: null };
    for (const role of ['bridge', 'proxy']) {
      // Its stdin ends with this process, however that ends, and so does it.
      const child = spawn(this.context.node.path, [join(this.context.distribution, 'role.js'), role], {
        env,
        stdio: ['pipe', 'inherit', 'inherit'],
      });
      child.once('exit', (code, signal) => {
        broken.what ??= `The ${role} ended by itself (${signal ?? `exit code ${code}`}).`;
      });
      this.#children.push(child);
    }
    return broken;
  }

  async #inForce(): Promise<void> {
    for (let waited = 0; waited < READY_MS && !this.context.signal.aborted; waited += 50) {
      if (this.#children.some(({ exitCode }) => exitCode !== null)) return;
      const ack: unknown = await readFile(join(this.state, 'ack/ack.json'), 'utf8').then(JSON.parse, () => null);
      if (typeof ack === 'object' && ack !== null && 'seq' in ack && ack.seq === this.#seq) return;
      await sleep(50);
    }
  }

  /** Changes whenever a file of the declaration does. */
  async #look({ config }: Loaded): Promise<string> {
    const tokens = await readdir(join(config.root, 'toolbox.tokens')).catch(() => []);
    const { tls } = config.project.proxy;
    const files = [
      ...config.files.map((file) => resolve(this.context.dir, file)),
      join(config.root, 'toolbox.lock.yaml'),
      ...tokens.map((file) => join(config.root, 'toolbox.tokens', file)),
      ...(tls ? [tls.cert, tls.key] : []),
    ];
    const found = await Promise.all(
      files.map((file) =>
        stat(file).then(
          ({ mtimeMs, size }) => `${file} ${mtimeMs} ${size}`,
          () => file,
        ),
      ),
    );
    return found.join('\n');
  }

  async #removeAll(): Promise<void> {
    const { name, id } = this.#project;
    if (id === '') return;
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
