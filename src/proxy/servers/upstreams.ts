/** All generations that the policy names: opened when it begins to name them, drained and closed when it ends. */
import { randomBytes } from 'node:crypto';
import { generationKey, type GenerationStatus } from '../../model/ack.js';
import { namedHashes } from '../../definitions/hash.js';
import type { Policy, ServerRequest } from '../../policy/artifact.js';
import type { Standings } from '../../policy/decide.js';
import type { Surroundings } from './instance.js';
import { Upstream } from './upstream.js';
import type { UpstreamPort } from '../upstream-port.js';

/** How long calls under way may take to finish on a generation that serves no more. */
const DRAIN_MS = 30_000;

export class Upstreams {
  readonly #named = new Map<string, Upstream>();
  readonly #draining = new Set<Upstream>();
  #edition = 0;
  readonly #secret = randomBytes(32);
  readonly #surroundings: Surroundings;

  constructor(
    surroundings: Surroundings,
    readonly drainMilliseconds = DRAIN_MS,
  ) {
    const changed = (): void => {
      this.#edition++;
      surroundings.changed();
    };
    this.#surroundings = { ...surroundings, changed };
  }

  /** Goes up with every change of what standing() answers. */
  readonly edition = (): number => this.#edition;

  readonly standing: Standings = (server, generation, name, kind = 'tool') =>
    this.#named.get(generationKey(server, generation))?.standing(kind, name) ?? 'locked';

  find(server: string, generation: number): UpstreamPort | undefined {
    return this.#named.get(generationKey(server, generation));
  }

  statuses(): Record<string, GenerationStatus> {
    return Object.fromEntries([...this.#named].map(([key, upstream]) => [key, { ...upstream.status }]));
  }

  follow(policy: Policy): void {
    const { project, servers, envelope, definitions } = policy;
    const wanted = new Set<string>();
    for (const [server, { generations, serving, held }] of Object.entries(servers)) {
      const asks = asksOf(policy, server);
      for (const [text, described] of Object.entries(generations)) {
        const generation = Number(text);
        // Stopped, and not to be started again: whoever asked for it would have it started.
        if (held && generation === serving) continue;
        const shown = definitions[described.definitions];
        const prompts = namedHashes(shown?.prompts ?? []);
        const locked = { ...described, prompts, version: shown?.protocolVersion ?? envelope.protocolVersion };
        const key = generationKey(server, generation);
        wanted.add(key);
        const known = this.#named.get(key);
        const now = { locked, envelope, asks, serving: serving === generation };
        if (known) known.update(now);
        else {
          const options = { project: project.name, server, generation, ...now };
          const own = { surroundings: this.#surroundings, secret: this.#secret };
          this.#named.set(key, new Upstream({ ...options, ...own }));
        }
      }
    }
    for (const [key, upstream] of this.#named) {
      if (wanted.has(key)) continue;
      this.#named.delete(key);
      void this.#retire(upstream);
    }
    this.#edition++;
  }

  /** What was that session's alone goes. */
  sessionEnded(id: string): void {
    for (const upstream of this.#named.values()) upstream.sessionEnded(id);
  }

  close(): void {
    for (const upstream of [...this.#named.values(), ...this.#draining]) upstream.close();
    this.#named.clear();
  }

  async #retire(upstream: Upstream): Promise<void> {
    this.#draining.add(upstream);
    await upstream.drain(this.drainMilliseconds);
    upstream.close();
    this.#draining.delete(upstream);
  }
}

/** What any grant lets it ask for; which call's agent may be asked is decided with the call. */
function asksOf({ agents }: Policy, server: string): ServerRequest[] {
  const grants = Object.values(agents).flatMap((agent) => agent.grants.filter((grant) => grant.server === server));
  return [...new Set(grants.flatMap(({ serverRequests }) => serverRequests))].sort();
}
