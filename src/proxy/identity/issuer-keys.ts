/**
 * The public keys of one issuer of access tokens, found by discovery (OpenID Connect Discovery, RFC 8414) and kept: asked
 * for again when they are old, and at most once a minute for a key that is not among them. One question at a time.
 */
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { fetchJson } from './fetch-json.js';

const FRESH_MS = 10 * 60_000;
/** Keys that could not be asked for again for so long are believed no more: one of them may have been withdrawn. */
const STALE_MS = 60 * 60_000;
const MISS_MS = 60_000;
const FAILED_MS = 5_000;

export type KeySet = ReturnType<typeof createLocalJWKSet>;

export class IssuerKeys {
  #keys: KeySet | null = null;
  #at = -Infinity;
  #asked = -Infinity;
  #failed = -Infinity;
  #asking: Promise<void> | null = null;

  /** @param clock milliseconds that no change of the date moves. */
  constructor(
    readonly issuer: string,
    readonly jwksUri: string | null,
    readonly clock: () => number,
    readonly trouble: (problem: string) => void,
    readonly fetch: (url: string) => Promise<unknown> = fetchJson,
  ) {}

  /** null: the issuer gives none now. */
  async current(): Promise<KeySet | null> {
    if (this.clock() - this.#at > FRESH_MS && this.clock() - this.#failed > FAILED_MS) await this.#ask();
    return this.clock() - this.#at > STALE_MS ? null : this.#keys;
  }

  /** After a key was missed. null: asked less than a minute ago, or there are none. */
  async again(): Promise<KeySet | null> {
    if (!this.#asking && this.clock() - this.#asked < MISS_MS) return null;
    await this.#ask();
    return this.#keys;
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#fetchKeys().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #fetchKeys(): Promise<void> {
    this.#asked = this.clock();
    try {
      const found = await this.fetch(this.jwksUri ?? (await this.#discover()));
      if (!isKeySet(found)) throw new Error('its key set holds no list of keys');
      this.#keys = createLocalJWKSet(found);
      this.#at = this.clock();
      this.#failed = -Infinity;
    } catch (cause) {
      this.#failed = this.clock();
      this.trouble(`${this.issuer}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  async #discover(): Promise<string> {
    let problem: unknown = null;
    for (const url of discoveryUrls(this.issuer)) {
      try {
        const { issuer, jwks_uri: uri } = (await this.fetch(url)) as { issuer?: unknown; jwks_uri?: unknown };
        if (issuer !== this.issuer) throw new Error('its metadata is of another issuer');
        if (typeof uri !== 'string') throw new Error('its metadata names no jwks_uri');
        return uri;
      } catch (cause) {
        problem ??= cause;
      }
    }
    throw problem;
  }
}

/**
 * OpenID Connect appends its well-known path, RFC 8414 puts its own before the issuer's path, and some put OpenID's there
 * (MCP 2025-11-25, Authorization Server Metadata Discovery).
 */
export function discoveryUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const urls = [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
  ];
  return [...new Set(urls)];
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}
