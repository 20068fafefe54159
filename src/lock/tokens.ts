/** toolbox.tokens/: one small file a token, reviewed in git like everything else. It holds the token's hash, never the token. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument, stringify } from 'yaml';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { TokenRecord } from '../model/access.js';

const FOLDER = 'toolbox.tokens';
const FIX = 'Restore the file from git; to end a token, use `toolcrib token revoke`.';
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** Sorted by id. A file that cannot be used is an error: leaving it out would change who has access. */
export async function readTokens(root: string): Promise<{ tokens: TokenRecord[]; diagnostics: Diagnostic[] }> {
  const names = (await readdir(join(root, FOLDER)).catch(() => [])).filter((name) => name.endsWith('.yaml')).sort();
  const tokens: TokenRecord[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const name of names) {
    const file = `${FOLDER}/${name}`;
    const read = parseToken(await readFile(join(root, file), 'utf8'), name.replace(/\.yaml$/, ''));
    if ('record' in read) tokens.push(read.record);
    else diagnostics.push(problem('token_file_invalid', read.problem, FIX, { range: at(file, read.line) }));
  }
  return { tokens, diagnostics: [...diagnostics, ...sameHash(tokens)] };
}

/** @returns the file, relative to `root`. */
export async function writeToken(root: string, record: TokenRecord): Promise<string> {
  const { id, ...rest } = record;
  const file = `${FOLDER}/${id}.yaml`;
  await mkdir(join(root, FOLDER), { recursive: true });
  const beside = join(root, `${file}.new`);
  await writeFile(beside, stringify({ id, ...rest }));
  await rename(beside, join(root, file));
  return file;
}

function at(file: string, line: number): NonNullable<Diagnostic['range']> {
  return { file, start: { line, column: 1 }, end: { line, column: 1 } };
}

type Read = { record: TokenRecord } | { problem: string; line: number };

const FIELDS: Readonly<Record<keyof TokenRecord, (value: unknown) => boolean>> = {
  id: (value) => typeof value === 'string',
  agent: (value) => typeof value === 'string' && value !== '',
  environment: (value) => value === null || typeof value === 'string',
  label: (value) => value === null || typeof value === 'string',
  sha256: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  created: isInstant,
  expires: (value) => value === null || isInstant(value),
  revoked: (value) => value === null || isInstant(value),
};

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
}

function parseToken(text: string, id: string): Read {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) return { problem: `It is no valid YAML: ${error.message}`, line: lines.linePos(error.pos[0]).line };
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: 'It holds no mapping.', line: 1 };
  const given = value as Record<string, unknown>;
  const lineOf = (key: string): number => {
    const node = document.get(key, true) as { range?: [number, number, number] } | undefined;
    return node?.range ? lines.linePos(node.range[0]).line : 1;
  };
  const unknown = Object.keys(given).find((key) => !(key in FIELDS));
  if (unknown !== undefined) return { problem: `It has a key ${unknown}, which no token file has.`, line: lineOf(unknown) };
  for (const [key, fits] of Object.entries(FIELDS)) {
    if (!fits(given[key])) return { problem: `Its ${key} is missing or is not what it should be.`, line: lineOf(key) };
  }
  if (given.id !== id) return { problem: `It says it is token ${String(given.id)}, and is named ${id}.`, line: lineOf('id') };
  return { record: given as unknown as TokenRecord };
}

/** A credential that fits two agents is refused. */
function sameHash(tokens: readonly TokenRecord[]): Diagnostic[] {
  const first = new Map<string, TokenRecord>();
  return tokens.flatMap((token) => {
    const other = first.get(token.sha256);
    first.set(token.sha256, other ?? token);
    if (!other || other.agent === token.agent) return [];
    const detail = `Token ${token.id} of ${token.agent} is the same secret as token ${other.id} of ${other.agent}.`;
    return [problem('token_file_invalid', detail, FIX, { range: at(`${FOLDER}/${token.id}.yaml`, 1) })];
  });
}
