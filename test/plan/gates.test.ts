/** `prevent_destroy`: which plans it forbids, and how they say so. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.js';
import { planProject } from '../../src/plan/plan-project.js';
import { planJson } from '../../src/plan/views/json.js';
import type { World } from './support/apply-steps.js';
import { applySteps } from './support/apply-steps.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const KEPT: Declaration = {
  servers: { docs: { preventDestroy: true, mounts: [{ volume: 'notes', target: '/n' }] }, mail: {} },
  volumes: ['notes'],
  protectedVolumes: ['notes'],
};

function planOf(declared: Declaration, { actual }: World, options = {}): Plan {
  const { plan, diagnostics } = planProject(declare(declared).desired, actual, { version: '0.1.0', ...options });
  expect(diagnostics).toEqual([]);
  return plan;
}

function apply(declared: Declaration, world: World): World {
  return applySteps(planOf(declared, world), declare(declared), world);
}

const world = apply(KEPT, { actual: nothingThere(), policy: null });
const told = ({ refusals }: Plan): string[] =>
  refusals.map(({ code, address, range }) => [code, address, range?.file].filter(Boolean).join(' '));

describe('prevent_destroy', () => {
  it('has nothing against what removes nothing', () => {
    expect(told(planOf(KEPT, { actual: nothingThere(), policy: null }))).toEqual([]);
    expect(told(planOf(KEPT, world))).toEqual([]);
    const edited = { ...KEPT, servers: { ...KEPT.servers, docs: { ...KEPT.servers?.docs, env: { A: '1' } } } };
    const plan = planOf(edited, world);
    expect([plan.steps.length > 0, told(plan)]).toEqual([true, []]);
  });
  it('forbids destroy of a server, and of a volume where data would go', () => {
    expect(told(planOf(KEPT, world, { destroy: true }))).toEqual([
      'prevent_destroy server.docs servers.docs.prevent_destroy (key)',
    ]);
    const whole = planOf(KEPT, world, { destroy: true, volumes: true });
    expect(told(whole)).toEqual([
      'prevent_destroy server.docs servers.docs.prevent_destroy (key)',
      'prevent_destroy volume.notes volumes.notes.prevent_destroy (key)',
    ]);
    expect(planJson(whole)).toMatchObject({ diagnostics: [{ code: 'prevent_destroy' }, { code: 'prevent_destroy' }] });
  });
  it('is not got around by removing the declaration, nor by removing the key without an apply', () => {
    const removed = { ...KEPT, servers: { mail: {} } };
    expect(told(planOf(removed, world))).toEqual(['prevent_destroy server.docs']);
    const released = { ...KEPT, servers: { ...KEPT.servers, docs: { ...KEPT.servers?.docs, preventDestroy: false } } };
    const plan = planOf(released, world);
    expect(plan.steps.map((step) => step.do)).toEqual(['policy']);
    expect(told(planOf(removed, apply(released, world)))).toEqual([]);
  });
  it('lets a server move', () => {
    const moved: Declaration = {
      ...KEPT,
      servers: { papers: KEPT.servers!.docs!, mail: {} },
      volumes: ['papers'],
      protectedVolumes: ['papers'],
      moved: [
        { from: 'server.docs', to: 'server.papers' },
        { from: 'volume.notes', to: 'volume.papers' },
      ],
    };
    moved.servers!.papers = { preventDestroy: true, mounts: [{ volume: 'papers', target: '/n' }] };
    expect(told(planOf(moved, world))).toEqual([]);
    expect(told(planOf(moved, world, { destroy: true, volumes: true }))).toEqual([
      'prevent_destroy server.papers servers.papers.prevent_destroy (key)',
      'prevent_destroy volume.papers volumes.papers.prevent_destroy (key)',
    ]);
  });
  it('says nothing of what is not there', () => {
    expect(told(planOf(KEPT, { actual: nothingThere(), policy: null }, { destroy: true, volumes: true }))).toEqual([]);
  });
});

describe('restart', () => {
  const declared = (restart?: 'on-failure' | 'never'): Declaration => ({
    servers: { docs: restart ? { restart } : {} },
  });
  function ended(restart: 'on-failure' | 'never' | undefined, exitCode: number): Plan {
    const { actual, policy } = structuredClone(apply(declared(restart), { actual: nothingThere(), policy: null }));
    const docs = actual.containers.find((each) => each.address === 'server.docs');
    docs!.inspect.State = { Status: 'exited', Running: false, Paused: false, ExitCode: exitCode };
    Object.assign(actual.ack!.generations['docs@1']!, { state: 'failed', code: 'server_exited', reason: 'it ended' });
    return planOf(declared(restart), { actual, policy });
  }

  it('is a label that only a new container can change', () => {
    const one = apply(declared(), { actual: nothingThere(), policy: null });
    const change = planOf(declared('never'), one).changes.find((each) => each.address === 'server.docs');
    expect(change).toMatchObject({
      action: 'replace',
      cause: 'config',
      fields: [{ field: 'restarts', before: 'always', after: 'never', cause: 'config' }],
    });
  });
  it.each([
    [undefined, 0, 'start'],
    ['on-failure', 1, 'start'],
    ['on-failure', 0, 'replace'],
    ['never', 0, 'replace'],
    ['never', 137, 'replace'],
  ] as const)('%s, exit code %d: %s', (restart, exitCode, action) => {
    const plan = ended(restart, exitCode);
    const change = plan.changes.find((each) => each.address === 'server.docs');
    expect(change?.action).toBe(action);
    if (action === 'replace') expect(change?.reason).toContain(`exit code ${exitCode}`);
  });
});
