/** The fast way through plain YAML and the library read the same, or the fast way declines. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainYaml } from '../../src/config/plain-yaml.js';
import { parseByLibrary, parseYaml } from '../../src/config/yaml-file.js';

/** What both say: the values agree and the library objects to nothing; or the fast way declined. */
function agree(text: string): boolean {
  const plain = plainYaml(text);
  if (plain === null) return false;
  const { value, diagnostics } = parseByLibrary({ name: 'x', text });
  expect(diagnostics, text).toEqual([]);
  expect(JSON.stringify(plain.value), text).toBe(JSON.stringify(value));
  expect(plain.value, text).toEqual(value);
  return true;
}

const READ = [
  'a: 1\n',
  'a: 1',
  "# head\n\na:\n  b: text # why\n  c:\n\nd: [1, two, \"th\\u00e9\", 'it''s']\n# end",
  'list:\n- a: 1\n  b: {c: [], d: {}}\n- {e: f}\nnext: ~\n',
  'list:\n  - plain text, with [brackets] and {braces}\n  - "x: y"\n  - a:b\n  - -x\n',
  '"quoted key": v\n1: number\ntrue: word\nconstructor: {toString: 1}\n',
  'date: 2027-06-30\nversion: 1.2.3\nimage: ghcr.io/acme/x:1.4@sha256:00\nrate: 60/min\nsize: 256Mi\ncpus: 0.5\n',
  'grants:\n  - server: files\n    tools: ["list_*", get_issue]\n    arguments: {a: {properties: {p: {within: /data}}}}\n',
  'a: {b: c#d, e: http://x/y}\n',
  '- 1\n- two\n',
];

const DECLINED = [
  '',
  'text',
  'a: &x 1\nb: *x\n',
  'a: !t 1\n',
  'a: |\n  x\n',
  'a: >-\n  x\n',
  'a: two\n  lines\n',
  'a: "two\n  lines"\n',
  'a: [1,\n  2]\n',
  'a: 1\na: 2\n',
  'a: {b: 1, b: 2}\n',
  'a:\t1\n',
  '\ta: 1\n',
  'a: 1\r\n',
  'a: b: c\n',
  'a: 0x10\n',
  'a: 1.10\n',
  'a: 007\n',
  'a: True\n',
  'a: .inf\n',
  'a: 1e3\n',
  '<<: {a: 1}\n',
  '__proto__: 1\n',
  'a: {"__proto__": 1}\n',
  '? a\n: b\n',
  '---\na: 1\n',
  'a: 1\n---\nb: 2\n',
  'a: 1\n  b: 2\n',
  '  a: 1\n b: 2\n',
  'a: [b: 1]\n',
  'a: {b}\n',
  'a: [1,]\n',
  'a: "\\x41"\n',
  'a: @x\n',
  'a: %x\n',
  'a: [x] y\n',
  'a: "x" y\n',
  'a: "x"#y\n',
];

describe('plain YAML', () => {
  test.each(READ)('is read: %j', (text) => {
    expect(agree(text)).toBe(true);
  });

  test.each(DECLINED)('is left to the library: %j', (text) => {
    expect(plainYaml(text)).toBeNull();
  });

  test('every example is plain', () => {
    const examples = readdirSync('examples', { recursive: true, encoding: 'utf8' }).filter((each) =>
      /toolbox(?:\.lock)?\.yaml$/.test(each),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const each of examples)
      expect([each, agree(readFileSync(join('examples', each), 'utf8'))]).toEqual([each, true]);
  });

  test('says where things stand as the library does', () => {
    const text = 'a: 1\nservers:\n  files: {npm: x}\n';
    expect(parseYaml({ name: 'x', text }).locate(['servers', 'files', 'npm'])).toEqual(
      parseByLibrary({ name: 'x', text }).locate(['servers', 'files', 'npm']),
    );
  });
});

/** Texts near the border: pieces of YAML thrown together, most of them odd. */
const PIECES = [
  ...[
    'a',
    'b',
    'key',
    '- ',
    '-',
    ': ',
    ':',
    ' ',
    '  ',
    '    ',
    '\n',
    '\n\n',
    '\n  ',
    '\n    ',
    '# c',
    ' # c',
    '[',
    ']',
  ],
  ...[
    '{',
    '}',
    ', ',
    ',',
    '"',
    "'",
    '"q"',
    "'s'",
    '\\',
    '1',
    '-1',
    '1.5',
    '.5',
    '1e3',
    '0x1',
    '+1',
    'null',
    '~',
    'true',
  ],
  ...[
    'True',
    '&x ',
    '*x',
    '!t ',
    '|',
    '>',
    '?',
    '? ',
    '%',
    '@',
    '`',
    '<<',
    '=',
    '/',
    '..',
    '---',
    '...',
    '\t',
    '\r',
    'é',
  ],
  ...[
    'a: 1',
    'k: v\n',
    '- x\n',
    'm:\n  n: o\n',
    'l:\n- p\n',
    'f: {g: h}\n',
    'i: [j, k]\n',
    '\u2028',
    '\ufeff',
    '$',
    '^',
    '<',
    '=',
  ],
];

describe('property', () => {
  test('random pieces of YAML', () => {
    const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        agree(text);
      }),
      { numRuns: Number(process.env.TOOLCRIB_LAW_RUNS ?? 4000) },
    );
  });

  test('a plain document with one thing put in, taken out or doubled', () => {
    const sources = READ.filter((each) => each.length > 20);
    const edits = fc.record({
      text: fc.constantFrom(...sources),
      where: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(3),
      piece: fc.constantFrom(...PIECES, ''),
    });
    fc.assert(
      fc.property(edits, ({ text, where, length, piece }) => {
        const from = Math.floor(where * text.length);
        agree(text.slice(0, from) + piece + text.slice(from + length));
      }),
      { numRuns: Number(process.env.TOOLCRIB_LAW_RUNS ?? 4000) },
    );
  });

  test('any JSON, written as block YAML with JSON inside', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.json({ maxDepth: 2 }), { minKeys: 1 }),
        (value) => {
          agree(
            `${Object.entries(value)
              .map(([key, json]) => `${key}: ${json.replaceAll(',', ', ').replaceAll('":', '": ')}`)
              .join('\n')}\n`,
          );
        },
      ),
    );
  });
});
