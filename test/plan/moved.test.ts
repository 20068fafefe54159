/** Renamed servers, volumes and projects: nothing is lost, the plan says so, and the next one is empty. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.js';
import { planProject } from '../../src/plan/plan-project.js';
import { planJson } from '../../src/plan/views/json.js';
import { planText } from '../../src/plan/views/text.js';
import { unroutedOf } from '../../src/workflow/unrouted.js';
import type { World } from './support/apply-steps.js';
import { applySteps } from './support/apply-steps.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const plain = (text: string): string => text;
const palette = { added: plain, removed: plain, changed: plain, strong: plain, faint: plain };

const BEFORE: Declaration = {
  servers: {
    docs: { mounts: [{ volume: 'notes', target: '/notes' }] },
    mail: {},
  },
  agents: { bot: [{ server: 'docs', tools: ['*'] }] },
  volumes: ['notes'],
  tokens: [{ id: 'bbbbbbbbbb' }],
};

function planOf(declared: Declaration, { actual }: World): Plan {
  const { plan, diagnostics } = planProject(declare(declared).desired, actual, { version: '0.1.0' });
  expect(diagnostics).toEqual([]);
  return plan;
}

function apply(declared: Declaration, world: World, until?: number): World {
  const compiled = declare(declared);
  const { plan, desired } = planProject(compiled.desired, world.actual, { version: '0.1.0' });
  return applySteps(plan, { ...compiled, desired }, world, until);
}

const world = apply(BEFORE, { actual: nothingThere(), policy: null });
const text = (declared: Declaration, from: World = world): string =>
  planText(planOf(declared, from), palette).split('\n\n').slice(1).join('\n\n');
const mountsOf = ({ actual }: World): string[] =>
  actual.containers.flatMap(({ address, inspect }) =>
    address.startsWith('server.') ? (inspect.Mounts ?? []).map((mount) => `${address} ${mount.Name}`) : [],
  );
const changed = (plan: Plan): string[] =>
  plan.changes.filter(({ action }) => action !== 'no-op').map(({ address, action }) => `${action} ${address}`);

/** Whatever step the apply was killed at, the next one converges, and no data is left behind. */
function expectConverges(declared: Declaration, from: World, volume: string): void {
  const whole = planOf(declared, from);
  for (let until = 0; until <= whole.steps.length; until++) {
    const killed = apply(declared, from, until);
    const mended = apply(declared, killed);
    expect(planOf(declared, mended).steps).toEqual([]);
    expect(mountsOf(mended).map((each) => each.split(' ')[1])).toEqual([volume]);
    const addresses = mended.actual.containers.map((each) => each.address).sort();
    const servers = Object.keys(declared.servers ?? {}).map((name) => `server.${name}`);
    expect(addresses).toEqual(['bridge', 'control', 'proxy', ...servers].sort());
  }
}

describe('a server that moved', () => {
  const { docs, mail } = BEFORE.servers ?? {};
  const MOVED: Declaration = {
    ...BEFORE,
    servers: { papers: docs!, mail: mail! },
    agents: { bot: [{ server: 'papers', tools: ['*'] }] },
    moved: [{ from: 'server.docs', to: 'server.papers' }],
  };

  it('is one replacement, in the plan’s words', () => {
    const plan = planOf(MOVED, world);
    expect(changed(plan)).toEqual([
      'replace server.papers',
      'create image.papers',
      'delete image.server-docs:1',
      'update policy',
    ]);
    expect(text(MOVED)).toContain('Moved\n  > server.papers moved from server.docs\n');
    expect(text(MOVED)).toContain('server.papers        replace: stops first (config)\n      moved from server.docs\n');
    const json = planJson(plan) as unknown as { resource_changes: { address: string; previous_address?: string }[] };
    expect(json.resource_changes.find((each) => each.address === 'server.papers')?.previous_address).toBe(
      'server.docs',
    );
  });
  it('does not run beside its old self where both write to one volume', () => {
    const plan = planOf(MOVED, world);
    expect([...unroutedOf(plan)].sort()).toEqual(['docs', 'papers']);
    const order = plan.steps.map((step) => step.do);
    expect(order.indexOf('stop-container')).toBeLessThan(order.indexOf('gate'));
  });
  it('gives its access up under the old name and gains it under the new one', () => {
    const texts = planOf(MOVED, world).accessChanges.map((each) => each.text);
    expect(texts).toContain('bot loses docs:list');
    expect(texts).toContain('bot gains papers:list');
  });
  it('leaves nothing of the old name, wherever apply is killed', () => {
    expectConverges(MOVED, world, 'toolcrib.acme.volume.notes');
  });
  it('without `moved` is another server', () => {
    const { moved: _, ...unsaid } = MOVED;
    expect(changed(planOf(unsaid, world)).slice(0, 2)).toEqual(['delete server.docs', 'create server.papers']);
  });
  it('moved twice since: the entries are followed', () => {
    const twice: Declaration = {
      ...MOVED,
      moved: [
        { from: 'server.docs', to: 'server.files' },
        { from: 'server.files', to: 'server.papers' },
      ],
    };
    expect(changed(planOf(twice, world))[0]).toBe('replace server.papers');
    expectConverges(twice, world, 'toolcrib.acme.volume.notes');
  });
  it('is no matter to a project where it never was', () => {
    const fresh = apply(MOVED, { actual: nothingThere(), policy: null });
    expect(planOf(MOVED, fresh).steps).toEqual([]);
  });
});

describe('a volume that moved', () => {
  const MOVED: Declaration = {
    ...BEFORE,
    servers: { ...BEFORE.servers, docs: { mounts: [{ volume: 'papers', target: '/notes' }] } },
    volumes: ['papers'],
    moved: [{ from: 'volume.notes', to: 'volume.papers' }],
  };

  it('keeps its data without anything to do', () => {
    expect(planOf(MOVED, world).steps).toEqual([]);
    expect(text(MOVED)).toBe(
      'Moved\n  > volume.papers moved from volume.notes; its data stays in toolcrib.acme.volume.notes\n\nNo changes. The engine is as declared.',
    );
  });
  it('keeps it when its server is made anew, too', () => {
    const edited: Declaration = {
      ...MOVED,
      servers: { ...MOVED.servers, docs: { ...MOVED.servers?.docs, env: { A: '1' } } },
    };
    expect(planOf(edited, world).steps).not.toEqual([]);
    expectConverges(edited, world, 'toolcrib.acme.volume.notes');
  });
  it('is warned of where nobody says that it moved', () => {
    const { moved: _, ...unsaid } = MOVED;
    const { warnings } = planOf(unsaid, world);
    expect(warnings.map(({ code, detail, fix }) => [code, detail, fix])).toContainEqual([
      'data_left_behind',
      'server.docs gets a new, empty volume.papers at /notes, where it has toolcrib.acme.volume.notes now.',
      'If the volume was renamed, write `moved: [{from: volume.notes, to: volume.papers}]`, and it goes on with its data.',
    ]);
    // And where it is said too late, the newer one is not thrown away.
    const late = planOf(MOVED, apply(unsaid, world));
    expect(late.steps).toEqual([]);
    expect(late.warnings[0]?.detail).toBe(
      'toolcrib.acme.volume.notes does not become volume.papers: there is a volume toolcrib.acme.volume.papers already, and two cannot be one.',
    );
  });
  it('survives destroy as any other', () => {
    const { plan } = planProject(declare(MOVED).desired, world.actual, { version: '0.1.0', destroy: true });
    const names = plan.steps.flatMap((step) => (step.do === 'remove-volume' ? [step.name] : []));
    expect(names).toEqual(['toolcrib.acme.ack', 'toolcrib.acme.policy', 'toolcrib.acme.run']);
  });
});

describe('a project of another name', () => {
  const RENAMED: Declaration = { ...BEFORE, name: 'tools', previously: ['acme'] };

  it('makes its containers anew, and keeps every volume', () => {
    const plan = planOf(RENAMED, world);
    expect(plan.steps.filter((step) => step.do === 'create-volume' || step.do === 'remove-volume')).toEqual([]);
    expect(changed(plan).filter((each) => each.startsWith('replace'))).toEqual([
      'replace server.docs',
      'replace server.mail',
      'replace control',
      'replace bridge',
      'replace proxy',
    ]);
    expect(text(RENAMED)).toContain('server.mail');
    expect(text(RENAMED)).toContain('moved from project acme');
    expect(plan.accessChanges).toEqual([]);
  });
  it('leaves nothing of the old name but the volumes, wherever apply is killed', () => {
    expectConverges(RENAMED, world, 'toolcrib.acme.volume.notes');
    const { actual } = apply(RENAMED, world);
    expect(
      actual.containers.map(({ inspect }) => inspect.Name).filter((name) => !name.startsWith('/toolcrib.tools.')),
    ).toEqual([]);
    expect(actual.networks.map(({ Name }) => Name)).toEqual(['toolcrib.tools.published']);
    expect(actual.ownImages.flatMap(({ tags }) => tags).length).toBe(3);
    expect(actual.volumes.map(({ Name }) => Name)).toContain('toolcrib.acme.audit');
  });
  it('starts its bridge before it gates what the old one would not find', () => {
    const steps = planOf(RENAMED, world).steps.map((step) =>
      'address' in step ? `${step.do} ${step.address}` : step.do,
    );
    expect(steps.indexOf('start-container bridge')).toBeLessThan(steps.indexOf('gate server.docs'));
  });
  it('together with a moved volume', () => {
    const both: Declaration = {
      ...RENAMED,
      servers: { ...BEFORE.servers, docs: { mounts: [{ volume: 'papers', target: '/notes' }] } },
      volumes: ['papers'],
      moved: [{ from: 'volume.notes', to: 'volume.papers' }],
    };
    expectConverges(both, world, 'toolcrib.acme.volume.notes');
  });
  it('is an error where nobody says that it had another', () => {
    const { desired } = declare({ ...BEFORE, name: 'tools' });
    const { diagnostics } = planProject(desired, { ...nothingThere(), strays: ['acme'] }, { version: '0.1.0' });
    expect(diagnostics.map(({ code, detail, fix }) => [code, detail, fix])).toEqual([
      [
        'project_conflict',
        'The engine has things of a project acme with this project’s id; this one is called tools.'.replace('’', "'"),
        'If it was renamed, add `previously: [acme]` to `project:`, and its volumes go on with their data. If it is another place of the same project, declare it under `project.environments`.',
      ],
    ]);
  });
});
