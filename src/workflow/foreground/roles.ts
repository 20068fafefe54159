/** Bridge and proxy as children of `toolcrib proxy`: what each is told at its start, and its end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { ProjectConfig } from '../../config/config.js';
import type { ProjectIdentity } from '../../model/labels.js';
import type { Context, Loaded } from '../context.js';

const ROLES = ['bridge', 'proxy'] as const;
type Role = (typeof ROLES)[number];
type Places = Pick<ProjectConfig['proxy'], 'host' | 'port' | 'admin'>;
type Variables = Record<string, string>;

interface Started {
  child: ChildProcess;
  told: Variables;
  /** Told to end, so that its end is nobody's trouble. */
  ending: boolean;
}

const FAREWELL_MS = 12_000;

export class ForegroundRoles {
  readonly #started = new Map<Role, Started>();
  #listening: Places | null = null;
  /** Why the roles cannot go on. */
  broken: string | null = null;

  constructor(
    private readonly context: Context,
    private readonly state: string,
    private readonly own: ProjectIdentity,
    /** Of the engine. */
    private readonly endpoint: string,
  ) {}

  get running(): boolean {
    return this.#started.size > 0;
  }

  /** Where they listen; null: they have not begun. */
  get listening(): Places | null {
    return this.#listening;
  }

  /** Whether what is declared is told to them at their start alone, and is not what they were told. */
  differ(loaded: Loaded): boolean {
    return ROLES.some((role) => this.#isOther(role, loaded));
  }

  /** Ends those that were told something else. Nothing is served from here until `start`. */
  async endDiffering(loaded: Loaded): Promise<void> {
    await this.#end(ROLES.filter((role) => this.#isOther(role, loaded)));
  }

  /** Those that do not run. */
  start(loaded: Loaded): void {
    this.#listening = loaded.config.project.proxy;
    for (const role of ROLES) if (!this.#started.has(role)) this.#start(role, this.#variables(role, loaded));
  }

  end(): Promise<void> {
    return this.#end([...this.#started.keys()]);
  }

  #isOther(role: Role, loaded: Loaded): boolean {
    const started = this.#started.get(role);
    return started !== undefined && JSON.stringify(started.told) !== JSON.stringify(this.#variables(role, loaded));
  }

  async #end(roles: readonly Role[]): Promise<void> {
    const living = roles.flatMap((role) => this.#started.get(role) ?? []);
    for (const started of living) started.ending = true;
    const children = living
      .map(({ child }) => child)
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const gone = children.map((child) => new Promise((done) => child.once('exit', done)));
    for (const child of children) child.kill('SIGTERM');
    const late = setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), FAREWELL_MS);
    await Promise.all(gone);
    clearTimeout(late);
    for (const role of roles) this.#started.delete(role);
  }

  #start(role: Role, told: Variables): void {
    const env = { ...this.context.env, DOCKER_CONTEXT: undefined, ...told };
    // Its stdin ends with this process, however that ends, and so does it.
    const child = spawn(this.context.node.path, [join(this.context.distribution, 'role.js'), role], {
      env,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const started = { child, told, ending: false };
    child.once('exit', (code, signal) => {
      if (!started.ending) this.broken ??= `The ${role} ended by itself (${signal ?? `exit code ${code}`}).`;
    });
    this.#started.set(role, started);
  }

  #variables(role: Role, { config }: Loaded): Variables {
    const { host, port, admin, tls, insecure } = config.project.proxy;
    const both = {
      TOOLCRIB_RUN: join(this.state, 'run'),
      TOOLCRIB_PROJECT: this.own.name,
      TOOLCRIB_PROJECT_ID: this.own.id,
      TOOLCRIB_LOG_LEVEL: config.project.logLevel,
      TOOLCRIB_FOREGROUND: 'true',
    };
    if (role === 'bridge') return { ...both, DOCKER_HOST: this.endpoint, TOOLCRIB_SOCKET_GROUP: '' };
    return {
      ...both,
      ...Object.fromEntries(
        ['POLICY', 'ACK', 'AUDIT'].map((each) => [`TOOLCRIB_${each}`, join(this.state, each.toLowerCase())]),
      ),
      TOOLCRIB_LISTEN_HOST: host,
      TOOLCRIB_LISTEN_PORT: String(port),
      ...(admin && { TOOLCRIB_ADMIN_HOST: admin.host, TOOLCRIB_ADMIN_PORT: String(admin.port) }),
      TOOLCRIB_TLS: String(tls !== null),
      TOOLCRIB_INSECURE: String(insecure),
    };
  }
}
