/** Who calls: a bearer token in the Authorization header, and nowhere else. */
import type { LoadedPolicy } from '../../policy/load.js';

export interface Caller {
  agent: string;
  /** Token id. */
  subject: string;
  /** Of a token of somebody else's: the policy's entry that it fits, as JSON, and how long it is good. */
  issued?: { entry: string; until: number };
}

export interface Stranger {
  reason: 'unauthenticated' | 'token_unknown' | 'token_expired' | 'token_revoked';
  /** Id and agent of a token that was ours once, for the audit. */
  subject: string | null;
  agent: string | null;
}

/** Whether what was shown once is good still: asked again of whatever outlives its request. */
export function isStillKnown(
  { agent, subject, issued }: Caller,
  loaded: LoadedPolicy,
  revoked: ReadonlySet<string>,
  now: number,
): boolean {
  if (!loaded.hasAgent(agent) || revoked.has(subject) || loaded.revoked.has(subject)) return false;
  if (issued) {
    const entries = loaded.policy.agents[agent]?.jwt ?? [];
    return issued.until > now && entries.some((entry) => JSON.stringify(entry) === issued.entry);
  }
  const expires = loaded.tokenExpiry(subject, agent);
  return expires !== null && expires > now;
}

const LONGEST = 256;
const BEARER = /^bearer +([^\s]+)$/i;

/** @param revoked ids revoked beside the policy. @returns with `until`, in milliseconds since 1970: when the token expires. */
export function authenticate(
  authorization: string | null,
  loaded: LoadedPolicy,
  revoked: ReadonlySet<string>,
  now: number,
): { caller: Caller; until: number } | { stranger: Stranger } {
  const text = authorization !== null && authorization.length <= LONGEST ? BEARER.exec(authorization)?.[1] : undefined;
  if (text === undefined) return { stranger: { reason: 'unauthenticated', subject: null, agent: null } };
  const token = loaded.token(text);
  if (!token || !loaded.hasAgent(token.agent)) {
    return { stranger: { reason: 'token_unknown', subject: token?.id ?? null, agent: null } };
  }
  const known = { subject: token.id, agent: token.agent };
  if (revoked.has(token.id) || loaded.revoked.has(token.id)) return { stranger: { reason: 'token_revoked', ...known } };
  if (token.expires <= now) return { stranger: { reason: 'token_expired', ...known } };
  return { caller: known, until: token.expires };
}
