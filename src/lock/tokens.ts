/** toolbox.tokens/: one small file a token, reviewed in git like everything else. It holds the token's hash, never the token. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { shown } from '../config/project-files.js';
import { isMissing, readTextFile } from '../config/text-file.js';
import type { YamlFile } from '../config/yaml-file.js';
import { parseYaml } from '../config/yaml-file.js';
import type { Diagnostic, Range } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { TokenRecord } from '../model/access.js';
import { NAME_PATTERN } from '../model/address.js';
import { isObject } from './lock-form.js';
import { TOKEN_FOLDER, tokenFile } from './names.js';
import { replaceFile } from './replace-file.js';
import { reviewableName } from './reviewable.js';

const FIX = 'Restore the file from git; to end a token, use `toolcrib token revoke`.';
const MAX_BYTES = 16 * 1024;
const ID = /^[0-9a-z]{10}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

const FIELDS: Readonly<Record<keyof TokenRecord, (value: unknown) => boolean>> = {
  id: (value) => typeof value === 'string' && ID.test(value),
  agent: isName,
  environment: (value) => value === null || isName(value),
  label: (value) => value === null || typeof value === 'string',
  sha256: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  created: isInstant,
  expires: (value) => value === null || isInstant(value),
  revoked: (value) => value === null || isInstant(value),
};

export interface TokensRead {
  /** Sorted by id. */
  tokens: TokenRecord[];
  /** A file that cannot be used is an error: leaving it out would change who has access. */
  diagnostics: Diagnostic[];
}

/** Whether the agents exist is not looked at. @param dir that diagnostics name files relative to. */
export function readTokens(root: string, dir = root): TokensRead {
  const result: TokensRead = { tokens: [], diagnostics: [] };
  const first = new Map<string, TokenRecord>();
  for (const name of tokenFiles(root)) {
    const path = join(root, TOKEN_FOLDER, name);
    const read = readTextFile(path, shown(dir, path), MAX_BYTES);
    if (!('file' in read)) {
      if ('diagnostic' in read) result.diagnostics.push(invalid(read.diagnostic.detail, read.diagnostic.range));
      continue;
    }
    const yaml = parseYaml(read.file);
    const problems =
      yaml.diagnostics.length > 0
        ? yaml.diagnostics.map(({ detail, range }) => invalid(detail, range))
        : check(yaml, name.slice(0, -'.yaml'.length), first);
    if (problems.length === 0) result.tokens.push(pick(yaml.value as TokenRecord));
    result.diagnostics.push(...problems);
  }
  return result;
}

/** @returns the file, relative to `root`. Replaces one of the same id. */
export async function writeToken(root: string, record: TokenRecord): Promise<string> {
  const file = tokenFile(record.id);
  const lines = (Object.keys(FIELDS) as (keyof TokenRecord)[]).map(
    (key) => `${key}: ${record[key] === null ? 'null' : `"${reviewableName(record[key])}"`}\n`,
  );
  const head = '# Made by `toolcrib token issue`. Holds the SHA-256 of the token, not the token.\n';
  await replaceFile(join(root, file), head + lines.join(''));
  return file;
}

function tokenFiles(root: string): string[] {
  try {
    return readdirSync(join(root, TOKEN_FOLDER))
      .filter((name) => name.endsWith('.yaml'))
      .sort();
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw cause;
  }
}

function check(yaml: YamlFile, id: string, first: Map<string, TokenRecord>): Diagnostic[] {
  const { value } = yaml;
  if (!isObject(value)) return [invalid('It holds no mapping.', yaml.locate([]))];
  const found: Diagnostic[] = [];
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(FIELDS, key))
      found.push(invalid(`\`${key}\` is not known in a token file.`, yaml.locate([key], 'key')));
  }
  for (const [key, fits] of Object.entries(FIELDS)) {
    if (!Object.hasOwn(value, key)) found.push(invalid(`\`${key}\` is missing.`, yaml.locate([])));
    else if (!fits(value[key])) found.push(invalid(`\`${key}\` is not what it should be.`, yaml.locate([key])));
  }
  if (found.length > 0) return found;
  const record = value as unknown as TokenRecord;
  if (record.id !== id)
    return [invalid(`The file of token ${record.id} must be named ${record.id}.yaml.`, yaml.locate(['id']))];
  const other = first.get(record.sha256);
  first.set(record.sha256, other ?? record);
  if (!other) return [];
  // A credential that fits two is refused: the audit could not say whose call it was.
  return [invalid(`It has the same hash as token ${other.id} of ${other.agent}.`, yaml.locate(['sha256']))];
}

function pick(record: TokenRecord): TokenRecord {
  const { id, agent, environment, label, sha256, created, expires, revoked } = record;
  return { id, agent, environment, label, sha256, created, expires, revoked };
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && NAME_PATTERN.test(value);
}

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
}

function invalid(detail: string, range: Range | undefined): Diagnostic {
  return problem('token_file_invalid', detail, FIX, { range });
}
