/**
 * Access tokens of identity providers (RFC 9068, RFC 8707): verified once, then known by their hash until they expire,
 * a minute has passed or the policy changes. The claims are believed only after the signature; which issuer is asked is
 * the policy's to say, never the token's.
 */
import { hash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { printable } from '../../audit/append.js';
import type { PolicyJwt } from '../../policy/artifact.js';
import type { LoadedPolicy } from '../../policy/load.js';
import { reachOf } from '../../wire/remote-target.js';
import type { Caller } from './authenticate.js';
import { fetchJson } from './fetch-json.js';
import { IssuerKeys, type KeySet } from './issuer-keys.js';

export type JwtRefusal =
  | 'jwt_malformed'
  | 'jwt_issuer'
  | 'jwt_keys'
  | 'jwt_signature'
  | 'jwt_expired'
  | 'jwt_audience'
  | 'jwt_claims'
  | 'jwt_ambiguous';

export type Proof = { caller: Caller } | { refused: JwtRefusal; subject: string | null };

interface Known {
  proof: Proof;
  until: number;
  policy: LoadedPolicy;
}

const LONGEST = 8 * 1024;
const FORM = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;
const SKEW_S = 60;
const KEEP_MS = 60_000;
/** A refusal is remembered just long enough to be told, and to make guessing no cheaper. */
const REFUSED_MS = 5_000;
const MOST = 10_000;
/** Characters of a subject. */
const MOST_SHOWN = 128;
/** Keys that a token which names none is tried with. */
const MOST_NAMELESS = 8;

interface Entry extends PolicyJwt {
  agent: string;
}

export class Jwts {
  readonly #known = new Map<string, Known>();
  readonly #proving = new Map<string, Promise<void>>();
  readonly #issuers = new Map<string, IssuerKeys>();

  constructor(
    readonly clock: () => number,
    readonly trouble: (problem: string) => void,
  ) {}

  /** null: no such token, or one that is known; otherwise resolves when `proof` can tell. */
  prove(authorization: string | null, loaded: LoadedPolicy, path: string, now: number): Promise<void> | null {
    const token = isAsked(loaded) ? jwtIn(authorization) : null;
    if (token === null) return null;
    const key = keyOf(token, path);
    const known = this.#known.get(key);
    if (known?.policy === loaded && known.until > now) return null;
    let proving = this.#proving.get(key);
    if (!proving) {
      proving = this.#prove(token, loaded, path, now)
        .then((proof) => this.#keep(key, proof, loaded, now))
        .finally(() => this.#proving.delete(key));
      this.#proving.set(key, proving);
    }
    return proving;
  }

  /** null: it has no form of such a token, or none is expected. */
  proof(authorization: string | null, loaded: LoadedPolicy, path: string, now: number): Proof | null {
    const token = isAsked(loaded) ? jwtIn(authorization) : null;
    if (token === null) return null;
    const known = this.#known.get(keyOf(token, path));
    if (known?.policy === loaded && known.until > now) return known.proof;
    return { refused: 'jwt_expired', subject: null };
  }

  #keep(key: string, proof: Proof, loaded: LoadedPolicy, now: number): void {
    const expires = 'caller' in proof ? (proof.caller.issued?.until ?? now) : Infinity;
    const until = Math.min(expires, now + ('caller' in proof ? KEEP_MS : REFUSED_MS));
    this.#known.delete(key);
    this.#known.set(key, { proof, until, policy: loaded });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(oldest);
    }
  }

  async #prove(token: string, loaded: LoadedPolicy, path: string, now: number): Promise<Proof> {
    let unproven: JWTPayload;
    let algorithm: string;
    try {
      unproven = decodeJwt(token);
      algorithm = decodeProtectedHeader(token).alg ?? '';
    } catch {
      return { refused: 'jwt_malformed', subject: null };
    }
    const entries = entriesOf(loaded).filter(({ issuer }) => issuer === unproven.iss);
    if (entries.length === 0) return { refused: 'jwt_issuer', subject: null };
    const fit = entries.filter(({ algorithms }) => algorithms.includes(algorithm));
    if (fit.length === 0) return { refused: 'jwt_signature', subject: null };
    const checked = await this.#checked(token, fit, now);
    if (typeof checked === 'string') return { refused: checked, subject: null };
    return toldApart(matched(checked, fit, `${loaded.policy.url ?? ''}${path}`), loaded, String(unproven.iss));
  }

  async #checked(token: string, entries: Entry[], now: number): Promise<JWTPayload | JwtRefusal> {
    const [first] = entries;
    if (!first) return 'jwt_issuer';
    const keys = this.#keysOf(first);
    const options = {
      issuer: first.issuer,
      algorithms: [...new Set(entries.flatMap(({ algorithms }) => algorithms))],
      clockTolerance: SKEW_S,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iss', 'aud'],
    };
    let set = await keys.current();
    for (let attempt = 0; set !== null; attempt++) {
      try {
        return await verified(token, set, options);
      } catch (cause) {
        if (!(cause instanceof errors.JWKSNoMatchingKey) || attempt > 0) return inOurWords(cause);
        set = await keys.again();
        if (set === null) return 'jwt_signature';
      }
    }
    return 'jwt_keys';
  }

  #keysOf(entry: PolicyJwt): IssuerKeys {
    const { issuer, jwksUri, ca } = entry;
    const reach = reachOf(entry);
    const key = JSON.stringify([issuer, jwksUri, reach, ca]);
    const known = this.#issuers.get(key);
    if (known) return known;
    const fetch = (url: string): Promise<unknown> => fetchJson(url, reach, ca);
    const made = new IssuerKeys(issuer, jwksUri, this.clock, this.trouble, fetch);
    this.#issuers.set(key, made);
    return made;
  }
}

/** Of all agents. */
export function entriesOf({ policy }: LoadedPolicy): Entry[] {
  return Object.entries(policy.agents).flatMap(([agent, { jwt = [] }]) => jwt.map((each) => ({ ...each, agent })));
}

const asked = new WeakMap<LoadedPolicy, boolean>();

function isAsked(loaded: LoadedPolicy): boolean {
  let known = asked.get(loaded);
  if (known === undefined) asked.set(loaded, (known = entriesOf(loaded).length > 0));
  return known;
}

function jwtIn(authorization: string | null): string | null {
  if (authorization === null || authorization.length > LONGEST) return null;
  return FORM.exec(authorization)?.[1] ?? null;
}

function keyOf(token: string, path: string): string {
  return `${hash('sha256', token, 'base64url')} ${path}`;
}

/** Keys without names, two of them while one takes the other's place: any may have signed a token that names none. */
async function verified(token: string, set: KeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, set, options)).payload;
  } catch (cause) {
    if (!(cause instanceof errors.JWKSMultipleMatchingKeys)) throw cause;
    let tried = 0;
    for await (const key of cause) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (other) {
        if (!(other instanceof errors.JWSSignatureVerificationFailed) || ++tried === MOST_NAMELESS) throw other;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function inOurWords(cause: unknown): JwtRefusal {
  if (cause instanceof errors.JWTExpired) return 'jwt_expired';
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.claim === 'aud') return 'jwt_audience';
    return cause.claim === 'nbf' || cause.claim === 'exp' ? 'jwt_expired' : 'jwt_signature';
  }
  return 'jwt_signature';
}

/** Of two issuers that stand for one agent, each may call somebody else by the same `sub`. */
function toldApart(proof: Proof, loaded: LoadedPolicy, issuer: string): Proof {
  if ('refused' in proof) return proof;
  const { agent, subject } = proof.caller;
  const alone = entriesOf(loaded).every((entry) => entry.agent !== agent || entry.issuer === issuer);
  return alone ? proof : { caller: { ...proof.caller, subject: `${subject} of ${printable(issuer)}` } };
}

/** Whoever it is meant for and whose claims match; two agents that both fit are refused rather than chosen between. */
function matched(payload: JWTPayload, entries: Entry[], endpoint: string): Proof {
  const subject = typeof payload.sub === 'string' ? subjectOf(payload.sub) : '';
  const audiences = Array.isArray(payload.aud) ? payload.aud : [payload.aud];
  const meant = entries.filter(({ audience }) => audiences.includes(audience ?? endpoint));
  if (meant.length === 0) return { refused: 'jwt_audience', subject };
  const fitting = meant.filter(({ claims }) => holds(payload, claims));
  const [first] = fitting;
  if (first === undefined) return { refused: 'jwt_claims', subject };
  if (fitting.some(({ agent }) => agent !== first.agent)) return { refused: 'jwt_ambiguous', subject };
  const { agent, ...entry } = first;
  const issued = { entry: JSON.stringify(entry), until: (payload.exp ?? 0) * 1000 + SKEW_S * 1000 };
  return { caller: { agent, subject: `jwt:${subject}`, issued } };
}

/** What the audit calls somebody, and what is theirs goes by: short, printable, and of two people never the same. */
function subjectOf(sub: string): string {
  const shown = printable(sub);
  if (shown === sub && sub.length <= MOST_SHOWN) return sub;
  return `${shown.slice(0, MOST_SHOWN - 20)}~${hash('sha256', sub, 'hex').slice(0, 16)}`;
}

function holds(payload: JWTPayload, claims: PolicyJwt['claims']): boolean {
  return Object.entries(claims).every(([name, value]) => {
    const own = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (Array.isArray(own)) return own.includes(value);
    if (name === 'scope' && typeof own === 'string') return own.split(' ').includes(String(value));
    return own === value;
  });
}
