/** The order of steps where two rules of it meet. */
import { describe, expect, it } from 'vitest';
import { planProject } from '../../src/plan/plan-project.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import type { World } from './support/apply-steps.js';
import { accessNow, applySteps } from './support/apply-steps.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const planOf = (declaration: Declaration, { actual }: World): Plan =>
  planProject(declare(declaration).desired, actual, { version: '0.1.0' }).plan;
const apply = (declaration: Declaration, world: World, until?: number): World =>
  applySteps(planOf(declaration, world), declare(declaration), world, until);
const words = (steps: readonly Step[]): string[] =>
  steps.map((step) => `${step.do} ${step.do === 'policy' ? step.stage : step.address}`);

const granted = (...tools: string[]): NonNullable<Declaration['agents']> => ({ bot: [{ server: 'docs', tools }] });
const FIRST: Declaration = { servers: { docs: { http: 8080 } }, agents: granted('list', 'read_file') };

describe('access that goes, while the networks of routed servers are made anew', () => {
  const applied = apply(FIRST, { actual: nothingThere(), policy: null });
  const pool = '10.90.0.0/16';

  it.each([{}, { system: '2' }])('goes before anything is built or rehearsed %j', (more) => {
    const next = { ...FIRST, ...more, pool, agents: granted('list') };
    const { steps } = planOf(next, applied);
    expect(words(steps)[0]).toBe('policy narrow');
    const world = apply(next, applied, 1);
    expect(accessNow(world).map(({ tool }) => tool)).toEqual(['list']);
    // Whoever waits for a build or a rehearsal is served meanwhile.
    expect(world.policy?.servers.docs).not.toHaveProperty('held');
    const until = words(steps).indexOf('policy restrict');
    expect(until).toBeGreaterThan(words(steps).indexOf('rehearse proxy'));
    expect(steps.slice(0, until).filter((step) => step.do === 'stop-container')).toEqual([]);
    expect(apply(next, applied, until + 1).policy?.servers.docs).toHaveProperty('held', true);
    expect(planOf(next, apply(next, applied)).steps).toEqual([]);
  });

  it('takes one policy where nothing comes before the servers stop', () => {
    const world = structuredClone(applied);
    for (const each of world.actual.networks) each.Internal = !each.Internal;
    const { steps } = planOf({ ...FIRST, agents: granted('list') }, world);
    expect(steps.map(({ do: what }) => what)).not.toContain('rehearse');
    expect(words(steps).filter((each) => each.startsWith('policy'))).toEqual([
      'policy restrict',
      'policy candidates',
      'policy final',
    ]);
    expect(words(steps)[0]).toBe('policy restrict');
  });

  it('images are there before the servers stop', () => {
    const next = { ...FIRST, servers: { docs: { http: 8080, version: '2' } }, pool };
    const { steps } = planOf(next, applied);
    const at = words(steps);
    expect(at.indexOf('image image.docs')).toBeGreaterThanOrEqual(0);
    expect(at.indexOf('image image.docs')).toBeLessThan(at.indexOf('policy restrict'));
    expect(planOf(next, apply(next, applied)).steps).toEqual([]);
  });

  it('is none where only the networks change: servers are put aside after what is proved', () => {
    const { steps } = planOf({ ...FIRST, pool }, applied);
    const [first] = words(steps).filter((each) => each.startsWith('policy'));
    expect(first).toBe('policy restrict');
    expect(words(steps).indexOf('policy restrict')).toBeGreaterThan(words(steps).indexOf('rehearse proxy'));
  });
});

describe('access that goes, while a server that stops first is replaced', () => {
  const notes = { mounts: [{ volume: 'notes', target: '/notes' }] };
  const first: Declaration = { servers: { docs: notes }, volumes: ['notes'], agents: granted('list', 'read_file') };
  const applied = apply(first, { actual: nothingThere(), policy: null });
  const edited = (docs: object): Declaration => ({ ...first, servers: { docs }, agents: granted('list') });

  it('goes before its image is built, and the server is put aside right before it stops', () => {
    const next = edited({ ...notes, version: '2' });
    const { steps } = planOf(next, applied);
    const at = words(steps);
    expect(at[0]).toBe('policy narrow');
    const stop = at.indexOf('stop-container server.docs');
    expect(at[stop - 1]).toBe('policy restrict');
    expect(at.indexOf('image image.docs')).toBeLessThan(stop);
    // Who may still call it does so until then, and nobody else does at any moment.
    for (let until = 1; until <= steps.length; until += 1) {
      const world = apply(next, applied, until);
      expect(accessNow(world).map(({ tool }) => tool)).toEqual(['list']);
      const held = world.policy?.servers.docs?.held ?? false;
      expect([at[until - 1], held]).toEqual([at[until - 1], until >= stop && until <= at.indexOf('policy final')]);
    }
    expect(planOf(next, apply(next, applied)).steps).toEqual([]);
  });

  it('goes with one policy where nothing is waited for', () => {
    const at = words(planOf(edited({ ...notes, env: { LEVEL: 'debug' } }), applied).steps);
    expect(at.filter((each) => each.startsWith('policy'))).toEqual([
      'policy restrict',
      'policy candidates',
      'policy final',
    ]);
  });
});
