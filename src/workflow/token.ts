/** `toolcrib token issue|list|revoke`: tokens stand in git as files; only the live revocation touches the engine. */
import { randomBytes } from 'node:crypto';
import { fail } from '../diagnostics/failure.js';
import type { TokenRecord } from '../model/access.js';
import { formatToken, parseToken, tokenHash } from '../model/token.js';
import { writeToken } from '../lock/tokens.js';
import type { Context, Loaded } from './context.js';
import { load, openEngine } from './context.js';
import { findControl } from './find-control.js';
import { requireDeclared } from './require-declared.js';

export interface IssuedToken {
  /** The secret itself: to be shown once, and kept nowhere. */
  token: string;
  record: TokenRecord;
  /** Relative to the project's folder. */
  file: string;
}

export async function issueToken(
  context: Context,
  options: { agent: string; expires: Date | null; label: string | null },
): Promise<IssuedToken> {
  const { config } = await load(context);
  requireDeclared(config, 'agent', options.agent);
  const token = formatToken(randomBytes(16), randomBytes(32));
  const id = parseToken(token)?.id ?? '';
  const record: TokenRecord = {
    id,
    agent: options.agent,
    environment: context.environment,
    label: options.label,
    sha256: tokenHash(token),
    created: seconds(context.now()),
    expires: options.expires ? seconds(options.expires) : null,
    revoked: null,
  };
  const file = await writeToken(config.root, record);
  return { token, record, file };
}

export interface ListedToken extends Omit<TokenRecord, 'sha256'> {
  state: 'valid' | 'expired' | 'revoked';
}

/** Newest first. */
export async function listTokens(context: Context): Promise<ListedToken[]> {
  const { tokens } = await load(context);
  const now = context.now().getTime();
  return tokens
    .map(({ sha256: _hash, ...token }) => ({ ...token, state: stateOf(token, now) }))
    .sort((a, b) => b.created.localeCompare(a.created) || a.id.localeCompare(b.id));
}

function stateOf(token: Pick<TokenRecord, 'expires' | 'revoked'>, now: number): ListedToken['state'] {
  if (token.revoked !== null) return 'revoked';
  return token.expires !== null && Date.parse(token.expires) <= now ? 'expired' : 'valid';
}

export interface RevokedToken {
  record: TokenRecord;
  file: string;
  /** The live proxy was told. */
  live: boolean;
}

/** The file first: a revocation that git does not know would be forgotten with the engine. */
export async function revokeToken(context: Context, options: { id: string; now: boolean }): Promise<RevokedToken> {
  const loaded = await load(context);
  const known = findToken(loaded, options.id);
  const record = { ...known, revoked: known.revoked ?? seconds(context.now()) };
  const file = await writeToken(loaded.config.root, record);
  if (options.now) await revokeLive(context, loaded, record);
  return { record, file, live: options.now };
}

async function revokeLive(context: Context, { config }: Loaded, record: TokenRecord): Promise<void> {
  const { writeRevoked } = await import('../docker/control.js');
  const engine = await openEngine(context, config.project);
  const control = await findControl(engine, config.project);
  await writeRevoked(engine, control, [record.id]);
}

/** Accepts the whole token too: whoever finds one that leaked has that, and not its id. */
function findToken(loaded: Loaded, given: string): TokenRecord {
  const id = parseToken(given)?.id ?? given;
  return (
    loaded.tokens.find((each) => each.id === id) ??
    fail(
      'token_unknown',
      `toolbox.tokens/ holds no token \`${parseToken(given) ? id : given.slice(0, 40)}\`.`,
      '`toolcrib token list` shows those that it holds, by id.',
    )
  );
}

function seconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
