/**
 * The one decision: may this agent call this tool with these arguments, now? Pure; the proxy and `explain` call the
 * same function. What no grant gives is denied.
 */
import type { ServerRequest } from './artifact.js';
import type { JsonObject } from '../model/definitions.js';
import type { Endpoint } from './endpoint.js';
import { fold } from './fold.js';
import type { PolicyLimits } from './artifact.js';
import type { Entitlement, LoadedGrant, LoadedPolicy } from './load.js';
import type { ArgumentCheck } from './validator.js';

export interface Question {
  agent: string;
  endpoint: Endpoint;
  /** As the agent spelled it. */
  name: string;
  /** Called only where a rule needs them. */
  arguments: () => CallArguments;
  /** Milliseconds since 1970. */
  now: number;
}

export interface CallArguments {
  values: JsonObject;
  /** A number among them means something else to a reader of other precision. */
  imprecise: boolean;
}

/** How the running server's tool compares with the lock. */
export type Standing = 'locked' | 'changed' | 'missing';
export type DefinitionKind = 'tool' | 'prompt';
/** Of a tool where no kind is named. */
export type Standings = (server: string, generation: number, name: string, kind?: DefinitionKind) => Standing;

export interface Allowed {
  effect: 'allow';
  reason: 'granted';
  rule: string;
  target: Entitlement;
  set: JsonObject;
  serverRequests: ServerRequest[];
  limits: PolicyLimits | null;
  auditArguments: 'hmac' | 'full';
}

export interface Denied {
  effect: 'deny';
  reason: 'not_granted' | 'denied' | 'expired' | 'missing' | 'definition_changed' | 'arguments' | 'set_argument';
  /** `default` where no grant came into question. */
  rule: string;
  /** Whether the agent may learn that the tool exists. */
  visible: boolean;
  /** For the agent, where visible: what to do differently. */
  detail: string;
  target: Entitlement | null;
}

export type Decision = Allowed | Denied;

/** @param trace told each step, for `explain`. */
export function decide(
  loaded: LoadedPolicy,
  ask: Question,
  standing: Standings,
  trace?: (step: string) => void,
): Decision {
  const target = loaded.table(ask.agent, ask.endpoint).tools.get(ask.name);
  if (!target) return invisible('not_granted', null, 'no grant names this tool');
  const bar = target.denials.find((denial) => denial.check === null);
  if (bar) {
    trace?.(`${bar.rule} denies it`);
    return { ...invisible('denied', target, `${bar.rule} comes before every grant`), rule: bar.rule };
  }
  const live = target.grants.filter((grant) => {
    if (grant.expires <= ask.now) trace?.(`${grant.rule} has expired`);
    return grant.expires > ask.now;
  });
  if (live.length === 0) return invisible('expired', target, 'every grant of it has expired');
  const stands = standing(target.server, target.generation, target.tool);
  if (stands === 'missing') return invisible('missing', target, 'the running server does not offer it');
  const forbidden = firstDenial(target, ask, trace);
  if (forbidden) return forbidden;
  if (stands === 'changed')
    return denied('definition_changed', live[0]?.rule, target, 'its definition differs from the approved one');
  return firstMatch(target, live, ask, trace);
}

/** Whether no call of it can be allowed, so that the agent does not see it. */
export function isBarred({ denials }: Entitlement): boolean {
  return denials.some((denial) => denial.check === null);
}

function firstDenial(target: Entitlement, ask: Question, trace?: (step: string) => void): Denied | null {
  for (const { rule, check } of target.denials) {
    const why = check && forbids(check, ask.arguments);
    trace?.(`${rule} ${why === null ? 'does not deny it' : `denies it: ${why}`}`);
    if (why !== null) return denied('denied', rule, target, why);
  }
  return null;
}

/** null: certainly none of those that the check denies. */
function forbids(check: ArgumentCheck, read: Question['arguments']): string | null {
  const { values, imprecise } = read();
  if (imprecise) return 'a number is too large or too precise to be checked';
  try {
    return check(values);
  } catch (cause) {
    return `arguments cannot be checked: ${cause instanceof Error ? cause.message : 'unknown error'}`;
  }
}

function firstMatch(target: Entitlement, live: LoadedGrant[], ask: Question, trace?: (step: string) => void): Decision {
  let refusal: Denied | null = null;
  for (const grant of live) {
    const problem = mismatch(grant, target, ask.arguments);
    trace?.(`${grant.rule} ${problem === null ? 'matches' : `does not match: ${problem}`}`);
    if (problem !== null) {
      refusal ??= denied('arguments', grant.rule, target, problem);
      continue;
    }
    const sent = sentSetArgument(grant, ask.arguments);
    if (sent === null) return { effect: 'allow', reason: 'granted', rule: grant.rule, target, ...given(grant) };
    trace?.(`${grant.rule} fixes the argument ${sent}, which the agent sent itself`);
    return denied('set_argument', grant.rule, target, `argument ${sent} is fixed by policy and must be left out`);
  }
  return refusal ?? invisible('not_granted', target, 'no grant names this tool');
}

type Given = Pick<Allowed, 'set' | 'serverRequests' | 'limits' | 'auditArguments'>;

function given({ set, serverRequests, limits, auditArguments }: LoadedGrant): Given {
  return { set, serverRequests, limits, auditArguments };
}

/** null: the arguments satisfy the grant's rule. */
function mismatch(grant: LoadedGrant, target: Entitlement, read: Question['arguments']): string | null {
  if (!grant.check) return null;
  const { values, imprecise } = read();
  if (imprecise) return 'a number is too large or too precise to be checked';
  for (const name of Object.keys(values)) {
    if (target.known && !target.known.has(name)) return `argument ${name.slice(0, 64)} is not one the tool has`;
  }
  try {
    return grant.check(values);
  } catch (cause) {
    // Never allowed because a check broke.
    return `arguments cannot be checked: ${cause instanceof Error ? cause.message : 'unknown error'}`;
  }
}

function sentSetArgument(grant: LoadedGrant, read: Question['arguments']): string | null {
  if (grant.setNames.length === 0) return null;
  const sent = new Set(Object.keys(read().values).map(fold));
  return grant.setNames.find((name) => sent.has(fold(name))) ?? null;
}

function invisible(reason: Denied['reason'], target: Entitlement | null, detail: string): Denied {
  return { effect: 'deny', reason, rule: 'default', visible: false, detail, target };
}

function denied(reason: Denied['reason'], rule: string | undefined, target: Entitlement, detail: string): Denied {
  return { effect: 'deny', reason, rule: rule ?? 'default', visible: true, detail, target };
}
