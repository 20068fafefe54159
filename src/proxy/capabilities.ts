/** What an agent is told that it can have here: what policy gives it, of what its servers were locked with. Pure. */
import type { JsonObject } from '../model/definitions.js';
import type { Endpoint } from '../policy/endpoint.js';
import type { LoadedPolicy } from '../policy/load.js';

export function capabilitiesFor(loaded: LoadedPolicy, agent: string, endpoint: Endpoint): JsonObject {
  const { prompts, resources } = loaded.offers(agent, endpoint);
  const { tools } = loaded.table(agent, endpoint);
  const used = new Set([...tools.values(), ...prompts.values(), ...resources].map(({ server }) => server));
  const asking = new Set([...prompts.values(), ...resources].map(({ server }) => server));
  const some = (servers: ReadonlySet<string>, capability: string): boolean =>
    [...servers].some((server) => lockedCapabilities(loaded, server)[capability] !== undefined);
  const subscribable = resources.some(({ capabilities }) => isSubscribable(capabilities['resources']));
  return {
    tools: { listChanged: true },
    ...(prompts.size > 0 && { prompts: { listChanged: true } }),
    ...(resources.length > 0 && { resources: { listChanged: true, ...(subscribable && { subscribe: true }) } }),
    ...(some(asking, 'completions') && { completions: {} }),
    ...([...used].some((server) => canLog(loaded, server)) && { logging: {} }),
  };
}

function lockedCapabilities({ policy }: LoadedPolicy, name: string): JsonObject {
  const server = policy.servers[name];
  const generation = server?.generations[String(server.serving)];
  return (generation && policy.definitions[generation.definitions]?.capabilities) ?? {};
}

/** Whose process serves many: what it logs could be of any of their calls, so nobody hears it (connection.ts). */
function canLog(loaded: LoadedPolicy, name: string): boolean {
  const server = loaded.policy.servers[name];
  const generation = server?.generations[String(server.serving)];
  if (!server || !generation || lockedCapabilities(loaded, name)['logging'] === undefined) return false;
  return generation.transport.type !== 'stdio' || generation.instances !== 'shared';
}

function isSubscribable(declared: unknown): boolean {
  return typeof declared === 'object' && declared !== null && 'subscribe' in declared && declared.subscribe === true;
}
