/** Argument rules: what may be written, what it means, and that no argument can stall it. */
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/definitions.js';
import { ruleProblems } from '../../src/policy/rule.js';
import { Validators } from '../../src/policy/validator.js';
import fc from 'fast-check';
import { isWithin } from '../../src/policy/within.js';

describe('within', () => {
  it.each([
    ['/data', true],
    ['/data/a/b.txt', true],
    ['/data/..a', true],
    ['/database', false],
    ['/', false],
    ['/data/', false],
    ['/data//a', false],
    ['/data/../etc', false],
    ['/data/./a', false],
    ['/data/a/..', false],
    ['/data\\..\\etc', false],
    ['/data/\0', false],
    ['data/a', false],
    ['', false],
    ['/DATA/a', false],
    [7, false],
    [null, false],
    [['/data'], false],
  ])('%j is within /data: %s', (value, expected) => {
    expect(isWithin('/data', value)).toBe(expected);
  });

  it('of the root is every plain path', () => {
    expect([isWithin('/', '/'), isWithin('/', '/etc'), isWithin('/', '/../etc')]).toEqual([true, true, false]);
  });

  it('takes exactly the paths that resolve to themselves', () => {
    const paths = fc.string({ unit: fc.constantFrom('/', '/', '.', 'a', 'b', ' ', '\\', '\0', '\n'), maxLength: 12 });
    fc.assert(
      fc.property(paths, (path) => {
        const itself = path.startsWith('/') && !/[\\\0]/.test(path) && posix.resolve(path) === path;
        expect(isWithin('/', path)).toBe(itself);
        expect(isWithin('/a', path)).toBe(itself && (path === '/a' || path.startsWith('/a/')));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a rule that may not be', () => {
  const deep = (n: number): JsonObject => (n === 0 ? {} : { not: deep(n - 1) });
  const cases: [string, unknown, string, RegExp][] = [
    ['no object', [], '', /must be an object/],
    ['an unknown keyword', { propertys: {} }, 'propertys', /unknown keyword/],
    ['a reference', { properties: { a: { $ref: 'http://x' } } }, 'properties.a.$ref', /unknown keyword/],
    ['$data', { properties: { a: { const: 1, $data: '/b' } } }, 'properties.a.$data', /unknown keyword/],
    ['a format', { properties: { a: { format: 'email' } } }, 'properties.a.format', /unknown keyword/],
    ['a prototype as a keyword', { constructor: {} }, 'constructor', /unknown keyword/],
    ['an unknown type', { type: 'text' }, 'type', /one or more of/],
    ['a back reference', { properties: { a: { pattern: '(a)\\1' } } }, 'properties.a.pattern', /RE2/],
    ['a look-ahead', { properties: { a: { pattern: '(?=a)' } } }, 'properties.a.pattern', /RE2/],
    ['a relative within', { properties: { a: { within: 'data' } } }, 'properties.a.within', /absolute path/],
    ['a within that climbs', { properties: { a: { within: '/data/..' } } }, 'properties.a.within', /absolute path/],
    ['a negative length', { minLength: -1 }, 'minLength', /whole number/],
    ['items as a list', { items: [{}] }, 'items', /must be a schema/],
    [
      'a name that is no name',
      JSON.parse('{"properties":{"__proto__":{}}}'),
      'properties.__proto__',
      /cannot be checked/,
    ],
    ['an empty anyOf', { anyOf: [] }, 'anyOf', /list of schemas/],
    ['an empty enum', { enum: [] }, 'enum', /list of values/],
    ['too deep', deep(17), Array(16).fill('not').join('.'), /16/],
    ['a value too deep', { const: JSON.parse('['.repeat(200) + ']'.repeat(200)) as JsonObject }, '', /nested/],
    ['too large', { enum: ['x'.repeat(70_000)] }, '', /larger/],
  ];
  it.each(cases)('%s', (_name, rule, path, words) => {
    const [first] = ruleProblems(rule);
    expect(first?.path.join('.')).toBe(path);
    expect(first?.message).toMatch(words);
  });
});

describe('a rule', () => {
  const cases: [string, JsonObject, JsonObject, string | null][] = [
    ['fits', { properties: { a: { type: 'integer', minimum: 1, maximum: 3 } } }, { a: 2 }, null],
    ['has a limit', { properties: { a: { maximum: 3 } } }, { a: 4 }, 'a must be <= 3'],
    ['demands what it names', { properties: { a: {} } }, {}, "arguments must have required property 'a'"],
    [
      'demands what it names, deep down',
      { properties: { a: { properties: { b: {} } } } },
      { a: {} },
      "a must have required property 'b'",
    ],
    ['does not so below not', { not: { properties: { a: { const: 1 } } } }, {}, 'arguments must NOT be valid'],
    [
      'names the allowed values',
      { properties: { a: { enum: ['x', 'y'] } } },
      { a: 'z' },
      'a must be equal to one of the allowed values: ["x","y"]',
    ],
    ['names the folder', { properties: { a: { within: '/data' } } }, { a: '/etc' }, 'a must be a path within /data'],
    [
      'looks into lists',
      { properties: { a: { items: { within: '/data' } } } },
      { a: ['/data', '/x'] },
      'a/1 must be a path within /data',
    ],
    [
      'takes RE2 patterns',
      { properties: { a: { pattern: '^[a-z]+$' } } },
      { a: 'A' },
      'a must match pattern "^[a-z]+$"',
    ],
    ['anchors only where told', { properties: { a: { pattern: 'b' } } }, { a: 'abc' }, null],
    [
      'tells equal items',
      { properties: { a: { uniqueItems: true } } },
      {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      },
      'a must not hold the same item twice',
    ],
    [
      'tells what is extra',
      { additionalProperties: false },
      { z: 1 },
      'arguments must NOT have additional properties: z',
    ],
    [
      'is not got around by text instead of a number',
      { properties: { a: { maximum: 3 } } },
      { a: '999' },
      'a must be number',
    ],
    [
      'is not got around by text instead of a list',
      { properties: { a: { items: { within: '/data' } } } },
      { a: '["/etc"]' },
      'a must be array',
    ],
    [
      'is not got around by text instead of an object',
      { properties: { a: { properties: { b: { within: '/data' } } } } },
      { a: '{"b":"/etc"}' },
      'a must be object',
    ],
    [
      'is not got around by a list instead of text',
      { properties: { a: { anyOf: [{ pattern: '^/data/' }, { maxLength: 1 }] } } },
      { a: ['/etc'] },
      'a must be string',
    ],
    [
      'is not got around below oneOf',
      { properties: { a: { oneOf: [{ pattern: '^/data/' }, { const: 7 }] } } },
      { a: ['/etc'] },
      'a must be string',
    ],
    [
      'leaves types to who names them',
      { properties: { a: { type: ['string', 'null'], minLength: 2 } } },
      { a: null },
      null,
    ],
    [
      'leaves them to who names them around it',
      { properties: { a: { type: ['string', 'null'], allOf: [{ minLength: 2 }] } } },
      { a: null },
      null,
    ],
    [
      'is not got around by a look-alike deep down',
      { properties: { a: { items: { properties: { path: { within: '/data' } } } } } },
      { a: [{ path: '/data/x', Path: '/etc' }] },
      'argument Path can be taken for path',
    ],
    [
      'is not got around by a look-alike of what is forbidden',
      { not: { properties: { mode: { const: 'w' } } } },
      { Mode: 'w' },
      'argument Mode can be taken for mode',
    ],
    [
      'is not got around by what an object is made of, deep down',
      { properties: { a: { items: { properties: { path: { within: '/data' } } } } } },
      { a: [JSON.parse('{"path":"/data/x","__proto__":{"path":"/etc"}}') as JsonObject] },
      'argument __proto__ can be taken for path',
    ],
    [
      'is not got around by a look-alike of what must be there',
      { required: ['mode'] },
      { mode: 'r', MODE: 'w' },
      'argument MODE can be taken for mode',
    ],
    [
      'does not mind what objects of which it says nothing are made of',
      { properties: { path: {} } },
      { path: 'x', env: JSON.parse('{"__proto__":1}') as JsonObject },
      null,
    ],
    [
      'does not mind the same name elsewhere in another case',
      { properties: { path: {} } },
      { path: 'x', env: { PATH: '/bin' } },
      null,
    ],
    [
      'is not fooled by inheritance',
      { properties: { toString: {} } },
      {},
      "arguments must have required property 'toString'",
    ],
  ];
  it.each(cases)('%s', (_name, rule, values, expected) => {
    expect(ruleProblems(rule)).toEqual([]);
    expect(new Validators().check(rule)(values)).toBe(expected);
  });

  it('is compiled once for equal text', () => {
    const validators = new Validators();
    expect(validators.check({ const: 1 })).toBe(validators.check({ const: 1 }));
    expect(validators.check({ const: 1 })).not.toBe(validators.check({ const: 2 }));
  });

  it('is not stalled by a pattern that others backtrack on', () => {
    const check = new Validators().check({ properties: { a: { pattern: '^(a+)+$' } } });
    expect(check({ a: `${'a'.repeat(20_000)}!` })).toMatch(/must match/);
  });

  it('does not try patterns on more than fits in all, call by call', () => {
    const rule = { properties: { a: { items: { pattern: '^[a-z]*$' } } } };
    const validators = new Validators();
    for (const check of [validators.check(rule), validators.forbids(rule)]) {
      const some = { a: ['a'.repeat(60_000), 'b'.repeat(60_000), 'c'.repeat(60_000)] };
      for (let i = 0; i < 3; i++) expect(() => check(some)).not.toThrow();
      expect(() => check({ a: [...some.a, ...some.a] })).toThrow(/longer than 262144/);
    }
  });

  it('does not try a pattern on what is too long, not even below not', () => {
    const check = new Validators().check({ properties: { a: { not: { pattern: 'x' } } } });
    expect(() => check({ a: 'a'.repeat(70_000) })).toThrow(/longer than/);
  });

  it('is not stalled by a list of many unlike items', () => {
    const check = new Validators().check({ properties: { a: { uniqueItems: true } } });
    expect(check({ a: Array.from({ length: 30_000 }, (_, i) => ({ i })) })).toBeNull();
  });
});
