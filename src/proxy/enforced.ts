/** The policy in force, with what is derived from it once: allowed hosts and origins, and the lists as served. */
import type { Standings } from '../policy/decide.js';
import type { Endpoint } from '../policy/endpoint.js';
import { listTools } from '../policy/listing.js';
import type { LoadedPolicy } from '../policy/load.js';
import { allowedHosts } from './origin.js';

interface ServedList {
  body: string;
  until: number;
  /** Of the standings it was made from. */
  edition: number;
}

export class Enforced {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  readonly #lists = new Map<string, ServedList>();

  constructor(
    readonly loaded: LoadedPolicy,
    readonly seq: number,
    port: number,
  ) {
    this.hosts = allowedHosts(loaded.policy.hosts, port);
    this.origins = new Set(loaded.policy.origins);
  }

  /**
   * The result of tools/list as JSON text, serialised once for each agent and endpoint.
   * @param edition goes up whenever `standing` may answer otherwise.
   */
  list(agent: string, endpoint: Endpoint, now: number, standing: Standings, edition: number): string {
    const key = `${agent} ${endpoint.path}`;
    const served = this.#lists.get(key);
    if (served?.edition === edition && now < served.until) return served.body;
    const { tools, until } = listTools(this.loaded, agent, endpoint, now, standing);
    const body = JSON.stringify({ tools });
    this.#lists.set(key, { body, until, edition });
    return body;
  }
}
