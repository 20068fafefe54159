/** Whatever the file says, loadConfig answers with diagnostics: it never throws, and never takes long. */
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { toolboxTemplate } from '../../src/config/template.js';
import { parseYaml } from '../../src/config/yaml-file.js';
import { renderDiagnostics } from '../../src/diagnostics/render.js';
import { folder, ID, load } from './support.js';

const TEXT = toolboxTemplate({ name: 'a', id: ID, toolbox: 'a' }).replace(/^#.*\n/gm, '');
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '\n',
  '  ',
  '\t',
  '"',
  "'",
  '&a ',
  '*a',
  '!t ',
  '|',
  '>',
  '#',
  '${',
  '${docs}',
  '$${',
  '<<: ',
  '? ',
  '---\n',
  '~',
  'null',
  '1e999',
  '0x1',
  '.nan',
  '__proto__',
  'constructor',
  '\u202e',
  '\u0000',
  '\ufeff',
  'é',
  '%',
  '@',
  '`',
  ',',
  'servers',
  'tools: "*"',
];

const mutation = fc.record({
  at: fc.nat(TEXT.length),
  cut: fc.nat(30),
  piece: fc.constantFrom(...PIECES),
  times: fc.integer({ min: 1, max: 3 }),
});

describe('loadConfig', () => {
  it('never throws on a mutated file, and names a place for what is wrong in it', { timeout: 120_000 }, async () => {
    const dir = await folder({ 'docs/a': '' });
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 5 }), async (mutations) => {
        const text = mutations.reduce(
          (so, { at, cut, piece, times }) => so.slice(0, at) + piece.repeat(times) + so.slice(at + cut),
          TEXT,
        );
        await writeFile(join(dir, 'toolbox.yaml'), text);
        const { config, diagnostics } = await load(dir);
        const errors = diagnostics.filter(({ severity }) => severity === 'error');
        expect(config === null).toBe(errors.length > 0);
        for (const { range, detail, fix } of diagnostics) {
          expect(range?.file).toBe('toolbox.yaml');
          expect(range?.start.line).toBeLessThanOrEqual(text.split('\n').length);
          expect(detail).not.toMatch(/undefined|\[object/);
          expect(fix).not.toBe('');
        }
        expect(renderDiagnostics(diagnostics, { sources: new Map([['toolbox.yaml', text]]) })).not.toMatch(
          /[\u202e\u0000\ufeff]/,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('never throws on any value in any place', { timeout: 120_000 }, async () => {
    const dir = await folder({ 'docs/a': '' });
    const key = fc.constantFrom('version', 'toolbox', 'project', 'variables', 'volumes', 'servers', 'agents');
    await fc.assert(
      fc.asyncProperty(key, fc.jsonValue({ maxDepth: 4 }), async (name, value) => {
        const lines = TEXT.split(/^(?=[a-z]+:)/m).filter((block) => !block.startsWith(`${name}:`));
        await writeFile(join(dir, 'toolbox.yaml'), `${lines.join('')}\n${name}: ${JSON.stringify(value)}\n`);
        const { config, diagnostics } = await load(dir);
        expect(config === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
      }),
      { numRuns: 150 },
    );
  });
});

describe('parseYaml', () => {
  const KB = 1024;
  const cases: [string, string][] = [
    ['brackets', `a: ${'['.repeat(64 * KB)}`],
    ['closing brackets', ']'.repeat(64 * KB)],
    ['dashes', '- '.repeat(32 * KB)],
    ['quotes', '"'.repeat(64 * KB)],
    ['stairs', Array.from({ length: 600 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
    ['many keys', Array.from({ length: 60_000 }, (_, at) => `k${at}: 1`).join('\n')],
    ['one key, many times', 'a:\n'.repeat(8 * KB)],
    [
      'many anchors',
      [
        ...Array.from({ length: 2000 }, (_, at) => `k${at}: &a${at} 1`),
        ...Array.from({ length: 30_000 }, (_, at) => `l${at}: *a${at % 2000}`),
      ].join('\n'),
    ],
    ['documents', '---\n'.repeat(16 * KB)],
  ];
  it.each(cases)('stays within bounds on %s', (_name, text) => {
    const { diagnostics } = parseYaml({ name: 'toolbox.yaml', text });
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(100);
    expect(
      diagnostics.every(({ code }) =>
        ['yaml_syntax', 'yaml_duplicate_key', 'yaml_aliases', 'file_too_large'].includes(code),
      ),
    ).toBe(true);
  });
  it('keeps __proto__ a plain key', () => {
    const { value } = parseYaml({ name: 'f', text: '__proto__: {polluted: true}\n' });
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('generated files', () => {
  it.each(['generate-validator.mjs', 'generate-types.mjs'])('%s would write what is there', (script) => {
    const file = fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url));
    expect(execFileSync(process.execPath, [file, '--check'], { encoding: 'utf8' })).toBe('');
  });
  it('the validator loads nothing', async () => {
    const text = await readFile(fileURLToPath(new URL('../../src/config/schema-validate.js', import.meta.url)), 'utf8');
    expect(text).not.toMatch(/\brequire\(|^import /m);
  });
});
