/** The first free /28 of a pool. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeSubnet, isInside, overlaps } from '../../src/plan/subnet.js';

describe('the next subnet', () => {
  it.each<[string, string[], string | null]>([
    ['10.89.0.0/16', [], '10.89.0.0/28'],
    ['10.89.0.0/16', ['172.17.0.0/16', 'fd00::/64', 'nonsense'], '10.89.0.0/28'],
    ['10.89.0.0/16', ['10.89.0.0/28'], '10.89.0.16/28'],
    ['10.89.0.0/16', ['10.89.0.20/30'], '10.89.0.0/28'],
    ['10.89.0.0/16', ['10.89.0.4/30', '10.89.0.16/28'], '10.89.0.32/28'],
    ['10.89.0.0/16', ['10.89.0.0/24'], '10.89.1.0/28'],
    ['10.89.0.0/16', ['10.0.0.0/8'], null],
    ['10.89.0.0/27', ['10.89.0.0/28', '10.89.0.16/28'], null],
    ['10.89.0.0/29', [], null],
    ['10.89.0.9/27', [], '10.89.0.0/28'],
    ['255.255.255.224/27', ['255.255.255.224/28'], '255.255.255.240/28'],
    ['fd00::/64', [], null],
    ['10.89.0.300/24', [], null],
  ])('of %s beside %s is %s', (pool, taken, expected) => {
    expect(freeSubnet(pool, taken)).toBe(expected);
  });

  it('overlaps nothing, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 20, max: 32 }))), (blocks) => {
        const taken = blocks.map(([a, b, bits]) => `10.89.${a}.${b}/${bits}`);
        for (let round = 0; round < 20; round++) {
          const subnet = freeSubnet('10.89.0.0/16', taken);
          if (subnet === null) return;
          expect(isInside(subnet, '10.89.0.0/16')).toBe(true);
          expect(taken.some((each) => isInside(subnet, each) || isInside(each, subnet))).toBe(false);
          expect(taken.some((each) => overlaps(subnet, each) || overlaps(each, subnet))).toBe(false);
          taken.push(subnet);
        }
      }),
    );
  });

  it.each<[string, string, boolean]>([
    ['10.89.0.0/28', '10.89.0.15/32', true],
    ['10.89.0.0/28', '10.89.0.16/28', false],
    ['10.89.0.0/28', '10.0.0.0/8', true],
    ['10.89.0.0/28', 'fd00::/64', false],
  ])('%s and %s overlap: %s', (one, other, expected) => {
    expect(overlaps(one, other)).toBe(expected);
    expect(overlaps(other, one)).toBe(expected);
  });
});
