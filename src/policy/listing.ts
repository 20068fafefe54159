/** The tools/list that an agent sees: locked definitions under their exposed names, nothing else. Pure. */
import type { Definition, Json, JsonObject } from '../model/definitions.js';
import type { Standings } from './decide.js';
import type { Endpoint } from './endpoint.js';
import type { LoadedPolicy } from './load.js';

export interface Listing {
  tools: Definition[];
  /** When a grant in it expires: from then on it must be made anew. */
  until: number;
}

export function listTools(
  loaded: LoadedPolicy,
  agent: string,
  endpoint: Endpoint,
  now: number,
  standing: Standings,
): Listing {
  const tools: Definition[] = [];
  let until = Infinity;
  for (const [name, entitlement] of loaded.table(agent, endpoint).tools) {
    const live = entitlement.grants.filter((grant) => grant.expires > now);
    for (const grant of live) until = Math.min(until, grant.expires);
    if (live.length === 0) continue;
    if (standing(entitlement.server, entitlement.generation, entitlement.tool) === 'missing') continue;
    const fixed = (live[0]?.setNames ?? []).filter((argument) =>
      live.every((grant) => grant.setNames.includes(argument)),
    );
    tools.push(shown(entitlement.definition, name, fixed));
  }
  return { tools, until };
}

/** The definition as locked, vendor fields and all; only its name is ours, and fixed arguments are gone. */
function shown(definition: Definition, name: string, fixed: string[]): Definition {
  const { inputSchema } = definition;
  if (fixed.length === 0 || !isObject(inputSchema)) return { ...definition, name };
  const { properties, required } = inputSchema;
  const narrowed: JsonObject = { ...inputSchema };
  if (isObject(properties)) {
    narrowed.properties = Object.fromEntries(Object.entries(properties).filter(([key]) => !fixed.includes(key)));
  }
  if (Array.isArray(required)) {
    narrowed.required = required.filter((key) => typeof key !== 'string' || !fixed.includes(key));
  }
  return { ...definition, name, inputSchema: narrowed };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
