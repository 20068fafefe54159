/**
 * Who may use what by a policy, flattened: one entry a tool, with everything that narrows it as one comparable text.
 * Routes, expiries passed and generations play no part: two policies that grant the same have the same access.
 */
import type { AccessEntry, TokenAccess } from '../model/access.js';
import type { LiveCertificate } from '../model/state.js';
import type { Json, JsonObject } from '../model/definitions.js';
import { fingerprints } from './remote-facts.js';
import { mayMeet } from './uri-pattern.js';
import type { Policy, PolicyGrant } from './artifact.js';

export function accessOf(policy: Policy): AccessEntry[] {
  const entries: AccessEntry[] = [];
  for (const [agent, { grants }] of Object.entries(policy.agents)) {
    const byTool = new Map<string, { server: string; tool: string; grants: PolicyGrant[] }>();
    const denying = grants.filter(({ effect }) => effect === 'deny');
    for (const grant of grants) {
      if (grant.effect === 'deny') continue;
      for (const tool of new Set([...grant.tools, ...besideTools(grant)])) {
        const key = JSON.stringify([grant.server, tool]);
        const known = byTool.get(key) ?? { server: grant.server, tool, grants: [] };
        known.grants.push(grant);
        byTool.set(key, known);
      }
    }
    for (const { server, tool, grants: naming } of byTool.values()) {
      const denials = denialsOf(denying, server, tool);
      if (denials === null) continue;
      const recorded = naming.some((grant) => grant.auditArguments === 'full' && grant.tools.includes(tool));
      const constraint = constraintOf(naming, tool, denials);
      entries.push({ agent, server, tool, constraint, ...(recorded ? { recorded } : {}) });
    }
  }
  return entries.sort((a, b) => order([a.agent, a.server, a.tool], [b.agent, b.server, b.tool]));
}

/** How an entry names what is no tool. */
export const BESIDE = {
  prompts: (name: string): string => `prompt ${name}`,
  resources: (uri: string): string => `resource ${uri}`,
  serverRequests: (what: string): string => `may ask for ${what}`,
} as const;

export function isTool({ tool }: AccessEntry): boolean {
  return !Object.values(BESIDE).some((named) => tool.startsWith(named('')));
}

/** As an entry names them; no tool's name holds a space in practice, and none is granted twice by this. */
function besideTools({ resources, prompts, serverRequests }: PolicyGrant): string[] {
  return [
    ...prompts.map(BESIDE.prompts),
    ...resources.map(BESIDE.resources),
    ...serverRequests.map(BESIDE.serverRequests),
  ];
}

/** Tokens that the policy accepts: a revoked one is none. */
export function tokensOf(policy: Policy): TokenAccess[] {
  const revoked = new Set(policy.revoked);
  const own = Object.entries(policy.tokens)
    .filter(([, token]) => !revoked.has(token.id))
    .map(([sha256, { id, agent, expires }]): TokenAccess => ({ id, sha256, agent, expires }));
  const issued = Object.entries(policy.agents).flatMap(([agent, { jwt = [] }]) =>
    jwt.map((each): TokenAccess => {
      const { issuer, audience, claims, privateAddresses, insecure } = each;
      const who = Object.entries(claims).map(([name, value]) => `${name}=${value}`);
      const where = privateAddresses ? `, at ${privateAddresses.join(' or ')}${insecure ? ' without TLS' : ''}` : '';
      const id = `${issuer} (${who.join(', ')}${audience === null ? '' : `, for ${audience}`}${where})`;
      return { id, issuer, sha256: canonical({ ...each }), agent, expires: null };
    }),
  );
  return [...own, ...issued].sort((a, b) => order([a.id, a.sha256], [b.id, b.sha256]));
}

/** What one grant demands of a call of one tool; all left out: nothing. */
interface Condition extends JsonObject {
  /** Every schema must hold. */
  arguments?: Json[];
  set?: JsonObject;
  expires?: string;
  limits?: JsonObject;
  /** Stands alone, before all others: calls that satisfy it are denied. */
  deny?: JsonObject;
}

/** Rules of which each denies what satisfies it; null: every call is denied, so there is no access. */
function denialsOf(denying: readonly PolicyGrant[], server: string, tool: string): JsonObject[] | null {
  const rules: JsonObject[] = [];
  for (const grant of denying) {
    if (grant.server !== server) continue;
    if (besideTools(grant).includes(tool)) return null;
    rules.push(...deniedUris(grant, tool));
    if (!grant.tools.includes(tool)) continue;
    if (Object.keys(grant.arguments).length === 0) return null;
    rules.push(...rulesOf(grant, tool));
  }
  return rules;
}

/** Part of what a resource grant gives, by the patterns that could meet it. */
function deniedUris({ resources }: PolicyGrant, entry: string): JsonObject[] {
  const prefix = BESIDE.resources('');
  if (!entry.startsWith(prefix)) return [];
  const granted = entry.slice(prefix.length);
  return resources.filter((denied) => mayMeet(denied, granted)).map((uri) => ({ uri }));
}

function rulesOf(grant: PolicyGrant, tool: string): JsonObject[] {
  return ['*', tool].flatMap((key) => (Object.hasOwn(grant.arguments, key) ? [grant.arguments[key] ?? {}] : []));
}

/** Grants are tried in order, so nothing behind an unconditional one counts, and what it swallows doesn't either. */
function constraintOf(grants: readonly PolicyGrant[], tool: string, denials: readonly JsonObject[]): string | null {
  const conditions = conditionsOf(grants, tool);
  if (conditions.length === 0 && denials.length === 0) return null;
  const denied = [...new Map(denials.map((deny) => [canonical(deny), { deny }])).values()];
  return canonical([...denied, ...(conditions.length === 0 ? [{}] : conditions)]);
}

/** Empty: every call is allowed. */
function conditionsOf(grants: readonly PolicyGrant[], tool: string): Condition[] {
  const conditions: Condition[] = [];
  for (const grant of grants) {
    const condition = conditionOf(grant, tool);
    if (Object.keys(condition).length > 0) {
      conditions.push(condition);
      continue;
    }
    while (conditions.length > 0 && !decidesMore(conditions.at(-1))) conditions.pop();
    if (conditions.length > 0) conditions.push(condition);
    break;
  }
  return conditions;
}

/** Whether it matters that this grant decides, and not a later one. */
function decidesMore(condition: Condition | undefined): boolean {
  return condition?.set !== undefined || condition?.limits !== undefined;
}

function conditionOf(grant: PolicyGrant, tool: string): Condition {
  // Neither arguments nor fixed ones are a prompt's or a resource's.
  if (!grant.tools.includes(tool)) return grant.expires === null ? {} : { expires: grant.expires };
  const rules = rulesOf(grant, tool);
  return {
    ...(rules.length > 0 ? { arguments: rules } : {}),
    ...(Object.keys(grant.set).length > 0 ? { set: grant.set } : {}),
    ...(grant.expires === null ? {} : { expires: grant.expires }),
    ...(grant.limits === null ? {} : { limits: { ...grant.limits } }),
  };
}

/** Keys sorted; definitions/ has the full RFC 8785, on this same floor. */
function canonical(value: Json): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] as Json)]));
}

function order(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? '';
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** What agents are served with, comparable; null: no TLS. */
export function certificateOf({ certificate }: Policy): LiveCertificate | null {
  return certificate ?? null;
}

/** Where spans go, in words; null: nowhere. */
export function telemetryOf({ telemetry }: Policy): string | null {
  if (!telemetry) return null;
  const { endpoint, sample, ca } = telemetry;
  const share = sample === 1 ? '' : ` (${sample} of new traces)`;
  return `${endpoint}${share}${ca === undefined ? '' : `, signed for by ${fingerprints(ca)}`}`;
}

/** Names of the servers that `prevent_destroy` keeps. Sorted. */
export function protectedOf({ servers }: Policy): string[] {
  return Object.keys(servers)
    .filter((name) => servers[name]?.protected)
    .sort();
}
