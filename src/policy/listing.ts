/** The lists that an agent sees: locked definitions under their exposed names, nothing else. Pure. */
import { isObject, type Definition, type JsonObject } from '../model/definitions.js';
import { isBarred, type Standings } from './decide.js';
import type { Endpoint } from './endpoint.js';
import { live } from './decide-offer.js';
import type { LoadedPolicy } from './load.js';
import { barredBy, deniedBy, givesTemplate, givesUri } from './offers.js';
import { withoutTaskSupport } from './task-support.js';

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
  /** Whether the agent's version has tasks that it asks for (2025-11-25). */
  asksForTasks = true,
): Listing {
  const tools: Definition[] = [];
  let until = Infinity;
  for (const [name, entitlement] of loaded.table(agent, endpoint).tools) {
    if (isBarred(entitlement)) continue;
    const live = entitlement.grants.filter((grant) => grant.expires > now);
    for (const grant of live) until = Math.min(until, grant.expires);
    if (live.length === 0) continue;
    // It can be called in no other way (MCP 2025-11-25, Tasks, Tool-Level Negotiation).
    if (entitlement.tasks === 'required' && !asksForTasks) continue;
    if (standing(entitlement.server, entitlement.generation, entitlement.tool) === 'missing') continue;
    const fixed = (live[0]?.setNames ?? []).filter((argument) =>
      live.every((grant) => grant.setNames.includes(argument)),
    );
    const whole = shown(entitlement.definition, name, fixed);
    const asked = entitlement.tasks === 'optional' || entitlement.tasks === 'required';
    tools.push(asked && asksForTasks ? whole : withoutTaskSupport(whole));
  }
  return { tools, until };
}

export type ListKind = 'prompts' | 'resources' | 'resourceTemplates';

export interface OfferListing {
  items: JsonObject[];
  until: number;
}

/** A URI that two servers share is in no list where both are shown: it could not be read there. */
export function listOffers(
  loaded: LoadedPolicy,
  kind: ListKind,
  agent: string,
  endpoint: Endpoint,
  now: number,
  standing: Standings,
): OfferListing {
  const { prompts, resources } = loaded.offers(agent, endpoint);
  const all = kind === 'prompts' ? [...prompts.values()] : resources;
  const until = Math.min(Infinity, ...all.flatMap(({ grants }) => live(grants, now).map((grant) => grant.expires)));
  if (kind === 'prompts') {
    const shownPrompts = [...prompts].filter(
      ([, { grants, server, generation, prompt, denied }]) =>
        denied === null && live(grants, now).length > 0 && standing(server, generation, prompt, 'prompt') !== 'missing',
    );
    return { items: shownPrompts.map(([name, { definition }]) => ({ ...definition, name })), until };
  }
  const given = resources.flatMap((offer) => {
    const grants = live(offer.grants, now);
    if (kind === 'resources') {
      return [...offer.resources].filter(
        ([uri]) => deniedBy(offer, uri) === null && grants.some((grant) => givesUri(grant, uri)),
      );
    }
    return offer.templates
      .filter(({ text }) => barredBy(offer, text) === null && grants.some((grant) => givesTemplate(grant, text)))
      .map(({ text, template }): [string, JsonObject] => [text, template]);
  });
  const times = new Map<string, number>();
  for (const [uri] of given) times.set(uri, (times.get(uri) ?? 0) + 1);
  return { items: given.filter(([uri]) => times.get(uri) === 1).map(([, item]) => item), until };
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
