/**
 * The one decision: may this agent call this tool with these arguments, now? Pure; the proxy and `explain` call the
 * same function. What no grant gives is denied.
 */
import type { ServerRequest } from './artifact.js';
import type { JsonObject } from '../model/definitions.js';
import type { Endpoint } from './endpoint.js';
import { fold } from './fold.js';
import type { Entitlement, LoadedGrant, LoadedPolicy } from './load.js';

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
}

export interface Denied {
  effect: 'deny';
  reason: 'not_granted' | 'expired' | 'missing' | 'definition_changed' | 'arguments' | 'set_argument';
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
  const live = target.grants.filter((grant) => {
    if (grant.expires <= ask.now) trace?.(`${grant.rule} has expired`);
    return grant.expires > ask.now;
  });
  if (live.length === 0) return invisible('expired', target, 'every grant of it has expired');
  switch (standing(target.server, target.generation, target.tool)) {
    case 'missing':
      return invisible('missing', target, 'the running server does not offer it');
    case 'changed':
      return denied('definition_changed', live[0]?.rule, target, 'its definition differs from the approved one');
    case 'locked':
      return firstMatch(target, live, ask, trace);
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

function given({ set, serverRequests }: LoadedGrant): Pick<Allowed, 'set' | 'serverRequests'> {
  return { set, serverRequests };
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
