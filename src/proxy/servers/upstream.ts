/**
 * One generation of one server, for as long as the policy names it: its instance, or its instances, and which of them a
 * request goes to. Whose calls share one is declared; an instance of somebody's own is opened by the first of their
 * calls, gated like any other, and closed when it has been idle, or its session has ended.
 */
import { createHmac } from 'node:crypto';
import type { Era } from '../../mcp/wire.js';
import type { GenerationStatus } from '../../model/ack.js';
import type { Envelope, JsonObject } from '../../model/definitions.js';
import { isTemplate, type Sharing } from '../../model/transport.js';
import type { ServerRequest } from '../../policy/artifact.js';
import type { DefinitionKind, Standing } from '../../policy/decide.js';
import { InstanceHome } from './home.js';
import { Instance, type Surroundings } from './instance.js';
import { merged, namedIn, standingIn, type Compared, type LockedGeneration } from './standings.js';
import type {
  Call,
  Hearing,
  Home,
  PlacedCall,
  Subscription,
  UpstreamPort,
  UpstreamRequest,
  Whose,
} from '../upstream-port.js';

export interface UpstreamOptions {
  project: string;
  server: string;
  generation: number;
  locked: LockedGeneration;
  envelope: Envelope;
  /** What it may ask agents for, by their grants; sorted. */
  asks: readonly ServerRequest[];
  serving: boolean;
  surroundings: Surroundings;
  /** Makes keys of instances that tell nobody whose they are. */
  secret: Buffer;
}

/** Instances of one server that live at once; the bridge has a bound of its own. */
const MOST_INSTANCES = 64;
const IDLE_MS = 5 * 60_000;
const SWEEP_MS = 15_000;
/** Proves a template before anybody's instance is made of it. */
const GATE = 'gate';

export class Upstream implements UpstreamPort {
  readonly #instances = new Map<string, Instance>();
  readonly #sessionOf = new WeakMap<Instance, string>();
  /** What the first instance showed; it lives on where the instance does not. */
  #gate: Pick<Instance, 'era' | 'capabilities' | 'compared' | 'outcome'>;
  readonly #sweeper: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(private readonly options: UpstreamOptions) {
    const { locked } = options;
    const shared = locked.instances === 'shared';
    const keys = !shared ? [GATE] : isTemplate(locked) ? replicaKeys(locked.replicas) : [''];
    const [first] = keys.map((key) => this.#open(key));
    if (!first) throw new Error('a generation has at least one instance');
    this.#gate = first;
    if (shared) return;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  get era(): Era {
    return this.#gate.era;
  }

  get capabilities(): JsonObject {
    return this.#gate.capabilities;
  }

  get status(): GenerationStatus {
    const all = [this.#gate, ...this.#instances.values()];
    const { state, code, reason, since } = (all.find(({ outcome }) => outcome.state === 'ready') ?? this.#gate).outcome;
    const compared = this.#compared();
    return {
      state,
      code,
      reason,
      restarts: Math.max(...all.map(({ outcome }) => outcome.restarts)),
      since,
      quarantined: namedIn(compared, 'changed'),
      extra: namedIn(compared, 'extra').slice(0, 100),
      missing: namedIn(compared, 'missing'),
    };
  }

  request(request: UpstreamRequest): Call | null {
    return this.#for(request)?.request(request) ?? null;
  }

  requestAt(home: Home | null, request: UpstreamRequest): PlacedCall | null {
    const instance = home === null ? this.#for(request) : this.#at(home);
    const call = instance?.request(request);
    return instance && call ? { call, home: () => instance.home() } : null;
  }

  followAt(home: Home, raw: string, hearing: Hearing): Subscription | null {
    return this.#at(home)?.follow(raw, hearing) ?? null;
  }

  #at(home: Home): Instance | null {
    if (!(home instanceof InstanceHome) || !home.alive) return null;
    for (const instance of this.#instances.values()) if (instance === home.instance) return instance;
    return null;
  }

  /** Where instances are somebody's own, of their own: another's may have other resources, by another's credentials. */
  subscribe(whose: Whose, uri: string, hearing: Hearing): Subscription | null {
    return this.#for(whose)?.subscribe(uri, hearing) ?? null;
  }

  standing(kind: DefinitionKind, name: string): Standing {
    return standingIn(this.#compared(), kind, name);
  }

  hearsOf(whose: Whose): boolean {
    return this.#ownOf(whose) !== undefined;
  }

  tell(whose: Whose, method: string): void {
    this.#ownOf(whose)?.tell(method);
  }

  /** What still has something to do stays until it is idle. */
  sessionEnded(session: string): void {
    if (this.options.locked.instances !== 'session') return;
    for (const [key, instance] of this.#instances) {
      if (this.#sessionOf.get(instance) !== session || this.#isBusy(instance)) continue;
      this.#drop(key, instance);
    }
  }

  #ownOf(whose: Whose): Instance | undefined {
    const { locked, secret } = this.options;
    if (locked.instances !== 'session' || whose.session === null) return undefined;
    return this.#instances.get(instanceKey('session', whose, secret));
  }

  /** The policy still names it, perhaps with other definitions, perhaps serving now. */
  update(now: Pick<UpstreamOptions, 'locked' | 'envelope' | 'asks' | 'serving'>): void {
    const { locked, asks } = this.options;
    Object.assign(this.options, now);
    for (const instance of this.#instances.values()) {
      if (locked.definitions !== now.locked.definitions) instance.relock();
      if (asks.join() !== now.asks.join()) instance.offerAnew();
    }
  }

  async drain(milliseconds: number): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.drain(milliseconds)));
  }

  close(): void {
    this.#closed = true;
    if (this.#sweeper) clearInterval(this.#sweeper);
    for (const instance of this.#instances.values()) instance.close();
    this.#instances.clear();
  }

  #for(whose: Whose): Instance | null {
    const { locked } = this.options;
    if (locked.instances === 'shared') return this.#leastBusy();
    // Nothing is made of a template that has not proved itself.
    if (this.#gate.outcome.state !== 'ready') return null;
    const key = instanceKey(locked.instances, whose, this.options.secret);
    const known = this.#instances.get(key);
    if (known) return known;
    if (this.#instances.size >= MOST_INSTANCES && !this.#makeRoom()) return null;
    const opened = this.#open(key);
    if (locked.instances === 'session' && whose.session !== null) this.#sessionOf.set(opened, whose.session);
    return opened;
  }

  /** Of those that can be called, the one with the fewest calls. */
  #leastBusy(): Instance | null {
    let best: Instance | null = null;
    for (const instance of this.#instances.values()) {
      if (!best || rank(instance) < rank(best)) best = instance;
    }
    return best;
  }

  #open(key: string): Instance {
    const { project, server, generation, surroundings } = this.options;
    const instance = new Instance({
      project,
      server,
      generation,
      key: key === '' ? null : key,
      exclusive: this.options.locked.instances === 'session' && key !== GATE,
      locked: () => this.options.locked,
      envelope: () => this.options.envelope,
      asks: () => this.options.asks,
      serving: () => this.options.serving,
      surroundings: {
        ...surroundings,
        changed: () => {
          if (this.#closed) return;
          if (key === GATE) this.#proved();
          surroundings.changed();
        },
      },
    });
    this.#instances.set(key, instance);
    return instance;
  }

  /** The template is what was locked: the instance that showed so is needed no more. */
  #proved(): void {
    const gate = this.#instances.get(GATE);
    if (gate?.outcome.state !== 'ready') return;
    const { era, capabilities, compared, outcome } = gate;
    this.#gate = { era, capabilities, compared, outcome: { ...outcome } };
    this.#instances.delete(GATE);
    gate.close();
  }

  #compared(): Compared {
    // Asked by every call, and mostly there is one.
    if (this.#instances.size === 1) {
      for (const { outcome, compared } of this.#instances.values()) if (outcome.state === 'ready') return compared;
    }
    const all = [...this.#instances.values()].filter(({ outcome }) => outcome.state === 'ready');
    return merged(all.length > 0 ? all.map(({ compared }) => compared) : [this.#gate.compared]);
  }

  #makeRoom(): boolean {
    const idle = [...this.#instances].filter(([, { load, subscribed }]) => load === 0 && !subscribed);
    const [oldest] = idle.sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
    if (!oldest) return false;
    this.#drop(...oldest);
    return true;
  }

  #sweep(): void {
    const since = performance.now() - IDLE_MS;
    for (const [key, instance] of this.#instances) {
      if (key !== GATE && instance.lastUsed <= since && !this.#isBusy(instance)) this.#drop(key, instance);
    }
  }

  #isBusy({ load, subscribed, tasks }: Instance): boolean {
    return load > 0 || subscribed || tasks > 0;
  }

  #drop(key: string, instance: Instance): void {
    this.#instances.delete(key);
    instance.close();
  }
}

function replicaKeys(replicas: number): string[] {
  return Array.from({ length: replicas }, (_, i) => `r${i + 1}`);
}

/** Those that are not ready come after all that are. */
function rank({ load, outcome }: Instance): number {
  return outcome.state === 'ready' ? load : outcome.state === 'starting' ? load + 1e6 : load + 2e6;
}

/** A modern agent has no session: its instance is then its subject's, and without a subject the agent's. */
function instanceKey(sharing: Sharing, { agent, subject, session }: Whose, secret: Buffer): string {
  const whose = sharing === 'agent' ? [agent] : sharing === 'user' ? [agent, subject] : [agent, subject, session];
  const hash = createHmac('sha256', secret).update(JSON.stringify(whose)).digest('hex');
  return `${sharing.slice(0, 1)}${hash.slice(0, 31)}`;
}
