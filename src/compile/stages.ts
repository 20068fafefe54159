/**
 * The policies on the way from the live one to the declared one (DESIGN.md, Apply). Access that goes is gone
 * before anything else changes; access that comes waits until its server has passed the gate. All pure.
 */
import type { Digest } from '../model/lock.js';
import type { ServerDefinitions } from '../model/definitions.js';
import { accessOf, BESIDE } from '../policy/access.js';
import type { Policy, PolicyGrant, PolicyJwt, PolicyServer } from '../policy/artifact.js';

/**
 * First stage: what live and desired both allow, on the generations that serve now.
 * @param unrouted servers that may not run side by side with their successor: calls to them wait from here on.
 */
export function restrict(live: Policy, desired: Policy, unrouted: ReadonlySet<string>): Policy {
  const before = constraints(live);
  const after = constraints(desired);
  const recorded = recordings(desired);
  const agents: Policy['agents'] = {};
  for (const [agent, { grants }] of Object.entries(live.agents)) {
    const declared = desired.agents[agent];
    if (!declared) continue;
    const same = narrow(agent, grants, (key) => after.has(key) && after.get(key) === before.get(key)).map((grant) =>
      recordedStill(agent, grant, recorded) ? grant : { ...grant, auditArguments: 'hmac' as const },
    );
    const changed = narrow(agent, declared.grants, (key) => before.has(key) && after.get(key) !== before.get(key));
    agents[agent] = { grants: unique([...same, ...changed]), ...both(live.agents[agent]?.jwt, declared.jwt) };
  }
  const servers: Policy['servers'] = {};
  for (const [name, server] of Object.entries(live.servers)) {
    servers[name] = onlyServing(unrouted.has(name) && server.serving !== null ? { ...server, held: true } : server);
  }
  const tokens = Object.fromEntries(
    Object.entries(desired.tokens).filter(([hash, token]) => live.tokens[hash]?.agent === token.agent),
  );
  const revoked = [...new Set([...live.revoked, ...desired.revoked])].sort();
  return withDefinitions({ ...desired, agents, servers, tokens, revoked }, [live, desired]);
}

/** Second stage: the same access, with the new generations beside the old ones for the proxy to gate. */
export function withCandidates(base: Policy, desired: Policy): Policy {
  const servers: Policy['servers'] = { ...base.servers };
  for (const [name, server] of Object.entries(desired.servers)) {
    const present = base.servers[name];
    servers[name] = present
      ? { ...present, generations: { ...present.generations, ...server.generations } }
      : { ...server, serving: null };
  }
  // The project's name too: the new generations of a project that was renamed are to be found under it.
  return withDefinitions({ ...base, project: desired.project, servers }, [base, desired]);
}

/**
 * Last stage: the declared policy, except that a server whose successor failed stays exactly as it was in `base`. One that
 * an apply which was cut off had put aside for its successor (`held`) serves again.
 */
export function settle(base: Policy, desired: Policy, live: Policy | null, failed: ReadonlySet<string>): Policy {
  if (failed.size === 0) return desired;
  const servers: Policy['servers'] = {};
  for (const [name, server] of Object.entries(desired.servers)) {
    if (!failed.has(name)) servers[name] = server;
    else if (live?.servers[name]) {
      const { held: _, ...before } = onlyServing(live.servers[name]);
      servers[name] = before;
    }
  }
  const agents: Policy['agents'] = {};
  for (const [agent, { grants, ...who }] of Object.entries(desired.agents)) {
    const kept = base.agents[agent]?.grants.filter((grant) => failed.has(grant.server)) ?? [];
    agents[agent] = { ...who, grants: [...grants.filter((grant) => !failed.has(grant.server)), ...kept] };
  }
  return withDefinitions({ ...desired, servers, agents }, live ? [live, desired] : [desired]);
}

/** `--target`: the live policy with these servers as declared, and nothing else of what is declared. */
export function targeted(live: Policy, desired: Policy, targets: readonly string[]): Policy {
  const servers = Object.fromEntries(Object.entries(live.servers).map(([name, server]) => [name, onlyServing(server)]));
  for (const name of targets) {
    const server = desired.servers[name];
    if (server) servers[name] = server;
  }
  return withDefinitions({ ...live, servers }, [desired, live]);
}

/** The policy before the first: nobody may do anything. */
export function nothing(desired: Policy): Policy {
  return { ...desired, servers: {}, definitions: {}, agents: {}, tokens: {} };
}

function constraints(policy: Policy): Map<string, string | null> {
  return new Map(accessOf(policy).map((entry) => [key(entry.agent, entry.server, entry.tool), entry.constraint]));
}

function key(agent: string, server: string, tool: string): string {
  return JSON.stringify([agent, server, tool]);
}

/** Arguments that are not to be recorded any more are not from now on. */
function recordedStill(agent: string, grant: PolicyGrant, recorded: ReadonlySet<string>): boolean {
  if (grant.auditArguments === 'hmac') return true;
  return grant.tools.every((tool) => recorded.has(key(agent, grant.server, tool)));
}

function recordings(policy: Policy): ReadonlySet<string> {
  const full = accessOf(policy).filter((entry) => entry.recorded);
  return new Set(full.map(({ agent, server, tool }) => key(agent, server, tool)));
}

function narrow(agent: string, grants: PolicyGrant[], keep: (key: string) => boolean): PolicyGrant[] {
  return grants
    .map((grant) => {
      const kept = (name: string): boolean => keep(key(agent, grant.server, name));
      return {
        ...grant,
        tools: grant.tools.filter(kept),
        prompts: grant.prompts.filter((name) => kept(BESIDE.prompts(name))),
        // Denied URIs are patterns of their own, and none of them is given up on the way.
        resources: grant.resources.filter((uri) => grant.effect === 'deny' || kept(BESIDE.resources(uri))),
        serverRequests: grant.serverRequests.filter((what) => kept(BESIDE.serverRequests(what))),
      };
    })
    .filter(({ tools, prompts, resources }) => tools.length + prompts.length + resources.length > 0);
}

/** Those that stand for the agent before and after. */
function both(live: readonly PolicyJwt[] = [], declared: readonly PolicyJwt[] = []): { jwt?: PolicyJwt[] } {
  const before = new Set(live.map((each) => JSON.stringify(each)));
  const jwt = declared.filter((each) => before.has(JSON.stringify(each)));
  return jwt.length > 0 ? { jwt } : {};
}

/** A denial that stands on both sides stands once. */
function unique(grants: readonly PolicyGrant[]): PolicyGrant[] {
  return [...new Map(grants.map((grant) => [JSON.stringify(grant), grant])).values()];
}

function onlyServing(server: PolicyServer): PolicyServer {
  const generations = Object.entries(server.generations).filter(([number]) => Number(number) === server.serving);
  return { ...server, generations: Object.fromEntries(generations) };
}

/** Keeps the definitions that some generation refers to, taken from whichever policy has them. */
function withDefinitions(policy: Policy, sources: Policy[]): Policy {
  const definitions: Record<Digest, ServerDefinitions> = {};
  for (const server of Object.values(policy.servers)) {
    for (const { definitions: digest } of Object.values(server.generations)) {
      const found = sources.map((source) => source.definitions[digest]).find((each) => each !== undefined);
      if (found) definitions[digest] = found;
    }
  }
  return { ...policy, definitions };
}
