/** Steps of a saved plan beside those of its apply: copies come and go between the two. */
import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '../../src/plan/plan.js';
import { movedSteps } from '../../src/workflow/moved.js';
import type { SavedPlan } from '../../src/workflow/saved-plan.js';

const planOf = (steps: Step[]): Plan => ({ steps }) as Partial<Plan> as Plan;
const savedOf = (steps: Step[]): SavedPlan =>
  ({ plan: planOf(steps), creates: {}, salt: '' }) as Partial<SavedPlan> as SavedPlan;

const TEMPLATE: Step = { do: 'update-container', address: 'server.many', id: 't', set: { memory: 2 } };
const copies = (set: { memory?: number; pids?: number }): Step => {
  return { do: 'update-copies', address: 'server.many', generation: 1, set };
};
const remove = (id: string): Step => ({ do: 'remove-container', address: 'server.many', id });

const removeCopy = (id: string): Step => ({ ...remove(id), copy: true }) as Step;

describe('a saved plan', () => {
  it('is not moved by copies that ended', () => {
    const saved = savedOf([copies({ memory: 2, pids: 1 }), TEMPLATE, removeCopy('r1'), remove('old')]);
    expect(movedSteps(saved, planOf([TEMPLATE, copies({ memory: 2 }), remove('old')]))).toEqual([]);
    expect(movedSteps(saved, planOf([TEMPLATE, remove('old')]))).toEqual([]);
  });

  it.each<[string, Step, string]>([
    ['one that is to go', removeCopy('s9'), 'server.many: removing s9'],
    ['a limit of theirs', copies({ memory: 2, pids: 1 }), 'server.many: updating memory, pids of its copies in place'],
    ['another value', copies({ memory: 3 }), 'server.many: updating memory of its copies in place'],
  ])('is by what it did not show of copies: %s', (_what, step, after) => {
    const saved = savedOf([TEMPLATE, copies({ memory: 2 }), removeCopy('r1')]);
    expect(movedSteps(saved, planOf([TEMPLATE, step]))).toEqual([
      { what: 'copies of server.many', before: 'as they are', after },
    ]);
  });

  it('that removes everything is not moved by those that began', () => {
    const now = { ...planOf([remove('old'), removeCopy('s9')]), mode: 'destroy' } as const;
    expect(movedSteps(savedOf([remove('old'), removeCopy('s1')]), now)).toEqual([]);
  });

  it('is by any other container', () => {
    const moved = movedSteps(savedOf([TEMPLATE, remove('old')]), planOf([TEMPLATE, remove('other')]));
    expect(moved.map(({ what }) => what)).toEqual(['step 2 of the plan']);
    const template = movedSteps(savedOf([TEMPLATE]), planOf([{ ...TEMPLATE, set: { memory: 3 } }]));
    expect(template.map(({ what }) => what)).toEqual(['step 1 of the plan']);
  });
});
