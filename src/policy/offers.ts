/** What grants give beside tools: prompts by exposed name, resources by URI. Built once an agent and endpoint. */
import type { Definition, JsonObject } from '../model/definitions.js';
import type { Policy, PolicyGrant, PolicyLimits, ServerRequest } from './artifact.js';
import { covers, exposedName, type Endpoint } from './endpoint.js';
import { anyOf, forbiddenUris, mayMeet, uriPattern, type UriPattern } from './uri-pattern.js';

interface Serving {
  server: string;
  generation: number;
  image: string;
}

/** A grant's share of what is named here, without its arguments: prompts and resources have none that a rule narrows. */
export interface OfferGrant {
  rule: string;
  /** Milliseconds since 1970; Infinity: never. */
  expires: number;
  serverRequests: ServerRequest[];
  limits: PolicyLimits | null;
  auditArguments: 'hmac' | 'full';
}

export interface PromptOffer extends Serving {
  prompt: string;
  definition: Definition;
  /** The rule that denies it, before all grants; null: none. */
  denied: string | null;
  /** In the order of the file. */
  grants: OfferGrant[];
}

export interface ResourceGrant extends OfferGrant {
  patterns: { text: string; matches: UriPattern }[];
}

/** One server's resources, as far as some grant gives them. */
export interface ResourceOffer extends Serving {
  capabilities: JsonObject;
  /** Locked, by URI. */
  resources: ReadonlyMap<string, JsonObject>;
  templates: { template: JsonObject; pattern: UriPattern; text: string }[];
  /** Come before all grants. */
  denials: { rule: string; patterns: UriPattern[] }[];
  grants: ResourceGrant[];
}

export interface Offers {
  /** Exposed name → prompt, in the fixed order of the list. */
  prompts: ReadonlyMap<string, PromptOffer>;
  resources: ResourceOffer[];
}

/** @param grants of the agent; where one names this server. */
export function offersOf(policy: Policy, grants: readonly PolicyGrant[], endpoint: Endpoint): Offers {
  const prompts = new Map<string, PromptOffer>();
  const resources: ResourceOffer[] = [];
  for (const [name, server] of Object.entries(policy.servers)) {
    if (!covers(endpoint, name, server.toolbox)) continue;
    const own = grants.filter((grant) => grant.server === name && grant.effect === 'allow');
    const denials = grants.filter((grant) => grant.server === name && grant.effect === 'deny');
    const generation = server.generations[String(server.serving)];
    const definitions = generation && policy.definitions[generation.definitions];
    if (server.serving === null || !definitions) continue;
    const serving = { server: name, generation: server.serving, image: generation.image };
    for (const definition of definitions.prompts) {
      const given = own.filter((grant) => grant.prompts.includes(definition.name)).map(offerGrant);
      const exposed = exposedName(endpoint, server.prefix, definition.name);
      if (given.length > 0) {
        prompts.set(exposed, {
          ...serving,
          prompt: definition.name,
          definition,
          denied: denials.find(({ prompts: denied }) => denied.includes(definition.name))?.rule ?? null,
          grants: given,
        });
      }
    }
    const giving = own.filter((grant) => grant.resources.length > 0);
    if (giving.length === 0) continue;
    resources.push({
      ...serving,
      capabilities: definitions.capabilities,
      resources: new Map(definitions.resources.flatMap((each) => withText(each, 'uri'))),
      templates: definitions.resourceTemplates
        .flatMap((each) => withText(each, 'uriTemplate'))
        .map(([text, template]) => ({ text, template, pattern: uriPattern(text) })),
      denials: denials
        .filter((denial) => denial.resources.length > 0)
        .map(({ rule, resources: uris }) => ({ rule, patterns: uris.map(forbiddenUris) })),
      grants: giving.map((grant) => ({
        ...offerGrant(grant),
        patterns: grant.resources.map((text) => ({ text, matches: uriPattern(text) })),
      })),
    });
  }
  return { prompts, resources };
}

/** The rule that denies the URI; null: none. */
export function deniedBy({ denials }: ResourceOffer, uri: string): string | null {
  return denials.find(({ patterns }) => patterns.some((each) => each.test(uri)))?.rule ?? null;
}

/** The rule that denies every URI of the template; null: none. */
export function barredBy(offer: ResourceOffer, template: string): string | null {
  return deniedBy(offer, anyOf(template));
}

export function givesUri({ patterns }: ResourceGrant, uri: string): boolean {
  return patterns.some(({ matches }) => matches.test(uri));
}

/** Whether some URI of the template may be given. */
export function givesTemplate({ patterns }: ResourceGrant, template: string): boolean {
  return patterns.some(({ text }) => text === template || mayMeet(text, template));
}

function offerGrant({ rule, expires, serverRequests, limits, auditArguments }: PolicyGrant): OfferGrant {
  const at = expires === null ? Infinity : Date.parse(expires);
  return { rule, expires: Number.isNaN(at) ? -Infinity : at, serverRequests, limits, auditArguments };
}

function withText(each: JsonObject, key: string): [string, JsonObject][] {
  const text = each[key];
  return typeof text === 'string' ? [[text, each]] : [];
}
