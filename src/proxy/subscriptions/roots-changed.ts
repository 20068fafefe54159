/**
 * An agent says that its roots are others now: those servers hear of it that may ask this agent for them, and whose
 * instance is its session's alone. Anywhere else it would be told to a server that asks somebody else.
 */
import { isObject } from '../../model/definitions.js';
import { covers } from '../../policy/endpoint.js';
import { entryOf, type Errand } from '../exchange.js';

export const ROOTS_CHANGED = 'notifications/roots/list_changed';

export async function rootsChanged(errand: Errand): Promise<void> {
  const { house, caller, session } = errand;
  if (!session || !isObject(session.capabilities['roots'])) return;
  const whose = { agent: caller.agent, subject: caller.subject, session: session.id };
  for (const { server, generation, rule } of mayAskForRoots(errand)) {
    const upstream = house.upstreams.find(server, generation);
    if (!upstream?.hearsOf(whose)) continue;
    const entry = entryOf(errand, {
      method: ROOTS_CHANGED,
      server,
      generation,
      rule,
      decision: 'allow',
      reason: 'granted',
    });
    const signed = await house.audit.decide(entry).then(
      () => true,
      () => false,
    );
    if (signed) upstream.tell(whose, ROOTS_CHANGED);
  }
}

/** Each server once, by the first grant that lets it. */
function mayAskForRoots({ enforced, caller, endpoint, house }: Errand) {
  const { policy } = enforced.loaded;
  const found = new Map<string, { server: string; generation: number; rule: string }>();
  for (const { effect, server, serverRequests, expires, rule } of policy.agents[caller.agent]?.grants ?? []) {
    const serving = policy.servers[server]?.serving ?? null;
    const live = effect === 'allow' && (expires === null || Date.parse(expires) > house.now());
    if (!live || serving === null || found.has(server) || !serverRequests.includes('roots')) continue;
    if (!covers(endpoint, server, policy.servers[server]?.toolbox ?? '')) continue;
    found.set(server, { server, generation: serving, rule });
  }
  return found.values();
}
