/** What an agent is told that it can have here: what policy gives it, of what its servers were locked with. Pure. */
import type { JsonObject } from '../../model/definitions.js';
import type { Endpoint } from '../../policy/endpoint.js';
import type { LoadedPolicy } from '../../policy/load.js';
import { TASKS_EXTENSION } from '../../policy/task-support.js';
import type { Era } from '../upstream-port.js';

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

export interface OfferedTasks {
  /** Those that an agent asks for (2025-11-25), and whether any server can call one off; null: none. */
  asked: { cancel: boolean } | null;
  /** Those that a server makes where it likes (2026-07-28). */
  directed: boolean;
}

/** Of the tools that it is given here, whoever's they are. */
export function tasksFor(loaded: LoadedPolicy, agent: string, endpoint: Endpoint): OfferedTasks {
  const all = [...loaded.table(agent, endpoint).tools.values()];
  const asked = all.filter(({ tasks }) => tasks === 'optional' || tasks === 'required');
  const cancel = asked.some(({ server }) => canCancel(lockedCapabilities(loaded, server)['tasks']));
  return { asked: asked.length > 0 ? { cancel } : null, directed: all.some(({ tasks }) => tasks === 'directed') };
}

/** As a part of its capabilities. @param era of the agent, in a version that has tasks at all. */
export function taskCapability({ asked, directed }: OfferedTasks, era: Era): JsonObject {
  if (era === 'modern') return directed ? { extensions: { [TASKS_EXTENSION]: {} } } : {};
  if (!asked) return {};
  // The proxy lists them by itself, from what it knows.
  return { tasks: { list: {}, ...(asked.cancel && { cancel: {} }), requests: { tools: { call: {} } } } };
}

function canCancel(declared: unknown): boolean {
  return typeof declared === 'object' && declared !== null && 'cancel' in declared;
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
