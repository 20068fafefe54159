/**
 * One state of the declaration, put in force by `toolcrib proxy`: first what it takes away, then what is told to the
 * roles at their start alone, then new generations beside the old ones, which serve until the new have proved themselves.
 */
import { untilReady, GATE_SECONDS } from '../../apply/wait.js';
import { serializePolicy } from '../../compile/policy.js';
import { restrict, settle, withCandidates } from '../../compile/stages.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import type { Engine } from '../../engine/engine.js';
import { LABEL } from '../../model/labels.js';
import { planExternals } from '../../plan/external-plan.js';
import type { Policy } from '../../policy/artifact.js';
import type { Context, Loaded } from '../context.js';
import { throwErrors } from '../context.js';
import { declare, type Declared } from '../declare.js';
import type { ForegroundPolicies } from './policies.js';
import type { ForegroundRoles } from './roles.js';
import type { ForegroundServers, Generation } from './servers.js';
import { holdPlaces } from './hold-port.js';
import { ensureImage } from '../images.js';

export interface Parts {
  context: Context;
  engine: Engine;
  roles: ForegroundRoles;
  servers: ForegroundServers;
  policies: ForegroundPolicies;
  /** Whether there is nobody left to enforce anything. */
  stopped: () => boolean;
  say: (text: string) => void;
}

export class Convergence {
  /** Whether what the edit takes away is in force ahead of the rest of it. */
  narrowed = false;

  constructor(
    private readonly parts: Parts,
    private readonly loaded: Loaded,
  ) {}

  /** Nothing runs yet, so there is nothing to go on serving: every server is routed at once. */
  async begin(giveUp: () => Promise<void>): Promise<void> {
    const { roles, servers } = this.parts;
    const declared = await this.#declare();
    await this.#make(declared);
    const policy = declared.policy(servers.routes());
    servers.promote();
    await this.parts.policies.write(policy, declared.certificate);
    await giveUp();
    roles.start(this.loaded);
    await this.#inForce();
  }

  /** @returns what of it could not be put in force; null: the roles have ended, and enforce nothing. */
  async follow(): Promise<Diagnostic[] | null> {
    const { roles, servers, policies } = this.parts;
    const before = policies.inForce;
    if (!before) throw new Error('an edit before the first policy was in force');
    const declared = await this.#declare();
    const giveUp = await holdPlaces(this.loaded.config.project.proxy, roles.listening);
    let base: Policy | null;
    try {
      base = await this.#narrow(declared, before);
      if (base && roles.differ(this.loaded)) base = await this.#restart(declared, base, giveUp);
    } finally {
      await giveUp();
    }
    if (!base) return null;
    await this.#make(declared);
    const desired = declared.policy(servers.routes());
    const gated = servers.candidates.size === 0 ? new Map<string, Diagnostic>() : await this.#gate(base, desired);
    if (!gated) return null;
    // One that is new has no other to serve in its place: it is routed, and tried again.
    const failed = new Set([...gated.keys()].filter((name) => servers.serving.has(name)));
    await servers.abandon(failed);
    if (!(await this.#put(settle(base, desired, before, failed), declared))) return null;
    servers.promote();
    await servers.removeOld();
    return [...gated.values()];
  }

  async #declare(): Promise<Declared> {
    const { context, engine } = this.parts;
    const declared = await declare(context, this.loaded, (await engine.facts()).platform);
    await this.#checkExternals(declared);
    return declared;
  }

  /** What is served, and by what name the proxy is called, stays; access goes. @returns null: it was stopped. */
  async #narrow(declared: Declared, before: Policy): Promise<Policy | null> {
    const narrower = restrict(before, declared.policy(this.parts.servers.routes()), new Set());
    const now = this.parts.roles.differ(this.loaded) ? calledAs(before, narrower) : narrower;
    if (serializePolicy(now) === serializePolicy(before)) return narrower;
    if (!(await this.#put(now, declared))) return null;
    this.narrowed = true;
    return narrower;
  }

  /** A new start is how a role learns where it listens, of TLS, and what it logs. */
  async #restart(declared: Declared, base: Policy, giveUp: () => Promise<void>): Promise<Policy | null> {
    const { roles, say } = this.parts;
    say('where or how the proxy listens or logs has changed: it is started anew, and open sessions end');
    await roles.endDiffering(this.loaded);
    await this.parts.policies.write(base, declared.certificate);
    await giveUp();
    roles.start(this.loaded);
    return (await this.#inForce()) ? base : null;
  }

  async #make(declared: Declared): Promise<void> {
    const { context, engine, servers, say } = this.parts;
    await servers.make(declared, async ({ image, address }) => {
      const ensured = await ensureImage(engine, declared, context, image, (line) => say(`${address}: ${line}`));
      return ensured.reference;
    });
  }

  /** @returns server → why its candidate takes no calls; null: it was stopped. */
  async #gate(base: Policy, desired: Policy): Promise<Map<string, Diagnostic> | null> {
    const { context, servers, policies } = this.parts;
    const { candidates, serving } = servers;
    const alone = new Set(
      [...candidates].filter(([name, { alone }]) => alone && serving.has(name)).map(([name]) => name),
    );
    const unrouted = alone.size === 0 ? base : restrict(base, desired, alone);
    if (unrouted !== base) {
      if (!(await this.#put(unrouted))) return null;
      await servers.stop(alone);
    }
    if (!(await this.#put(withCandidates(unrouted, desired)))) return null;
    const seconds = context.timeoutSeconds ?? GATE_SECONDS;
    const ready = async ([server, { address, number }]: [string, Generation]): Promise<[string, Diagnostic][]> => {
      const candidate = { address, server, generation: number, serving: false };
      const why = await untilReady(policies.ack, candidate, seconds, context.signal);
      return why ? [[server, { ...why, fix: fixOf(server, serving.has(server)) }]] : [];
    };
    const found = await Promise.all([...candidates].map(ready));
    return this.parts.stopped() ? null : new Map(found.flat());
  }

  async #put(policy: Policy, declared?: Declared): Promise<boolean> {
    await this.parts.policies.write(policy, declared?.certificate);
    return this.#inForce();
  }

  #inForce(): Promise<boolean> {
    return this.parts.policies.untilInForce(() => this.parts.stopped());
  }

  async #checkExternals({ desired }: Declared): Promise<void> {
    if (desired.externals.length === 0) return;
    const { id } = this.loaded.config.project;
    const all = await this.parts.engine.listVolumes([]);
    const own = (volume: (typeof all)[number]): boolean => volume.Labels?.[LABEL.projectId] === id;
    const seen = { volumes: all.filter(own), foreignVolumes: all.filter((each) => !own(each)), containers: [] };
    throwErrors(planExternals(desired, seen).problems);
  }
}

/** The proxy that runs is called where it listens, and serves the certificate that it has. */
function calledAs({ url, hosts, certificate }: Policy, policy: Policy): Policy {
  const { url: _url, certificate: _certificate, ...rest } = policy;
  return { ...rest, hosts, ...(url !== undefined && { url }), ...(certificate && { certificate }) };
}

function fixOf(server: string, served: boolean): string {
  const meanwhile = served ? 'The one before serves on' : 'It is tried again';
  return `${meanwhile}. Read what the server said (above), mend the declaration, or run \`toolcrib lock ${server}\`, and save.`;
}
