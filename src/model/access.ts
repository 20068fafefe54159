/** Who may use what, flattened from a policy, so that two policies can be compared in words. */

export interface AccessEntry {
  agent: string;
  server: string;
  tool: string;
  /** Canonical JSON of the rules that narrow it (arguments, set, expiry), in order of the grants; null: unrestricted. */
  constraint: string | null;
  /** The audit keeps the arguments of its calls as they are. */
  recorded?: true;
}

/** A token that the proxy accepts for an agent, or all those of an issuer that match. */
export interface TokenAccess {
  /** Of the token; of an issuer, its URL with the claims that must match. */
  id: string;
  /** Who says so, where it is not Toolcrib itself. */
  issuer?: string;
  /** Of the token: another secret under the same id is another token. Of an issuer: all that is declared of it. */
  sha256: string;
  agent: string;
  expires: string | null;
}

export type AccessEffect = 'granted' | 'revoked' | 'constrained';

/** What an access change is about: a tool, a token, a way to be authenticated, or what a server and the proxy reach. */
export type AccessKind = 'tool' | 'token' | 'issuer' | 'remote' | 'mount' | 'network' | 'exposure' | 'audit';
export type Risk = 'low' | 'medium' | 'high';

export interface AccessChange {
  kind: AccessKind;
  /** null: it concerns a server, whoever uses it. */
  agent: string | null;
  server: string | null;
  tool: string | null;
  /** Set for token changes. */
  token: string | null;
  effect: AccessEffect;
  /** high: granted without any argument rule, or a rule widened; low: revoked or narrowed; medium: the rest. */
  risk: Risk;
  /** Why it is high, in few words; null: it is not. */
  reason: string | null;
  /** One line in words: `triage-bot gains files:list_directory`. */
  text: string;
}

/** One file of toolbox.tokens/. Never holds the token. */
export interface TokenRecord {
  id: string;
  agent: string;
  environment: string | null;
  label: string | null;
  sha256: string;
  created: string;
  expires: string | null;
  revoked: string | null;
}
