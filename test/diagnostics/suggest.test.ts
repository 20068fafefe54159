/** "Did you mean". */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../src/diagnostics/suggest.js';

const names = ['image', 'build', 'npm', 'mounts', 'resources', 'read_text_file', 'healthcheck'];

describe('didYouMean', () => {
  it.each([
    ['imge', 'image'],
    ['imgae', 'image'],
    ['Image', 'image'],
    ['mount', 'mounts'],
    ['resource', 'resources'],
    ['read-text-file', 'read_text_file'],
    ['readTextFile', 'read_text_file'],
    ['health_check', 'healthcheck'],
  ])('%s → %s', (written, meant) => expect(didYouMean(written, names)).toBe(meant));
  it.each(['x', 'credentials', 'zzzzz', ''])('says nothing about %s', (written) =>
    expect(didYouMean(written, names)).toBeNull(),
  );
  it('prefers the nearest', () => expect(didYouMean('fils', ['fields', 'files', 'fill'])).toBe('files'));
  it('finds whatever one slip away, and never what was written', () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), (name, at) => {
        const slip = name.slice(0, at % name.length) + name.slice((at % name.length) + 1);
        expect(didYouMean(slip, [name])).toBe(slip === name ? null : name);
        expect(didYouMean(name, [name])).toBeNull();
      }),
    );
  });
});
