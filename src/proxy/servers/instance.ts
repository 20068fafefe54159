/**
 * One running instance of one generation of a server: opened, gated against the lock, called, and opened again whenever
 * it ends. While it comes back its calls are held for a while. A hung or dying one harms its own calls alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../diagnostics/failure.js';
import { envelopeMeta, listAgain, type HandshakeOptions } from '../../mcp/handshake.js';
import type { Era } from '../../mcp/wire.js';
import type { GenerationStatus } from '../../model/ack.js';
import type { Envelope, JsonObject } from '../../model/definitions.js';
import { BridgeAway } from './bridge-wire.js';
import { Connection } from './connection.js';
import { CALL_BOUNDS, type CallBounds } from './flights.js';
import { greeting } from './greeting.js';
import { InstanceHome } from './home.js';
import { Interests } from './interests.js';
import { Listening } from './listening.js';
import { Kept, openServer, type Opened } from './open-server.js';
import { Pending } from './pending.js';
import { Relisting } from './relisting.js';
import type { ServerRequest } from '../../policy/artifact.js';
import { compare, DefinitionsDiffer, demandEqual, namedIn, NO_DIFFERENCE, type LockedGeneration } from './standings.js';
import type { Call, Hearing, RefusedRequest, Subscription, UpstreamRequest } from '../upstream-port.js';
import { WaitingCalls } from './waiting-calls.js';

export interface InstanceOptions {
  project: string;
  server: string;
  generation: number;
  /** The bridge's key of it; null: the server's own container, or a remote. */
  key: string | null;
  /** Of one session's calls alone. */
  exclusive: boolean;
  /** As of now: the policy may change it. */
  locked: () => LockedGeneration;
  envelope: () => Envelope;
  /** What it may ask agents for, by their grants. */
  asks: () => readonly ServerRequest[];
  /** One that serves is only restricted by what it shows; a candidate must equal its lock. */
  serving: () => boolean;
  surroundings: Surroundings;
}

/** What all upstreams share. */
export interface Surroundings {
  bridgeSocket: string;
  version: string;
  /** Whether the proxy is no container; left out: it is one. */
  outside?: boolean;
  now: () => Date;
  log: (line: object) => void;
  /** A status, or what standing() says, has changed. */
  changed: () => void;
  /** notifications/tasks/status. @param home key of where it was said. */
  taskStatus?: (home: object, params: Buffer) => void;
  /** A server asked what nobody was asked. */
  refused?: (request: RefusedRequest) => void;
  callBounds?: CallBounds;
  /** Milliseconds before a first and a longest wait between attempts. */
  backOff?: { first: number; longest: number };
  /** Milliseconds for which calls wait for a server that is coming back. */
  holdMilliseconds?: number;
}

/** Lists of a server that announces nothing are read this often. */
const POLL_MS = 60_000;
const BACK_OFF = { first: 250, longest: 30_000 };
const HOLD_MS = 10_000;

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
  late: null,
};

type Outcome = Pick<GenerationStatus, 'state' | 'code' | 'reason' | 'restarts' | 'since'>;

export class Instance {
  era: Era = 'legacy';
  capabilities: JsonObject = {};
  readonly outcome: Outcome;
  compared = NO_DIFFERENCE;
  #connection: Connection | null = null;
  #listening: Listening | null = null;
  #handshakes = 0;
  readonly #lists = new Relisting(
    () => this.#relist(),
    (milliseconds) => this.#pause(milliseconds),
  );
  readonly #waiting: WaitingCalls;
  /** Of the proxy's own. */
  #own = 0;
  readonly #kept = new Kept();
  readonly #ending = new AbortController();
  readonly #interests = new Interests(
    (method, members, uri) => this.#interest(method, members, uri),
    () => (this.outcome.state === 'starting' && !this.#closed() ? this.#holdMs : 0),
  );
  /** Tasks that are listened to; what is said of them is told by `taskStatus`. */
  readonly #followed = new Interests((method, _members, raw) => this.#follow(method, raw));
  /** That live in it and are known to somebody. */
  tasks = 0;
  /** When it last had a connection, or could first have had one, by the same clock. */
  #lastThere = performance.now();
  /** When it was last asked anything, by a clock that no date moves. */
  lastUsed: number;

  constructor(private readonly options: InstanceOptions) {
    const { now } = options.surroundings;
    this.lastUsed = performance.now();
    this.#waiting = new WaitingCalls(this.#holdMs);
    this.outcome = { state: 'starting', code: null, reason: null, restarts: 0, since: now().toISOString() };
    void this.#live();
  }

  /** Calls that it has, of agents: nobody waits for what the proxy asks on its own behalf. */
  get load(): number {
    return this.#waiting.size + (this.#connection?.flights.size ?? 0) - this.#own;
  }

  get subscribed(): boolean {
    return this.#interests.size > 0;
  }

  /** null: it cannot be called, and is not known to be coming back. */
  request(request: UpstreamRequest): Call | null {
    this.lastUsed = performance.now();
    const connection = this.#connection;
    if (!connection && (this.outcome.state !== 'starting' || this.#closed())) return null;
    const { milliseconds } = this.options.surroundings.callBounds ?? CALL_BOUNDS;
    const pending = new Pending(request, request.timeoutMs ?? milliseconds);
    if (connection) connection.take(pending);
    else this.#waiting.add(pending);
    return pending;
  }

  /** Where what it makes now lives; null: it has just ended. */
  home(): InstanceHome | null {
    if (this.options.locked().transport.type !== 'stdio') return new InstanceHome(this, null);
    return this.#connection && new InstanceHome(this, this.#connection);
  }

  subscribe(uri: string, hearing: Hearing): Subscription | null {
    this.lastUsed = performance.now();
    return this.#interests.add(uri, hearing);
  }

  follow(raw: string, hearing: Hearing): Subscription | null {
    return this.#followed.add(raw, hearing);
  }

  /** A notification without params, if it is one of an older version that is there to hear it. */
  tell(method: string): void {
    this.#connection?.tell(method);
  }

  /** The lock says something else now. */
  relock(): void {
    void this.#lists.again();
  }

  /** What it may ask for is said when a session begins: over HTTP another one is begun. */
  offerAnew(): void {
    const connection = this.#connection;
    if (connection?.wire.era === 'legacy' && this.options.locked().transport.type !== 'stdio') {
      connection.retire('It may ask for something else now.');
    }
  }

  /** Lets calls under way finish, for so long. */
  async drain(milliseconds: number): Promise<void> {
    const idle = this.#connection?.flights.idle() ?? Promise.resolve();
    await Promise.race([idle, this.#pause(milliseconds)]);
  }

  close(): void {
    this.#ending.abort();
    this.#waiting.refuse('its server was stopped');
    this.#connection?.wire.close();
    this.#kept.close();
  }

  get #holdMs(): number {
    return this.options.surroundings.holdMilliseconds ?? HOLD_MS;
  }

  async #live(): Promise<void> {
    const { first, longest } = this.options.surroundings.backOff ?? BACK_OFF;
    let wait = first;
    while (!this.#closed()) {
      const problem = await this.#once();
      if (problem.worked || this.outcome.state === 'starting') wait = first;
      else if (problem.code === 'definition_changed') wait = longest;
      if (this.#closed()) return;
      this.#log('closed', `${problem.reason} Trying again in ${wait} ms.`);
      await this.#pause(wait);
      wait = Math.min(wait * 2, longest);
    }
  }

  /** One run, from open to end. */
  async #once(): Promise<{ worked: boolean; code: string; reason: string }> {
    let opened: Opened | null = null;
    try {
      opened = await openServer(this.#opening());
      const reason = await this.#serve(opened);
      this.#settle('starting', 'server_exited', reason);
      return { worked: true, code: 'server_exited', reason };
    } catch (cause) {
      opened?.wire.close();
      const { code, reason } = inWords(cause);
      if (cause instanceof BridgeAway && this.#isExpectedBack()) {
        this.#settle('starting', code, reason);
        return { worked: false, code, reason };
      }
      this.#settle('failed', code, reason);
      this.#waiting.refuse(`its server did not come back: ${reason.replace(/\.$/, '')}`);
      return { worked: false, code, reason };
    }
  }

  /** A bridge makes way for another: whoever calls meanwhile waits as for a server that starts again. */
  #isExpectedBack(): boolean {
    return this.options.serving() && performance.now() - this.#lastThere < this.#holdMs;
  }

  #opening(): Parameters<typeof openServer>[0] {
    const { project, server, generation, key, locked, surroundings } = this.options;
    const now = locked();
    return {
      project,
      server,
      generation,
      instance: key,
      locked: now,
      version: now.version,
      bridgeSocket: surroundings.bridgeSocket,
      greeting: this.#greeting(),
      signal: this.#ending.signal,
      kept: this.#kept,
      outside: surroundings.outside ?? false,
    };
  }

  /** Gates it, serves, and resolves with why it takes nothing any more. */
  #serve({ wire, channel, shown, unfit, mirrored }: Opened): Promise<string> {
    const { locked, serving, surroundings, exclusive } = this.options;
    const compared = compare(locked(), shown);
    if (!serving()) demandEqual(compared);
    for (const { tool, why } of unfit) this.#log('unfit', `${tool}: ${why}`);
    this.era = wire.era;
    this.capabilities = shown.capabilities;
    this.outcome.restarts = this.#handshakes++;
    return new Promise((resolve) => {
      // It may be over before it is made.
      let current: Connection | null = null;
      const connection = new Connection({
        wire,
        bounds: surroundings.callBounds ?? CALL_BOUNDS,
        clientInfo: this.#greeting().clientInfo,
        exclusive,
        logs: shown.capabilities['logging'] !== undefined,
        mirrored,
        events: {
          listChanged: () => void this.#lists.again(),
          resourceUpdated: (params) => this.#interests.heard(params),
          acknowledged: (id, params) => this.#listening?.acknowledged(id, params),
          taskStatus: (params) => {
            const home = this.home();
            if (home) surroundings.taskStatus?.(home.key, params);
          },
          unread: (pending) => this.#again(pending),
          over: (reason) => {
            if (this.#connection === current) this.#connection = this.#listening = null;
            this.outcome.state = 'starting';
            this.#lastThere = performance.now();
            resolve(reason);
          },
          complain: (what) => this.#log('bad_output', what),
          refused: (method, reason) => {
            const { server, generation } = this.options;
            surroundings.refused?.({ server, generation, method, reason });
          },
        },
      });
      if (connection.over) return;
      this.#connection = current = connection;
      this.#apply(compared);
      this.#listen(connection);
      this.#settle('ready', null, null);
      this.#interests.renew();
      this.#followed.renew();
      this.#waiting.release((pending) => connection.take(pending));
      if (channel.changed) void this.#lists.again();
    });
  }

  #listen(connection: Connection): void {
    const { capabilities } = this;
    if (connection.wire.era === 'modern') {
      const envelope = envelopeMeta(this.#greeting());
      this.#listening = new Listening(connection, capabilities, envelope, {
        missed: () => void this.#lists.again(),
        declined: (field, what) => (field === 'taskIds' ? this.#followed : this.#interests).declined(what),
      });
    }
    if (this.options.locked().transport.type !== 'stdio') void this.#poll(connection);
  }

  /** A server over HTTP that has no stream to announce changes on is asked for them. */
  async #poll(connection: Connection): Promise<void> {
    while (this.#connection === connection) {
      await sleep(POLL_MS, undefined, { ref: false, signal: this.#ending.signal }).catch(() => undefined);
      const announces = this.#listening ? this.#listening.announces : connection.wire.announces;
      if (this.#connection === connection && !announces) await this.#lists.again();
    }
  }

  /** What came back unread is sent once more: by the next session, when there is one. */
  #again(pending: Pending): void {
    if (pending.settled) return;
    if (this.#closed()) {
      return pending.settle({ kind: 'refused', reason: 'unavailable', detail: 'its server was stopped' });
    }
    if (this.#connection && !this.#connection.over) this.#connection.take(pending);
    else this.#waiting.add(pending);
  }

  #interest(method: string, members: Buffer, uri: string): Call | null {
    const connection = this.#connection;
    if (!connection) return null;
    if (connection.wire.era === 'legacy') return this.#askOwn({ ...OWN_REQUEST, method, members, name: uri });
    if (method === 'resources/subscribe') return this.#listening?.add(uri) ?? null;
    this.#listening?.remove(uri);
    return null;
  }

  #askOwn(request: UpstreamRequest): Call | null {
    const call = this.request(request);
    if (!call) return null;
    this.#own++;
    void call.answer.then(() => this.#own--);
    return call;
  }

  #follow(method: string, raw: string): Call | null {
    if (method === 'resources/subscribe') return this.#listening?.addTask(raw) ?? null;
    this.#listening?.removeTask(raw);
    return null;
  }

  /** Reads the lists again and compares. null: the next handshake does. */
  #relist(): Promise<void> | null {
    return this.#connection && this.#compareAgain(this.#connection);
  }

  async #compareAgain(connection: Connection): Promise<void> {
    try {
      const greeted = { ...this.#greeting(), era: connection.wire.era };
      this.#apply(compare(this.options.locked(), await listAgain(connection.aside(), greeted, this.capabilities)));
      this.options.surroundings.changed();
    } catch (cause) {
      // What it offers now is unknown: begin anew, with a handshake.
      this.#log('relist_failed', inWords(cause).reason);
      connection.wire.close();
    }
  }

  /** Ends early when the instance is closed. */
  #pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }

  get closed(): boolean {
    return this.#closed();
  }

  #closed(): boolean {
    return this.#ending.signal.aborted;
  }

  #greeting(): HandshakeOptions {
    const { envelope, surroundings, asks, exclusive, locked } = this.options;
    const stdio = locked().transport.type === 'stdio';
    return greeting({ envelope: envelope(), version: surroundings.version, asks: asks(), exclusive, stdio });
  }

  #apply(compared: typeof NO_DIFFERENCE): void {
    const known = new Set(namedIn(this.compared, 'changed'));
    this.compared = compared;
    for (const name of namedIn(compared, 'changed')) {
      if (!known.has(name)) this.#log('quarantined', `${name} differs from the lock`);
    }
  }

  #settle(state: Outcome['state'], code: string | null, reason: string | null): void {
    const { surroundings } = this.options;
    Object.assign(this.outcome, { state, code, reason, since: surroundings.now().toISOString() });
    if (state === 'ready') this.#log('ready', '');
    surroundings.changed();
  }

  #log(event: string, detail: string): void {
    const { server, generation, key, surroundings } = this.options;
    const about = { server, generation, ...(key !== null && { instance: key }) };
    surroundings.log({ time: surroundings.now().toISOString(), ...about, event, detail });
  }
}

function inWords(cause: unknown): { code: string; reason: string } {
  if (cause instanceof DefinitionsDiffer) return { code: 'definition_changed', reason: cause.message };
  const first = cause instanceof Failure ? cause.diagnostics[0] : undefined;
  if (first) return { code: first.code, reason: first.detail };
  return { code: 'internal', reason: cause instanceof Error ? cause.message : String(cause) };
}
