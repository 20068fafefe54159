/** The policy in force, with what is derived from it once: allowed hosts and origins, and the lists as served. */
import type { JsonObject } from '../model/definitions.js';
import type { Standings } from '../policy/decide.js';
import type { Endpoint } from '../policy/endpoint.js';
import { listOffers, listTools } from '../policy/listing.js';
import type { LoadedPolicy } from '../policy/load.js';
import { capabilitiesFor, tasksFor, type OfferedTasks } from './message/capabilities.js';
import type { ListKind } from './message/lists.js';
import { allowedHosts } from './http/origin.js';
import { translateTool } from './message/translate-definition.js';
import type { Era } from './upstream-port.js';

interface ServedList {
  body: string;
  until: number;
  /** Of the standings it was made from. */
  edition: number;
}

/** Whose list, of what, in which form. */
export interface Served {
  agent: string;
  endpoint: Endpoint;
  kind: ListKind;
  era: Era;
  /** Whether its version has tasks that it asks for. */
  asksForTasks: boolean;
}

/** How long a modern agent may go by a list without asking; a change is told to those who listen at once. */
const TTL_MS = 5_000;

export class Enforced {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  readonly #capabilities = new Map<string, JsonObject>();
  readonly #tasks = new Map<string, OfferedTasks>();
  readonly #lists = new Map<string, ServedList>();

  constructor(
    readonly loaded: LoadedPolicy,
    readonly seq: number,
    port: number,
  ) {
    this.hosts = allowedHosts(loaded.policy.hosts, port);
    this.origins = new Set(loaded.policy.origins);
  }

  /** What the agent is told it can have; by the policy alone. */
  capabilities(agent: string, endpoint: Endpoint): JsonObject {
    const key = `${agent} ${endpoint.path}`;
    let known = this.#capabilities.get(key);
    if (!known) this.#capabilities.set(key, (known = capabilitiesFor(this.loaded, agent, endpoint)));
    return known;
  }

  /** Which kinds of tasks it is told that it can have; by the policy alone. */
  tasks(agent: string, endpoint: Endpoint): OfferedTasks {
    const key = `${agent} ${endpoint.path}`;
    let known = this.#tasks.get(key);
    if (!known) this.#tasks.set(key, (known = tasksFor(this.loaded, agent, endpoint)));
    return known;
  }

  /**
   * The result of a list method as JSON text, serialised once for each agent, endpoint and era.
   * @param edition goes up whenever `standing` may answer otherwise.
   */
  list(served: Served, now: number, standing: Standings, edition: number, version: string): string {
    const { agent, endpoint, kind, era, asksForTasks } = served;
    const key = `${agent} ${endpoint.path} ${kind} ${era}${asksForTasks ? ' tasks' : ''}`;
    const known = this.#lists.get(key);
    if (known?.edition === edition && now < known.until) return known.body;
    const { items, until } = this.#items(served, now, standing);
    const modern = {
      resultType: 'complete',
      ttlMs: TTL_MS,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'toolcrib', version } },
    };
    const body = JSON.stringify({ [kind]: items, ...(era === 'modern' && modern) });
    this.#lists.set(key, { body, until, edition });
    return body;
  }

  #items(
    { agent, endpoint, kind, era, asksForTasks }: Served,
    now: number,
    standing: Standings,
  ): { items: object[]; until: number } {
    if (kind !== 'tools') return listOffers(this.loaded, kind, agent, endpoint, now, standing);
    const { tools, until } = listTools(this.loaded, agent, endpoint, now, standing, asksForTasks);
    return { items: tools.map((tool) => translateTool(tool, era)), until };
  }
}
