/** `fmt`: what a file looks like afterwards, and that nothing but looks has changed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { formatYaml } from '../../src/config/format.js';
import { toolboxTemplate } from '../../src/config/template.js';
import { parseYaml } from '../../src/config/yaml-file.js';
import { ID } from './support.js';

const file = (text: string) => ({ name: 'toolbox.yaml', text });
const format = (text: string): string | null => formatYaml(file(text));

describe('formatYaml', () => {
  it('writes everything the one way there is', () => {
    const text = `# top

version:   1   # one
toolbox:  'eng'\r
\r


servers:
    files:
        args: [ /data ,'it''s',  "b" ]
        env: &common
           A: 1.10
           # before B
           B: 010
           C: 1e3
    other:   # of other
      env: *common
      mounts:
      - {source: ./x,  target: /x}

      # second
      -   source: ./y
          target: /y
      text: |
         block
           text
# end`;
    expect(format(text)).toBe(`# top

version: 1 # one
toolbox: "eng"

servers:
  files:
    args: [/data, "it's", "b"]
    env: &common
      A: 1.10
      # before B
      B: 010
      C: 1e3
  other:
    # of other
    env: *common
    mounts:
      - {source: ./x, target: /x}

      # second
      - source: ./y
        target: /y
    text: |
      block
        text

# end
`);
  });
  it('leaves what init writes as it is', () => {
    const text = toolboxTemplate({ name: 'acme', id: ID, toolbox: 'acme' });
    expect(format(text)).toBe(text);
  });
  it.each(['', '# only a comment\n', 'a: 1', '---\na: 1\n', '"a"\n'])('%j', (text) => {
    const formatted = format(text);
    expect(formatted).not.toBeNull();
    expect(format(formatted ?? '')).toBe(formatted);
  });
});

/** Scalars that read otherwise when they lose their quotes or change their spelling. */
const scalar = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'yes',
    'null',
    '~',
    '1',
    '1e3',
    '#x',
    'a: b',
    "it's",
    '"',
    '\\',
    '- a',
    '*a',
    '&a',
    '${x}',
    '%',
  ),
  fc.constantFrom('a\nb', 'a\n', '\n\na', 'é', '\u2028', 'x'.repeat(150), `${'word '.repeat(40)}end`),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), tie('any'), { maxKeys: 3 }),
  ),
})).any;

/** The same value, written by somebody in a hurry: every style, comments wherever YAML takes them, anchors. */
function scrawl(of: unknown, seed: number): string {
  let state = seed;
  const roll = (sides: number): number => (state = (state * 48271 + 11) % 2147483647) % sides;
  const document = new Document(of, { aliasDuplicateObjects: false });
  let marks = 0;
  const mark = (): string => ` c${(marks += 1)}`;
  visit(document, (_key, node) => {
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return;
    if (!isScalar(node) && roll(4) === 0) node.flow = true;
    if (isScalar(node) && typeof node.value === 'string')
      node.type =
        (['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const)[roll(5)] ?? 'PLAIN';
    if (roll(4) === 0) node.commentBefore = mark();
    if (isScalar(node) && roll(4) === 0) node.comment = mark();
    if (roll(6) === 0) node.spaceBefore = true;
    if (roll(8) === 0) node.anchor = `a${(marks += 1)}`;
  });
  return document.toString({
    indent: 2 + roll(3),
    indentSeq: roll(2) === 0,
    lineWidth: [0, 40, 80][roll(3)] ?? 0,
    flowCollectionPadding: roll(2) === 0,
  });
}

describe('formatting', () => {
  it('keeps values, comments and anchors, and has nothing to do the second time', () => {
    let formattedOnes = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c d', '1'), value, { maxKeys: 4 }), fc.nat(), (of, seed) => {
        const text = scrawl(of, seed);
        const before = parseYaml(file(text));
        if (before.diagnostics.length > 0) return;
        const formatted = format(text);
        if (formatted === null) return; // refused rather than harmed: counted below
        formattedOnes += 1;
        expect(parseYaml(file(formatted)).value).toEqual(before.value);
        expect(format(formatted)).toBe(formatted);
        const marks = (of: string): string[] => (of.match(/# c\d+|&a\d+/g) ?? []).sort();
        expect(marks(formatted)).toEqual(marks(text));
        expect(formatted).not.toMatch(/\r|[^\n]$/);
      }),
      { numRuns: 400 },
    );
    expect(formattedOnes).toBeGreaterThan(250);
  });
});
