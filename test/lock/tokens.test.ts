/** toolbox.tokens/: written, read back, and refused at the line where something is wrong. */
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTokens, writeToken } from '../../src/lock/tokens.js';
import type { TokenRecord } from '../../src/model/access.js';
import { edit, emptyFolder, place } from './lock-world.js';

const record = (more: Partial<TokenRecord> = {}): TokenRecord => ({
  id: 'k3v9q0x7ab',
  agent: 'reader',
  environment: null,
  label: 'laptop of "Ada"\u202e',
  sha256: 'ab'.repeat(32),
  created: '2026-11-22T12:00:00Z',
  expires: '2027-02-20T12:00:00Z',
  revoked: null,
  ...more,
});
const FILE = 'toolbox.tokens/k3v9q0x7ab.yaml';

async function written(): Promise<string> {
  const dir = await emptyFolder();
  await writeToken(dir, record());
  return dir;
}

describe('token files', () => {
  it('none', async () => expect(readTokens(await emptyFolder())).toEqual({ tokens: [], diagnostics: [] }));
  it('are read back as written, by id', async () => {
    const dir = await written();
    const other = record({
      id: '0000000000',
      sha256: 'cd'.repeat(32),
      label: null,
      environment: 'prod',
      expires: null,
    });
    expect(await writeToken(dir, other)).toBe('toolbox.tokens/0000000000.yaml');
    expect(readTokens(dir)).toEqual({ tokens: [other, record()], diagnostics: [] });
    expect(await readFile(join(dir, FILE), 'utf8')).toContain('\\u202e');
  });
  it('are replaced by a revocation', async () => {
    const dir = await written();
    const revoked = record({ revoked: '2026-12-01T00:00:00Z' });
    expect(await writeToken(dir, revoked)).toBe(FILE);
    expect(readTokens(dir).tokens).toEqual([revoked]);
  });
  it('may stand beside other files', async () => {
    const dir = await written();
    await writeFile(join(dir, 'toolbox.tokens/README.md'), 'ours\n');
    expect(readTokens(dir).diagnostics).toEqual([]);
  });

  const cases: [string, (text: string) => string, number, RegExp][] = [
    ['no YAML', (t) => t.replace('agent: "', 'agent: ['), 4, /sequence|\]/],
    ['a key twice', (t) => `${t}agent: "writer"\n`, 10, /line 3/],
    ['an unknown key', (t) => `${t}scope: all\n`, 10, /`scope`/],
    ['a missing key', (t) => t.replace(/^revoked: .*\n/m, ''), 2, /`revoked` is missing/],
    ['an agent of no name', (t) => t.replace('"reader"', '"../reader"'), 3, /`agent`/],
    ['a hash of no form', (t) => t.replace('abab', 'ABAB'), 6, /`sha256`/],
    ['a date that is none', (t) => t.replace('2027-02-20', '2027-99-20'), 8, /`expires`/],
    ['the name of another', (t) => t.replace('k3v9q0x7ab', 'aaaaaaaaaa'), 2, /must be named/],
    ['a list', () => '- a\n', 1, /no mapping/],
    ['nothing', () => '', 1, /no mapping/],
  ];
  it.each(cases)('%s', async (_name, change, line, detail) => {
    const dir = await written();
    await edit(dir, FILE, change);
    const { tokens, diagnostics } = readTokens(dir);
    expect(tokens).toEqual([]);
    expect(diagnostics.map(place)).toEqual([`token_file_invalid ${FILE}:${line}`]);
    expect(diagnostics[0]?.detail).toMatch(detail);
  });
  it('two of one secret', async () => {
    const dir = await written();
    await writeToken(dir, record({ id: 'zzzzzzzzzz', agent: 'writer' }));
    const { diagnostics } = readTokens(dir);
    expect(diagnostics.map(place)).toEqual(['token_file_invalid toolbox.tokens/zzzzzzzzzz.yaml:6']);
    expect(diagnostics[0]?.detail).toContain('k3v9q0x7ab of reader');
  });
  it('one beyond all measure', async () => {
    const dir = await emptyFolder();
    await mkdir(join(dir, 'toolbox.tokens'));
    await writeFile(join(dir, FILE), '');
    await truncate(join(dir, FILE), 1024 ** 3);
    expect(readTokens(dir).diagnostics.map(place)).toEqual([`token_file_invalid ${FILE}:1`]);
  });
});
