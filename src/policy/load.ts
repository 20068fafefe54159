/**
 * Policy → the tables that every call is looked up in: agent, then endpoint, then exposed name. Built on first use,
 * because most agents never ask most endpoints.
 */
import { hash } from 'node:crypto';
import type { Definition, JsonObject } from '../model/definitions.js';
import type { Policy, PolicyGrant, PolicyLimits, ServerRequest } from './artifact.js';
import { covers, exposedName, type Endpoint } from './endpoint.js';
import { offersOf, type Offers } from './offers.js';
import { declaredTasks, taskSupport, type TaskSupport } from './task-support.js';
import { anyOf, forbiddenUris, mayMeet, uriPattern } from './uri-pattern.js';
import { Validators, type ArgumentCheck } from './validator.js';

export interface LoadedGrant {
  rule: string;
  /** Milliseconds since 1970; Infinity: never. */
  expires: number;
  /** null: no rule narrows the arguments. */
  check: ArgumentCheck | null;
  set: JsonObject;
  setNames: string[];
  serverRequests: ServerRequest[];
  limits: PolicyLimits | null;
  auditArguments: 'hmac' | 'full';
}

/** What no grant can give. */
export interface LoadedDenial {
  rule: string;
  /** null: every call. Otherwise why the call is one of those denied, or null. */
  check: ArgumentCheck | null;
}

/** One tool that some grant gives one agent, expired or not. */
export interface Entitlement {
  server: string;
  generation: number;
  tool: string;
  definition: Definition;
  hash: string;
  image: string;
  /** Names in the locked inputSchema; null: it lists none. */
  known: ReadonlySet<string> | null;
  tasks: TaskSupport;
  denials: LoadedDenial[];
  /** In the order of the file. */
  grants: LoadedGrant[];
}

export interface EndpointTable {
  /** Exposed name → tool, in the fixed order of the list. */
  tools: ReadonlyMap<string, Entitlement>;
  /** Until when some grant gives the agent a share of this endpoint; -Infinity: never gave one. */
  sharedUntil: number;
}

/** By the server's own name. */
export type Given = { tool: string } | { prompt: string } | { uri: string } | { template: string };

export interface LoadedToken {
  id: string;
  agent: string;
  expires: number;
}

const MOST_SHOWN = 1_000;

export class LoadedPolicy {
  /** Hex SHA-256 of the token → whose it is. */
  readonly tokens: ReadonlyMap<string, LoadedToken>;
  readonly revoked: ReadonlySet<string>;
  /** Tokens that were shown to this policy and were right: hashing one costs more than all other checks. */
  readonly #shown = new Map<string, LoadedToken>();
  #expiries: Map<string, number> | null = null;
  readonly #offers = new Map<string, Map<string, Offers>>();
  readonly #tables = new Map<string, Map<string, EndpointTable>>();

  constructor(
    readonly policy: Policy,
    /** Hex SHA-256 of the artifact. */
    readonly digest: string,
    /** Handed from one policy to the next, so that unchanged rules stay compiled. */
    readonly validators = new Validators(),
  ) {
    this.revoked = new Set(policy.revoked);
    this.tokens = new Map(
      Object.entries(policy.tokens).map(([hash, { id, agent, expires }]) => [
        hash,
        { id, agent, expires: instant(expires) },
      ]),
    );
  }

  hasAgent(agent: string): boolean {
    return Object.hasOwn(this.policy.agents, agent);
  }

  /** Whose it is. @param token as it was shown. */
  token(token: string): LoadedToken | undefined {
    const known = this.#shown.get(token);
    if (known) return known;
    const found = this.tokens.get(hash('sha256', token, 'hex'));
    if (found) {
      if (this.#shown.size >= MOST_SHOWN) this.#shown.clear();
      this.#shown.set(token, found);
    }
    return found;
  }

  /** Of the agent's token with this id; null: it has none. */
  tokenExpiry(id: string, agent: string): number | null {
    this.#expiries ??= new Map([...this.tokens.values()].map((token) => [`${token.id} ${token.agent}`, token.expires]));
    return this.#expiries.get(`${id} ${agent}`) ?? null;
  }

  table(agent: string, endpoint: Endpoint): EndpointTable {
    let tables = this.#tables.get(agent);
    if (!tables) this.#tables.set(agent, (tables = new Map<string, EndpointTable>()));
    const known = tables.get(endpoint.path);
    if (known) return known;
    const made = this.#makeTable(agent, endpoint);
    // Paths of toolboxes and servers that the agent has no share of are not kept: it could ask for any number.
    if (made.sharedUntil > -Infinity || endpoint.kind === 'all') tables.set(endpoint.path, made);
    return made;
  }

  /** Prompts and resources, kept as tables are. */
  offers(agent: string, endpoint: Endpoint): Offers {
    let all = this.#offers.get(agent);
    if (!all) this.#offers.set(agent, (all = new Map<string, Offers>()));
    const known = all.get(endpoint.path);
    if (known) return known;
    const grants = this.hasAgent(agent) ? (this.policy.agents[agent]?.grants ?? []) : [];
    const made = offersOf(this.policy, grants, endpoint);
    if (made.prompts.size + made.resources.length > 0) all.set(endpoint.path, made);
    return made;
  }

  /** Whether some grant gives it still, whatever serves: asked of what was decided once and lasts. */
  gives(agent: string, server: string, what: Given, now: number): boolean {
    const grants = this.hasAgent(agent) ? (this.policy.agents[agent]?.grants ?? []) : [];
    const own = grants.filter((grant) => grant.server === server && names(grant, what));
    // A denial of some arguments is judged with the arguments, and was.
    if (own.some((grant) => grant.effect === 'deny' && Object.keys(grant.arguments).length === 0)) return false;
    return own.some((grant) => grant.effect === 'allow' && instant(grant.expires) > now);
  }

  #makeTable(agent: string, endpoint: Endpoint): EndpointTable {
    const grants = this.hasAgent(agent) ? (this.policy.agents[agent]?.grants ?? []) : [];
    const tools = new Map<string, Entitlement>();
    let sharedUntil = -Infinity;
    for (const [name, server] of Object.entries(this.policy.servers)) {
      if (!covers(endpoint, name, server.toolbox)) continue;
      const own = grants.filter((grant) => grant.server === name && givesAnything(grant));
      for (const grant of own) {
        if (grant.effect === 'allow') sharedUntil = Math.max(sharedUntil, instant(grant.expires));
      }
      for (const entitlement of this.#entitlements(name, own)) {
        tools.set(exposedName(endpoint, server.prefix, entitlement.tool), entitlement);
      }
    }
    return { tools, sharedUntil };
  }

  #entitlements(name: string, grants: PolicyGrant[]): Entitlement[] {
    const server = this.policy.servers[name];
    const generation = server?.generations[String(server.serving)];
    const definitions = generation && this.policy.definitions[generation.definitions];
    const serving = server?.serving ?? null;
    if (serving === null || !generation || !definitions) return [];
    const declared = declaredTasks(definitions);
    const found: Entitlement[] = [];
    for (const definition of definitions.tools) {
      const naming = grants.filter((grant) => grant.tools.includes(definition.name));
      const given = naming.filter((grant) => grant.effect === 'allow');
      const hash = generation.tools[definition.name];
      if (given.length === 0 || hash === undefined) continue;
      found.push({
        server: name,
        generation: serving,
        tool: definition.name,
        definition,
        hash,
        image: generation.image,
        known: knownArguments(definition),
        tasks: taskSupport(declared, definition),
        denials: naming
          .filter((grant) => grant.effect === 'deny')
          .flatMap((denial) => this.#denials(denial, definition.name)),
        grants: given.map((grant) => this.#grant(grant, definition.name)),
      });
    }
    return found;
  }

  /** Each of its rules denies by itself; a denial that has rules, but none for this tool, does not speak of it. */
  #denials({ rule, arguments: rules }: PolicyGrant, tool: string): LoadedDenial[] {
    if (Object.keys(rules).length === 0) return [{ rule, check: null }];
    return rulesFor(rules, tool).map((each) => ({ rule, check: this.validators.forbids(each) }));
  }

  #grant(grant: PolicyGrant, tool: string): LoadedGrant {
    const rules = rulesFor(grant.arguments, tool);
    const [first, second] = rules;
    const rule = first && second ? { allOf: [first, second] } : first;
    const setNames = Object.keys(grant.set);
    return {
      rule: grant.rule,
      expires: instant(grant.expires),
      check: rule ? this.validators.check(rule) : null,
      set: grant.set,
      setNames,
      serverRequests: grant.serverRequests,
      limits: grant.limits,
      auditArguments: grant.auditArguments,
    };
  }
}

function names({ effect, tools, prompts, resources }: PolicyGrant, what: Given): boolean {
  if ('tool' in what) return tools.includes(what.tool);
  if ('prompt' in what) return prompts.includes(what.prompt);
  if ('template' in what) {
    const { template } = what;
    return resources.some((text) =>
      effect === 'deny' ? forbiddenUris(text).test(anyOf(template)) : text === template || mayMeet(text, template),
    );
  }
  const pattern = effect === 'deny' ? forbiddenUris : uriPattern;
  return resources.some((text) => text === what.uri || pattern(text).test(what.uri));
}

function givesAnything({ tools, resources, prompts }: PolicyGrant): boolean {
  return tools.length + resources.length + prompts.length > 0;
}

function rulesFor(rules: PolicyGrant['arguments'], tool: string): JsonObject[] {
  return ['*', tool].flatMap((key) => (Object.hasOwn(rules, key) ? [rules[key] ?? {}] : []));
}

function knownArguments(definition: Definition): ReadonlySet<string> | null {
  const schema = definition['inputSchema'];
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return null;
  const { properties } = schema;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return null;
  return new Set(Object.keys(properties));
}

function instant(text: string | null): number {
  if (text === null) return Infinity;
  const at = Date.parse(text);
  return Number.isNaN(at) ? -Infinity : at;
}
