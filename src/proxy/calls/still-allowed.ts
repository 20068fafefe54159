/**
 * Whether a call that was allowed once may still go on, by the policy of now: asked of each that waits or runs, with every
 * policy and as time goes. It is judged with its arguments, for one that waits has not been sent yet; which generation
 * serves is no matter of access.
 */
import type { JsonObject } from '../../model/definitions.js';
import { decide, type Allowed, type CallArguments, type Denied, type Standings } from '../../policy/decide.js';
import { exposedName, type Endpoint } from '../../policy/endpoint.js';
import type { LoadedPolicy } from '../../policy/load.js';

export interface OnceAllowed {
  agent: string;
  endpoint: Endpoint;
  decision: Allowed;
  arguments: () => CallArguments;
}

const JUDGED: ReadonlySet<Denied['reason']> = new Set(['denied', 'arguments', 'set_argument']);
const asLocked: Standings = () => 'locked';

export function isStillAllowed(once: OnceAllowed, loaded: LoadedPolicy, now: number): boolean {
  const { agent, endpoint, decision } = once;
  const { server, tool } = decision.target;
  if (!loaded.gives(agent, server, { tool }, now)) return false;
  const name = exposedName(endpoint, loaded.policy.servers[server]?.prefix ?? '', tool);
  const again = decide(loaded, { agent, endpoint, name, arguments: once.arguments, now }, asLocked);
  if (again.effect === 'deny') return !JUDGED.has(again.reason);
  // What is fixed for it went into what is sent.
  return isSame(again.set, decision.set);
}

function isSame(a: JsonObject, b: JsonObject): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && JSON.stringify(a[name]) === JSON.stringify(b[name]));
}
