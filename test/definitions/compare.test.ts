import { describe, expect, it } from 'vitest';
import { compareDefinitions } from '../../src/definitions/compare.js';
import { digestOf } from '../../src/definitions/hash.js';
import type { Definition } from '../../src/model/definitions.js';
import type { Digest } from '../../src/model/lock.js';

const read: Definition = { name: 'read', description: 'Reads.' };
const write: Definition = { name: 'write', description: 'Writes.' };
const locked = lock(read, write);

function lock(...tools: Definition[]): { tools: Record<string, Digest> } {
  return { tools: Object.fromEntries(tools.map((tool) => [tool.name, digestOf(tool)])) };
}

describe('compareDefinitions', () => {
  it.each<[string, Definition[], ReturnType<typeof compareDefinitions>]>([
    ['the same', [read, write], { changed: [], missing: [], extra: [] }],
    ['another order', [write, read], { changed: [], missing: [], extra: [] }],
    ['one changed', [{ ...read, description: 'Reads!' }, write], { changed: ['read'], missing: [], extra: [] }],
    ['a field added', [{ ...read, _meta: {} }, write], { changed: ['read'], missing: [], extra: [] }],
    ['one missing', [read], { changed: [], missing: ['write'], extra: [] }],
    ['one more', [read, write, { name: 'send' }], { changed: [], missing: [], extra: ['send'] }],
    ['shown twice alike', [read, read, write], { changed: ['read'], missing: [], extra: [] }],
    ['shown twice, then changed', [read, { name: 'read' }, write], { changed: ['read'], missing: [], extra: [] }],
    ['shown twice, first changed', [{ name: 'read' }, read, write], { changed: ['read'], missing: [], extra: [] }],
    ['another case', [{ ...read, name: 'Read' }, write], { changed: [], missing: ['read'], extra: ['Read'] }],
    ['nothing', [], { changed: [], missing: ['read', 'write'], extra: [] }],
    [
      'names that objects know',
      [read, write, { name: 'toString' }, { name: '__proto__' }],
      { changed: [], missing: [], extra: ['__proto__', 'toString'] },
    ],
  ])('%s', (_, seen, expected) => {
    expect(compareDefinitions(locked, seen)).toEqual(expected);
  });

  it('nothing locked: everything is extra', () => {
    expect(compareDefinitions({ tools: {} }, [read]).extra).toEqual(['read']);
  });
});
