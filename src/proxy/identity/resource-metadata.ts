/**
 * What tells a client where to get a token for an endpoint: protected-resource metadata (RFC 9728) at the well-known
 * address with the endpoint's path behind it, and the challenge that points there. Only where an agent has an issuer.
 */
import { parseEndpoint, type Endpoint } from '../../policy/endpoint.js';
import type { Enforced } from '../enforced.js';
import { entriesOf } from './jwts.js';
import { json, type Reply } from '../message/reply.js';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** null: not the metadata's address, or there is none. Says nothing about whether the toolbox or server exists. */
export function resourceMetadata({ loaded }: Enforced, method: string, path: string): Reply | null {
  if (!path.startsWith(`${WELL_KNOWN}/`) || (method !== 'GET' && method !== 'HEAD')) return null;
  const endpoint = parseEndpoint(path.slice(WELL_KNOWN.length));
  const issuers = [...new Set(entriesOf(loaded).map(({ issuer }) => issuer))].sort();
  if (!endpoint || issuers.length === 0 || loaded.policy.url === undefined) return null;
  const metadata = {
    resource: `${loaded.policy.url}${endpoint.path}`,
    authorization_servers: issuers,
    bearer_methods_supported: ['header'],
    resource_name: `Toolcrib project ${loaded.policy.project.name}`,
  };
  return json(200, JSON.stringify(metadata));
}

export type ChallengeError = 'invalid_token' | 'insufficient_scope';

/** RFC 6750, section 3: no error code where no token was sent. */
export function challenge({ loaded }: Enforced, endpoint: Endpoint, error: ChallengeError | null): string {
  const entries = entriesOf(loaded);
  const parameters = ['realm="toolcrib"'];
  if (error !== null) parameters.push(`error="${error}"`);
  if (entries.length > 0 && loaded.policy.url !== undefined)
    parameters.push(`resource_metadata="${loaded.policy.url}${WELL_KNOWN}${endpoint.path}"`);
  const scopes = [
    ...new Set(entries.flatMap(({ claims }) => (typeof claims.scope === 'string' ? [claims.scope] : []))),
  ];
  const named = scopes.filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)).sort();
  if (named.length > 0) parameters.push(`scope="${named.join(' ')}"`);
  return `Bearer ${parameters.join(', ')}`;
}
