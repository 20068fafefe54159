/**
 * May this agent use this prompt, or this resource, now? Beside `decide`, which is for tools: no arguments are judged,
 * and a URI that two servers share belongs to neither where both are shown.
 */
import type { Denied, Standings } from './decide.js';
import type { Endpoint } from './endpoint.js';
import type { LoadedPolicy } from './load.js';
import { barredBy, deniedBy, givesTemplate, givesUri, type OfferGrant, type ResourceOffer } from './offers.js';
import type { PolicyLimits, ServerRequest } from './artifact.js';

export type OfferQuestion = { agent: string; endpoint: Endpoint; now: number } & (
  { kind: 'prompt'; name: string } | { kind: 'resource' | 'template'; uri: string }
);

export interface OfferAllowed {
  effect: 'allow';
  reason: 'granted';
  rule: string;
  server: string;
  generation: number;
  image: string;
  /** The server's own name of the prompt, or the URI. */
  name: string;
  serverRequests: ServerRequest[];
  limits: PolicyLimits | null;
  auditArguments: 'hmac' | 'full';
}

export interface OfferDenied {
  effect: 'deny';
  reason: Exclude<Denied['reason'], 'arguments' | 'set_argument'> | 'ambiguous_uri';
  rule: string;
  /** Whether the agent may learn why. */
  visible: boolean;
  detail: string;
  server: string | null;
}

export type OfferDecision = OfferAllowed | OfferDenied;

export function decideOffer(loaded: LoadedPolicy, ask: OfferQuestion, standing: Standings): OfferDecision {
  return ask.kind === 'prompt'
    ? prompt(loaded, ask, standing)
    : ask.kind === 'template'
      ? template(loaded, ask)
      : resource(loaded, ask);
}

function prompt(
  loaded: LoadedPolicy,
  ask: OfferQuestion & { kind: 'prompt'; name: string },
  standing: Standings,
): OfferDecision {
  const offer = loaded.offers(ask.agent, ask.endpoint).prompts.get(ask.name);
  if (!offer) return hidden('not_granted', 'no grant names this prompt', null);
  const { server, generation, image, prompt: name } = offer;
  if (offer.denied !== null)
    return { ...hidden('denied', `${offer.denied} comes before every grant`, server), rule: offer.denied };
  const grant = live(offer.grants, ask.now)[0];
  if (!grant) return hidden('expired', 'every grant of it has expired', server);
  switch (standing(server, generation, name, 'prompt')) {
    case 'missing':
      return hidden('missing', 'the running server does not offer it', server);
    case 'changed':
      return {
        effect: 'deny',
        reason: 'definition_changed',
        rule: grant.rule,
        visible: true,
        detail: 'its definition differs from the approved one',
        server,
      };
    case 'locked':
      return allowed(grant, { server, generation, image }, name);
  }
}

/** A template by its own text, for completing it; what is no template is asked for as a resource. */
function template(loaded: LoadedPolicy, ask: OfferQuestion & { uri: string }): OfferDecision {
  const { uri, now } = ask;
  const given = loaded.offers(ask.agent, ask.endpoint).resources.flatMap((offer) => {
    const has = offer.templates.some(({ text }) => text === uri);
    const grant = has ? live(offer.grants, now).find((each) => givesTemplate(each, uri)) : undefined;
    return grant ? [{ offer, grant }] : [];
  });
  if (given.length === 0) return resource(loaded, ask);
  return denial(given.map(({ offer }) => barredBy(offer, uri))) ?? oneOwner(given, uri);
}

function resource(loaded: LoadedPolicy, ask: OfferQuestion & { uri: string }): OfferDecision {
  const { uri, now } = ask;
  const given = loaded.offers(ask.agent, ask.endpoint).resources.flatMap((offer) => {
    const grant = live(offer.grants, now).find((each) => givesUri(each, uri));
    return grant ? [{ offer, grant }] : [];
  });
  const denied = denial(given.map(({ offer }) => deniedBy(offer, uri)));
  if (denied) return denied;
  const known = given.filter(({ offer }) => offer.resources.has(uri));
  const templated = given.filter(({ offer }) => offer.templates.some(({ pattern }) => pattern.test(uri)));
  const [owners] = [known, templated, given].filter((some) => some.length > 0);
  return oneOwner(owners ?? [], uri);
}

/** @param rules that deny it, by server. null: none does. */
function denial(rules: readonly (string | null)[]): OfferDenied | null {
  const rule = rules.find((each) => each !== null);
  return rule === undefined ? null : { ...hidden('denied', `${rule} comes before every grant`, null), rule };
}

function oneOwner(owners: readonly { offer: ResourceOffer; grant: OfferGrant }[], uri: string): OfferDecision {
  const [only, another] = owners;
  if (!only) return hidden('not_granted', 'no grant gives this URI', null);
  if (another) {
    return {
      effect: 'deny',
      reason: 'ambiguous_uri',
      rule: 'default',
      visible: true,
      detail: `servers ${only.offer.server} and ${another.offer.server} both have it: ask at /server/NAME/mcp`,
      server: null,
    };
  }
  return allowed(only.grant, only.offer, uri);
}

export function live<T extends OfferGrant>(grants: readonly T[], now: number): T[] {
  return grants.filter((grant) => grant.expires > now);
}

function allowed(
  { rule, serverRequests, limits, auditArguments }: OfferGrant,
  { server, generation, image }: Pick<ResourceOffer, 'server' | 'generation' | 'image'>,
  name: string,
): OfferAllowed {
  return {
    effect: 'allow',
    reason: 'granted',
    rule,
    server,
    generation,
    image,
    name,
    serverRequests,
    limits,
    auditArguments,
  };
}

function hidden(reason: OfferDenied['reason'], detail: string, server: string | null): OfferDenied {
  return { effect: 'deny', reason, rule: 'default', visible: false, detail, server };
}
