/** Why an agent may or may not call a tool, in words: the proxy's own decision, told step by step. Pure. */
import type { JsonObject } from '../model/definitions.js';
import type { PolicyLimits } from './artifact.js';
import { decide, type Decision, type Standings } from './decide.js';
import { serverEndpoint } from './endpoint.js';
import type { LoadedPolicy } from './load.js';

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
  return { decision: decision.effect, reason: decision.reason, rule: decision.rule, steps };
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
