import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waves } from '../../src/apply/waves.js';
import type { Step } from '../../src/plan/plan.js';

const remove = (id: string): Step => ({ do: 'remove-container', address: `server.${id}`, id });
const gate = (server: string): Step => ({ do: 'gate', address: `server.${server}`, server, generation: 1 });
const policy = (stage: 'restrict' | 'candidates' | 'final'): Step => ({ do: 'policy', stage });
const start = (id: string): Step => ({ do: 'start-container', address: `server.${id}`, target: { id } });

const ids = (groups: Step[][]): number[] => groups.map((group) => group.length);

describe('waves', () => {
  it('neighbours of one sort run together, up to the bound', () => {
    expect(ids(waves([remove('a'), remove('b'), remove('c')], 2))).toEqual([2, 1]);
  });

  it('proxy and bridge start together, policies run alone, in their order', () => {
    expect(ids(waves([start('a'), start('b'), policy('restrict'), policy('final')], 8))).toEqual([2, 1, 1]);
  });

  it('gates only wait, so all of them run together whatever the bound', () => {
    expect(ids(waves([gate('a'), gate('b'), gate('c')], 1))).toEqual([3]);
  });

  it('the bridge stops after the proxy, which answers what it has by it', () => {
    const stop = (address: 'bridge' | 'proxy'): Step => ({ do: 'stop-container', address, id: address, timeout: 1 });
    expect(ids(waves([stop('proxy'), stop('bridge')], 8))).toEqual([1, 1]);
  });

  it('never changes the order, loses or repeats a step', () => {
    const step = fc.oneof(
      fc.string().map(remove),
      fc.string().map(gate),
      fc.string().map(start),
      fc.constantFrom('restrict' as const, 'final' as const).map(policy),
    );
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 8 }), (steps, bound) => {
        const groups = waves(steps, bound);
        expect(groups.flat()).toEqual(steps);
        expect(groups.every((group) => group.every((each) => each.do === group[0]?.do))).toBe(true);
      }),
    );
  });
});
