import { describe, expect, it } from 'vitest';
import { dockerignore } from '../../src/sources/dockerignore.js';

const paths = [
  'Dockerfile',
  'README.md',
  'docs/README.md',
  'docs/a/b.md',
  'node_modules/x/index.js',
  'sub/node_modules/x.js',
  'src/a.ts',
  'src/a.test.ts',
  'src/deep/b.test.ts',
  'a+b.txt',
  '[x].txt',
];

const left = (text: string): string[] => paths.filter((path) => !dockerignore(text).includes(path));

describe('.dockerignore', () => {
  it.each<[string, string, string[]]>([
    ['nothing', '', []],
    ['comments and blank lines', '# src\n\n   \n', []],
    [
      'a byte order mark and CRLF',
      '\ufeffREADME.md\r\nsrc\r\n',
      ['README.md', 'src/a.ts', 'src/a.test.ts', 'src/deep/b.test.ts'],
    ],
    ['a folder takes what is below it', 'docs', ['docs/README.md', 'docs/a/b.md']],
    ['slashes at either end make no difference', '/docs/', ['docs/README.md', 'docs/a/b.md']],
    ['dots are cleaned away', './docs/../docs/a', ['docs/a/b.md']],
    ['patterns hold from the root', 'node_modules', ['node_modules/x/index.js']],
    ['** finds them anywhere', '**/node_modules', ['node_modules/x/index.js', 'sub/node_modules/x.js']],
    ['* stays inside a folder', '*.md', ['README.md']],
    ['* inside a folder', 'src/*.test.ts', ['src/a.test.ts']],
    ['** spans none or more', 'src/**/*.test.ts', ['src/a.test.ts', 'src/deep/b.test.ts']],
    ['** at the end is everything below', 'src/**', ['src/a.ts', 'src/a.test.ts', 'src/deep/b.test.ts']],
    ['? is one character', 'src/?.ts', ['src/a.ts']],
    ['a set of characters', 'src/[a-c].ts', ['src/a.ts']],
    ['its opposite', '[^D]*.md', ['README.md']],
    ['an escaped bracket', '\\[x].txt', ['[x].txt']],
    ['what means something to regular expressions only', 'a+b.txt', ['a+b.txt']],
    ['a dot is a dot', 'READMEXmd', []],
    ['taken back', 'docs\n!docs/a', ['docs/README.md']],
    [
      'everything but one',
      '*\n!src',
      [
        'Dockerfile',
        'README.md',
        'docs/README.md',
        'docs/a/b.md',
        'node_modules/x/index.js',
        'sub/node_modules/x.js',
        'a+b.txt',
        '[x].txt',
      ],
    ],
    ['the last match decides', '!README.md\nREADME.md', ['README.md']],
    ['the root itself is ignored', '.\n/\n!', []],
  ])('%s', (_, text, expected) => {
    expect(left(text)).toEqual(expected);
  });

  it('does not look into a folder that is out, unless something is taken back', () => {
    expect(dockerignore('node_modules').prunes('node_modules')).toBe(true);
    expect(dockerignore('node_modules').prunes('src')).toBe(false);
    expect(dockerignore('node_modules\n!node_modules/x').prunes('node_modules')).toBe(false);
  });

  it('patterns before the file can be taken back by it', () => {
    expect(dockerignore('', ['.git']).includes('.git/HEAD')).toBe(false);
    expect(dockerignore('!.git', ['.git']).includes('.git/HEAD')).toBe(true);
  });
});
