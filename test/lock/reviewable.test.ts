/** JSON for a review: what could be mistaken is escaped, the rest stays readable, nothing is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reviewable } from '../../src/lock/reviewable.js';

const shown = (text: string): string => reviewable(text).trim().slice(1, -1);

describe('reviewable', () => {
  it.each([
    'Grüße aus Köln',
    'Прочитать файл, а с ним и список',
    'ファイルを読む Node版',
    'Διάβασε το αρχείο',
    'naïve café 🎉',
    'x – “y” …',
  ])('leaves %s', (text) => expect(shown(text)).toBe(text));
  it.each([
    ['pаypal', 'p\\u0430ypal'],
    ['сору that', '\\u0441\\u043e\\u0440\\u0443 that'],
    ['ｄｅｌete', '\\uff44\\uff45\\uff4cete'],
    ['a\u00a0b', 'a\\u00a0b'],
    ['a\u202eb\u200d\ufeff', 'a\\u202eb\\u200d\\ufeff'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['ok\ufe0f', 'ok\\ufe0f'],
    ['a\nсору', 'a\\n\\u0441\\u043e\\u0440\\u0443'],
    ['\u007f\u0085\u0007', '\\u007f\\u0085\\u0007'],
  ])('escapes in %j', (text, expected) => expect(shown(text)).toBe(expected));
  it('escapes everything but ASCII in keys', () => {
    expect(reviewable({ имя: 'имя', 'a:"b': 1 })).toBe('{\n  "\\u0438\\u043c\\u044f": "имя",\n  "a:\\"b": 1\n}\n');
  });
  it('loses nothing, and is what it would write again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = reviewable(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(reviewable(JSON.parse(text))).toBe(text);
      }),
    );
  });
});
