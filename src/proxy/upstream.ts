/**
 * One generation of one server, for as long as the policy names it: opened, gated against the lock, called, and
 * opened again whenever it ends. A hung or dying server harms its own calls alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, problem } from '../diagnostics/failure.js';
import { compareDefinitions, type Comparison } from '../definitions/compare.js';
import { handshake, listAgain, type HandshakeOptions } from '../mcp/handshake.js';
import type { GenerationStatus } from '../model/ack.js';
import type { Envelope, JsonObject, ServerDefinitions } from '../model/definitions.js';
import type { Digest } from '../model/lock.js';
import { isTemplate } from '../model/transport.js';
import type { PolicyGeneration } from '../policy/artifact.js';
import type { DefinitionKind, Standing } from '../policy/decide.js';
import { openChannel, type BridgeChannel } from './bridge-channel.js';
import { CALL_BOUNDS, type CallBounds } from './calls.js';
import { Connection } from './connection.js';
import { Interests } from './interests.js';
import type { Call, Era, Subscription, UpstreamPort, UpstreamRequest } from './upstream-port.js';

/** What it must show. */
export interface LockedGeneration extends PolicyGeneration {
  /** Prompt → hash of its locked definition. */
  prompts: Readonly<Record<string, Digest>>;
}

export interface UpstreamOptions {
  server: string;
  generation: number;
  locked: LockedGeneration;
  envelope: Envelope;
  /** One that serves is only restricted by what it shows; a candidate must equal its lock. */
  serving: boolean;
  surroundings: Surroundings;
}

/** What all upstreams share. */
export interface Surroundings {
  bridgeSocket: string;
  version: string;
  now: () => Date;
  log: (line: object) => void;
  /** A status, or what standing() says, has changed. */
  changed: () => void;
  callBounds?: CallBounds;
  /** Milliseconds before a first and a longest wait between attempts. */
  backOff?: { first: number; longest: number };
}

const DEADLINES = {
  initializeMs: 30_000,
  listMs: 30_000,
  timers: {
    after(milliseconds: number, work: () => void) {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
  },
};
/** Between two lists, however often a server announces changes. */
const RELIST_PAUSE_MS = 200;
const BACK_OFF = { first: 250, longest: 30_000 };
const SAME: Comparison = { changed: [], missing: [], extra: [] };
const NO_DIFFERENCE: Record<DefinitionKind, Comparison> = { tool: SAME, prompt: SAME };

/** What the proxy asks on its own behalf. */
const OWN_REQUEST = {
  meta: null,
  headers: null,
  timeoutMs: null,
  agent: '',
  subject: null,
  session: null,
  capabilities: {},
  logLevel: null,
  progress: false,
  listener: null,
};

export class Upstream implements UpstreamPort {
  readonly era: Era = 'legacy';
  capabilities: JsonObject = {};
  readonly status: GenerationStatus;
  #connection: Connection | null = null;
  #comparison = NO_DIFFERENCE;
  #handshakes = 0;
  #listing: 'no' | 'yes' | 'again' = 'no';
  readonly #ending = new AbortController();
  readonly #interests = new Interests(
    (method, members, uri) => this.#connection?.request({ ...OWN_REQUEST, method, members, name: uri }) ?? null,
  );

  constructor(private readonly options: UpstreamOptions) {
    const since = options.surroundings.now().toISOString();
    this.status = {
      state: 'starting',
      code: null,
      reason: null,
      restarts: 0,
      since,
      quarantined: [],
      extra: [],
      missing: [],
    };
    void this.#live();
  }

  /** null: it cannot be called now. */
  request(request: UpstreamRequest): Call | null {
    return this.#connection?.request(request) ?? null;
  }

  subscribe(uri: string, updated: (params: Buffer) => void): Subscription | null {
    return this.#interests.add(uri, updated);
  }

  standing(kind: DefinitionKind, name: string): Standing {
    const { changed, missing } = this.#comparison[kind];
    if (changed.includes(name)) return 'changed';
    return missing.includes(name) ? 'missing' : 'locked';
  }

  /** The policy still names it, perhaps with other definitions, perhaps serving now. */
  update(locked: LockedGeneration, serving: boolean): void {
    const same = locked.definitions === this.options.locked.definitions;
    this.options.locked = locked;
    this.options.serving = serving;
    if (!same) void this.#relist();
  }

  /** Lets calls under way finish, for so long. */
  async drain(milliseconds: number): Promise<void> {
    const idle = this.#connection?.calls.idle() ?? Promise.resolve();
    await Promise.race([idle, this.#pause(milliseconds)]);
  }

  close(): void {
    this.#ending.abort();
    this.#connection?.channel.close();
  }

  async #live(): Promise<void> {
    const { first, longest } = this.options.surroundings.backOff ?? BACK_OFF;
    let wait = first;
    while (!this.#closed()) {
      const problem = await this.#once();
      if (problem.worked) wait = first;
      else if (problem.code === 'definition_changed') wait = longest;
      if (this.#closed()) return;
      this.#log('closed', `${problem.reason} Trying again in ${wait} ms.`);
      await this.#pause(wait);
      wait = Math.min(wait * 2, longest);
    }
  }

  /** One run, from open to end. */
  async #once(): Promise<{ worked: boolean; code: string; reason: string }> {
    const { server, generation, surroundings } = this.options;
    let channel: BridgeChannel | null = null;
    try {
      demandKnown(this.options.locked);
      channel = await openChannel(surroundings.bridgeSocket, server, generation, this.#ending.signal);
      await this.#gate(channel);
      const reason = await ended(channel);
      this.#connection = null;
      this.#settle('starting', 'server_exited', reason);
      return { worked: true, code: 'server_exited', reason };
    } catch (cause) {
      this.#connection = null;
      const { code, reason } = channel?.broken ? inWords(channel.broken) : inWords(cause);
      channel?.close();
      this.#settle('failed', code, reason);
      return { worked: false, code, reason };
    }
  }

  async #gate(channel: BridgeChannel): Promise<void> {
    const { surroundings } = this.options;
    const shown = await handshake(channel, this.#greeting());
    const comparison = this.#compare(shown);
    if (!this.options.serving) demandEqual(comparison);
    this.capabilities = shown.capabilities;
    this.status.restarts = this.#handshakes++;
    const { callBounds } = surroundings;
    this.#connection = new Connection(channel, callBounds ?? CALL_BOUNDS, {
      listChanged: () => void this.#relist(),
      resourceUpdated: (params) => this.#interests.heard(params),
      complain: (what) => this.#log('bad_output', what),
    });
    this.#apply(comparison);
    this.#interests.renew();
    this.#settle('ready', null, null);
    if (channel.changedSoFar()) void this.#relist();
  }

  /** Reads the list again and compares; announcements that come meanwhile make one more round, not many. */
  async #relist(): Promise<void> {
    if (this.#listing !== 'no') {
      this.#listing = 'again';
      return;
    }
    const connection = this.#connection;
    if (!connection) return; // the next handshake compares
    this.#listing = 'yes';
    try {
      const aside = connection.aside();
      this.#apply(this.#compare(await listAgain(aside, this.#greeting(), this.capabilities)));
      this.options.surroundings.changed();
    } catch (cause) {
      // What it offers now is unknown: begin anew, with a handshake.
      this.#log('relist_failed', inWords(cause).reason);
      connection.channel.close();
    }
    await this.#pause(RELIST_PAUSE_MS);
    const again = this.#again();
    this.#listing = 'no';
    if (again) void this.#relist();
  }

  /** Ends early when the upstream is closed. */
  #pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }

  #closed(): boolean {
    return this.#ending.signal.aborted;
  }

  #again(): boolean {
    return this.#listing === 'again';
  }

  #greeting(): HandshakeOptions {
    const { envelope, surroundings } = this.options;
    return { ...DEADLINES, envelope, clientInfo: { name: 'toolcrib', version: surroundings.version } };
  }

  #compare({ tools, prompts }: Pick<ServerDefinitions, 'tools' | 'prompts'>): typeof NO_DIFFERENCE {
    const { locked } = this.options;
    return {
      tool: compareDefinitions(locked, tools),
      prompt: compareDefinitions({ tools: locked.prompts }, prompts),
    };
  }

  #apply(comparison: typeof NO_DIFFERENCE): void {
    const known = new Set(this.status.quarantined);
    this.#comparison = comparison;
    const named = (what: keyof Comparison): string[] => [
      ...comparison.tool[what],
      ...comparison.prompt[what].map((name) => `prompt ${name}`),
    ];
    this.status.quarantined = named('changed');
    this.status.missing = named('missing');
    this.status.extra = named('extra').slice(0, 100);
    for (const name of this.status.quarantined) {
      if (!known.has(name)) this.#log('quarantined', `${name} differs from the lock`);
    }
  }

  #settle(state: GenerationStatus['state'], code: string | null, reason: string | null): void {
    const { surroundings } = this.options;
    Object.assign(this.status, { state, code, reason, since: surroundings.now().toISOString() });
    if (state === 'ready') this.#log('ready', '');
    surroundings.changed();
  }

  #log(event: string, detail: string): void {
    const { server, generation, surroundings } = this.options;
    surroundings.log({ time: surroundings.now().toISOString(), server, generation, event, detail });
  }
}

/** The policy may name what this proxy cannot reach yet: such a server has failed, and says so. */
function demandKnown(locked: PolicyGeneration): void {
  const { type } = locked.transport;
  if (type === 'stdio' && !isTemplate(locked)) return;
  const what = type === 'stdio' ? 'servers with instances of their own' : `servers with the transport ${type}`;
  throw new Failure([problem('server_refused', `This proxy cannot call ${what} yet.`, 'Run a newer toolcrib.')]);
}

function ended(channel: BridgeChannel): Promise<string> {
  return new Promise((resolve) => channel.onClose(resolve));
}

function demandEqual({ tool, prompt }: typeof NO_DIFFERENCE): void {
  const changed = [...tool.changed, ...prompt.changed];
  const missing = [...tool.missing, ...prompt.missing];
  if (changed.length + missing.length === 0) return;
  const what = [
    ...(changed.length > 0 ? [`changed: ${changed.slice(0, 10).join(', ')}`] : []),
    ...(missing.length > 0 ? [`missing: ${missing.slice(0, 10).join(', ')}`] : []),
  ];
  throw new DefinitionsDiffer(`Its definitions differ from the lock (${what.join('; ')}).`);
}

class DefinitionsDiffer extends Error {
  override readonly name = 'DefinitionsDiffer';
}

function inWords(cause: unknown): { code: string; reason: string } {
  if (cause instanceof DefinitionsDiffer) return { code: 'definition_changed', reason: cause.message };
  const first = cause instanceof Failure ? cause.diagnostics[0] : undefined;
  if (first) return { code: first.code, reason: first.detail };
  return { code: 'internal', reason: cause instanceof Error ? cause.message : String(cause) };
}
