/** Why an agent may or may not call a tool, in words: the proxy's own decision, told step by step. Pure. */
import type { JsonObject } from '../model/definitions.js';
import type { PolicyGrant, PolicyLimits } from './artifact.js';
import { decide, type Decision, type Standings } from './decide.js';
import { decideOffer } from './decide-offer.js';
import { serverEndpoint } from './endpoint.js';
import type { Entitlement, LoadedPolicy } from './load.js';
import { forbiddenUris, uriPattern } from './uri-pattern.js';

export interface Explanation {
  decision: Decision['effect'];
  reason: string;
  /** `agents.triage-bot.grants[0]`, or `default`. */
  rule: string;
  steps: string[];
}

export interface ExplainQuestion {
  agent: string;
  server: string;
  /** The server's own name of the tool. */
  tool: string;
  arguments: JsonObject;
  now: number;
}

/** @param standing how the running tools compare with the lock; left out, they are taken to equal it. */
export function explain(loaded: LoadedPolicy, ask: ExplainQuestion, standing: Standings = () => 'locked'): Explanation {
  const steps = standingOf(loaded, ask);
  const decision = decide(
    loaded,
    {
      agent: ask.agent,
      endpoint: serverEndpoint(ask.server),
      name: ask.tool,
      arguments: () => ({ values: ask.arguments, imprecise: false }),
      now: ask.now,
    },
    standing,
    (step) => steps.push(step),
  );
  steps.push(conclusion(decision));
  if (decision.effect === 'allow') steps.push(...asTask(decision.target));
  return { decision: decision.effect, reason: decision.reason, rule: decision.rule, steps };
}

/** What a server has beside its tools; `request`: what it may ask of the agent in the course of a call. */
export type OfferKind = 'prompt' | 'resource' | 'request';

export interface OfferAsked {
  agent: string;
  server: string;
  kind: OfferKind;
  /** The prompt's own name, the URI, or `sampling`, `elicitation`, `roots`. */
  name: string;
  now: number;
}

export function explainOffer(loaded: LoadedPolicy, ask: OfferAsked): Explanation {
  const { agent, server, kind, name, now } = ask;
  const steps = [...unknown(loaded, ask)];
  const grants = (loaded.policy.agents[agent]?.grants ?? []).filter((grant) => grant.server === server);
  const about = grants.filter((grant) => isAbout(grant, ask));
  steps.push(
    about.length === 0
      ? `none of the ${grants.length} rules of ${agent} for ${server} is about ${kind} ${name}`
      : `${about.map(({ rule }) => rule).join(', ')} ${about.length === 1 ? 'is' : 'are'} about ${kind} ${name}`,
  );
  const decided = kind === 'request' ? decideRequest(about, now) : decideBeside(loaded, ask, kind);
  const { effect, reason, rule, detail } = decided;
  const limits = boundsOf(decided.limits);
  steps.push(
    effect === 'deny' ? `denied: ${detail}` : `allowed by ${rule}${limits === '' ? '' : `, within ${limits}`}`,
  );
  return { decision: effect, reason, rule, steps };
}

function decideBeside(loaded: LoadedPolicy, { agent, server, name, now }: OfferAsked, kind: 'prompt' | 'resource') {
  const from = { agent, endpoint: serverEndpoint(server), now };
  const question = kind === 'prompt' ? { ...from, kind, name } : { ...from, kind, uri: name };
  const decision = decideOffer(loaded, question, () => 'locked');
  return decision.effect === 'allow' ? { ...decision, detail: '' } : { ...decision, limits: null };
}

/** The grant that decides a call decides this too; here it is asked whether any could. */
function decideRequest(about: readonly PolicyGrant[], now: number) {
  const expired = (each: PolicyGrant): boolean => each.expires !== null && Date.parse(each.expires) <= now;
  const giving = about.find((grant) => !expired(grant));
  if (giving)
    return {
      effect: 'allow' as const,
      reason: 'granted' as const,
      rule: giving.rule,
      detail: '',
      limits: giving.limits,
    };
  const reason = about.length > 0 ? ('expired' as const) : ('not_granted' as const);
  const detail = about.length > 0 ? 'every grant of it has expired' : 'no grant lets the server ask for it';
  return { effect: 'deny' as const, reason, rule: 'default', detail, limits: null };
}

function isAbout(grant: PolicyGrant, { kind, name }: OfferAsked): boolean {
  if (kind === 'prompt') return grant.prompts.includes(name);
  if (kind === 'request') return grant.effect === 'allow' && grant.serverRequests.some((each) => each === name);
  const matches = grant.effect === 'deny' ? forbiddenUris : uriPattern;
  return grant.resources.some((pattern) => matches(pattern).test(name));
}

function unknown({ policy }: LoadedPolicy, ask: OfferAsked): string[] {
  if (!Object.hasOwn(policy.agents, ask.agent)) return [`there is no agent ${ask.agent}`];
  const serving = policy.servers[ask.server]?.serving;
  if (serving === undefined) return [`there is no server ${ask.server}`];
  return [
    serving === null ? `server ${ask.server} does not serve yet` : `server ${ask.server} serves generation ${serving}`,
  ];
}

function standingOf(loaded: LoadedPolicy, { agent, server, tool }: ExplainQuestion): string[] {
  const { agents, servers } = loaded.policy;
  if (!loaded.hasAgent(agent)) return [`there is no agent ${agent}`];
  if (!Object.hasOwn(servers, server)) return [`there is no server ${server}`];
  const grants = (agents[agent]?.grants ?? []).filter((grant) => grant.effect === 'allow');
  const naming = grants.filter((grant) => grant.server === server && grant.tools.includes(tool));
  const serving = servers[server]?.serving ?? null;
  return [
    serving === null ? `server ${server} does not serve yet` : `server ${server} serves generation ${serving}`,
    naming.length === 0
      ? `none of the ${grants.length} grants of ${agent} names ${server}:${tool}`
      : `${naming.map((grant) => grant.rule).join(', ')} name ${server}:${tool}`,
  ];
}

function conclusion(decision: Decision): string {
  if (decision.effect === 'deny') return `denied: ${decision.detail}`;
  const bounds = boundsOf(decision.limits);
  const within = bounds === '' ? '' : `, within ${bounds}`;
  const fixed = Object.entries(decision.set).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return fixed.length === 0
    ? `allowed by ${decision.rule}${within}`
    : `allowed by ${decision.rule}, which fixes ${fixed.join(', ')}${within}`;
}

/** Beside a plain call, or in its place. */
function asTask({ tasks }: Entitlement): string[] {
  switch (tasks) {
    case 'none':
      return [];
    case 'optional':
      return ['it may be called as a task by agents of MCP 2025-11-25'];
    case 'required':
      return ['it can only be called as a task, by agents of MCP 2025-11-25'];
    case 'directed':
      return ['its server may make a task of it for agents of MCP 2026-07-28 that declare the Tasks extension'];
  }
}

/** What the proxy counts and this cannot: `60 calls in 60 s, 4 at once`. */
function boundsOf(limits: PolicyLimits | null): string {
  if (!limits) return '';
  const { rate, concurrent, timeoutMs, resultBytes } = limits;
  return [
    ...(rate ? [`${rate.calls} calls in ${rate.milliseconds / 1000} s`] : []),
    ...(concurrent === null ? [] : [`${concurrent} at once`]),
    ...(timeoutMs === null ? [] : [`${timeoutMs / 1000} s each`]),
    ...(resultBytes === null ? [] : [`results of ${resultBytes} bytes`]),
  ].join(', ');
}
