/** `toolcrib connect`: which endpoint, and with which token. The rest is a bridge that knows nothing of projects. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { Context } from './context.js';
import { load } from './context.js';
import { endpointOf } from './endpoint.js';

export interface ConnectQuestion {
  agent: string;
  /** null: the project's. */
  url: string | null;
  /** One server's share; null: everything. */
  server: string | null;
  tokenFile: string | null;
  /** TOOLCRIB_TOKEN. */
  token: string | undefined;
}

export async function connection(context: Context, ask: ConnectQuestion): Promise<{ url: string; token: string }> {
  return { url: ask.url ?? (await projectEndpoint(context, ask)), token: await tokenOf(context, ask) };
}

async function projectEndpoint(context: Context, { agent, server }: ConnectQuestion): Promise<string> {
  const { config } = await load(context);
  const agents = config.agents.map(({ name }) => name);
  demandKnown('agent', agent, agents);
  const endpoint = endpointOf({ config });
  if (server === null) return endpoint;
  demandKnown(
    'server',
    server,
    config.servers.map(({ name }) => name),
  );
  return endpoint.replace(/\/mcp$/, `/server/${server}/mcp`);
}

function demandKnown(kind: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const meant = didYouMean(name, names);
  fail(
    'undefined_reference',
    `No ${kind} \`${name}\` is declared.`,
    meant ? `Did you mean \`${meant}\`?` : `Declared are: ${names.join(', ') || 'none'}.`,
  );
}

async function tokenOf(context: Context, { agent, tokenFile, token }: ConnectQuestion): Promise<string> {
  const said = tokenFile === null ? token : await fileText(resolve(context.dir, tokenFile), tokenFile);
  const text = said?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  return fail(
    'token_unknown',
    text === '' ? `There is no token for ${agent}.` : 'The token holds white space or characters that no token has.',
    `Set TOOLCRIB_TOKEN, or give a file with --token-file; \`toolcrib token issue ${agent}\` makes one.`,
  );
}

async function fileText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    return fail(
      'file_unreadable',
      `${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Name a file that holds the token and nothing else.',
    );
  }
}
