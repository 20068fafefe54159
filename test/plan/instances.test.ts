/** Copies of templates: each is as its template is, or it is told and goes; nothing of it is told twice. */
import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/model/address.js';
import { LABEL } from '../../src/model/labels.js';
import type { ActualState, OwnedContainer, OwnedInstance } from '../../src/model/state.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import { planProject } from '../../src/plan/plan-project.js';
import { movedSteps } from '../../src/workflow/moved.js';
import type { SavedPlan } from '../../src/workflow/saved-plan.js';
import { applySteps } from './support/apply-steps.js';
import { MIB } from './support/base.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const DECLARED: Declaration = {
  servers: { many: { replicas: 2, memory: 64 * MIB } },
  agents: { bot: [{ server: 'many', tools: ['list'] }] },
};

const COPIES_OF_80: Step = {
  do: 'update-copies',
  address: 'server.many',
  generation: 1,
  set: { memory: 80 * MIB },
};

function planOf(declared: Declaration, actual: ActualState, targets: Address[] = []): Plan {
  const { plan, diagnostics } = planProject(declare(declared).desired, actual, { version: '0.1.0', targets });
  expect(diagnostics).toEqual([]);
  return plan;
}

function template({ containers }: ActualState): OwnedContainer {
  const found = containers.find((each) => each.address === 'server.many');
  if (!found) throw new Error('no template');
  return found;
}

/** As the bridge makes it. */
function copyOf(original: OwnedContainer, instance: string): OwnedInstance {
  const inspect = structuredClone(original.inspect);
  inspect.Id = `${instance}-${original.generation}`;
  inspect.Name = `${inspect.Name}.${instance}`;
  inspect.Config.Labels = { ...inspect.Config.Labels, [LABEL.instance]: instance };
  inspect.State = { ...inspect.State, Status: 'running', Running: true };
  return { ...original, instance, inspect };
}

function applied(declared = DECLARED): ActualState {
  const { actual } = applySteps(planOf(declared, nothingThere()), declare(declared), {
    actual: nothingThere(),
    policy: null,
  });
  actual.instances = ['r1', 'r2'].map((key) => copyOf(template(actual), key));
  return actual;
}

const lines = ({ changes }: Plan): string[] =>
  changes.flatMap(({ address, action, cause, fields }) =>
    action === 'no-op' ? [] : [`${address} ${action} ${cause}: ${fields.map(({ field }) => field).join()}`],
  );
const steps = ({ steps: all }: Plan): string[] =>
  all.map((step) => `${step.do}${'id' in step && typeof step.id === 'string' ? ` ${step.id}` : ''}`);

describe('a copy', () => {
  it('as its template is, is nothing to tell', () => {
    expect(lines(planOf(DECLARED, applied()))).toEqual([]);
  });

  it.each<[string, (copy: OwnedInstance['inspect']) => void, string]>([
    ['a capability', (c) => void (c.HostConfig.CapAdd = ['NET_RAW']), 'caps'],
    ['another user', (c) => void (c.Config.User = '0:0'), 'user'],
    [
      'another limit and a capability',
      (c) => void Object.assign(c.HostConfig, { Memory: MIB, MemorySwap: MIB, CapAdd: ['NET_RAW'] }),
      'memory,caps',
    ],
    ['frozen', (c) => void (c.State = { ...c.State, Status: 'paused', Paused: true }), 'state'],
  ])('with %s is one line, and goes', (_, change, field) => {
    const actual = applied();
    change(actual.instances[1]!.inspect);
    const plan = planOf(DECLARED, actual);
    expect(lines(plan)).toEqual([`server.many@r2 replace drift: ${field}`]);
    expect(steps(plan)).toEqual(['remove-container r2-1']);
  });

  it('under a name that no bridge gives goes', () => {
    const actual = applied();
    actual.instances[0]!.inspect.Name = '/mine';
    expect(lines(planOf(DECLARED, actual))).toEqual(['server.many@r1 delete drift: ']);
  });

  it('of a generation that is not there goes', () => {
    const actual = applied();
    actual.instances.push({ ...copyOf({ ...template(actual), generation: 7 }, 'r3'), generation: 7 });
    expect(lines(planOf(DECLARED, actual))).toEqual(['server.many@r3 delete drift: ']);
  });

  it('of a template that was removed goes with it, unsaid', () => {
    const actual = applied();
    actual.containers = actual.containers.filter(({ address }) => address !== 'server.many');
    const plan = planOf(DECLARED, actual);
    expect(lines(plan)).toEqual([expect.stringMatching(/^server.many create drift: /)]);
    expect(steps(plan)).toEqual(expect.arrayContaining(['remove-container r1-1', 'remove-container r2-1']));
  });

  it('of a template that is replaced goes with it, unsaid', () => {
    const edited: Declaration = { ...DECLARED, servers: { many: { replicas: 2, memory: 64 * MIB, args: ['x'] } } };
    const plan = planOf(edited, applied());
    expect(lines(plan)).toEqual(['server.many replace config: args']);
    expect(steps(plan)).toEqual(expect.arrayContaining(['remove-container r1-1', 'remove-container r2-1']));
  });

  it('of a server that is no target is left alone', () => {
    const both: Declaration = {
      servers: { ...DECLARED.servers, other: { memory: 64 * MIB } },
      agents: { bot: [...DECLARED.agents!.bot!, { server: 'other', tools: ['list'] }] },
    };
    expect(lines(planOf(both, applied(both), ['server.other']))).toEqual([]);
    const edited: Declaration = { ...both, servers: { ...both.servers, other: { memory: 64 * MIB, args: ['x'] } } };
    const plan = planOf(edited, applied(both), ['server.other']);
    expect(steps(plan).filter((each) => /r[12]/.test(each))).toEqual([]);
    const drifted = applied(both);
    drifted.instances[1]!.inspect.Config.User = '0:0';
    expect(lines(planOf(both, drifted, ['server.other']))).toEqual([]);
    expect(lines(planOf(both, drifted, ['server.many']))).toEqual(['server.many@r2 replace drift: user']);
  });

  const other: Declaration = { servers: { other: {} }, agents: { bot: [{ server: 'other', tools: ['list'] }] } };
  const args: Declaration = { ...DECLARED, servers: { many: { ...DECLARED.servers!.many, args: ['x'] } } };
  it.each<[string, Declaration]>([
    ['is replaced', args],
    [
      'may not run beside its successor',
      { ...args, servers: { many: { ...args.servers!.many, replace: 'stop-first' } } },
    ],
    ['is no longer declared', other],
  ])('of a template that %s goes with it, though it began after the plan was saved', (_what, edited) => {
    const actual = applied();
    const began = actual.instances.pop()!;
    const plan = planOf(edited, actual);
    const saved = { plan, creates: {}, salt: '' } as Partial<SavedPlan> as SavedPlan;
    const now = planOf(edited, { ...actual, instances: [...actual.instances, began] });
    expect(steps(now)).toContain(`remove-container ${began.inspect.Id}`);
    expect(movedSteps(saved, now)).toEqual([]);
    // A copy of nothing that goes was not shown.
    const stray = { ...began, generation: 7 };
    const strange = planOf(edited, { ...actual, instances: [...actual.instances, stray] });
    expect(new Set(movedSteps(saved, strange).map(({ what }) => what))).toEqual(new Set(['copies of server.many']));
  });

  it('of a template that moved goes with it, unsaid', () => {
    const moved: Declaration = {
      servers: { plenty: { replicas: 2, memory: 64 * MIB } },
      agents: { bot: [{ server: 'plenty', tools: ['list'] }] },
      moved: [{ from: 'server.many', to: 'server.plenty' }],
    };
    const plan = planOf(moved, applied());
    const servers = plan.changes.filter(({ address }) => address.startsWith('server.'));
    expect(servers.map(({ address, action, reason }) => `${address} ${action}: ${reason}`)).toEqual([
      'server.plenty replace: moved from server.many',
    ]);
    expect(steps(plan)).toEqual(expect.arrayContaining(['remove-container r1-1', 'remove-container r2-1']));
  });

  it('has changed in place what its template has', () => {
    const edited: Declaration = { ...DECLARED, servers: { many: { replicas: 2, memory: 80 * MIB } } };
    const actual = applied();
    const plan = planOf(edited, actual);
    expect(lines(plan)).toEqual(['server.many update config: memory']);
    expect(plan.steps).toContainEqual(COPIES_OF_80);
    const mended = applySteps(plan, declare(edited), { actual, policy: null }).actual;
    expect(mended.instances.map(({ inspect }) => inspect.HostConfig.Memory)).toEqual([80 * MIB, 80 * MIB]);
    expect(planOf(edited, mended).steps).toEqual([]);
  });

  it('has it changed, too, if it begins after the plan', () => {
    const edited: Declaration = { ...DECLARED, servers: { many: { replicas: 2, memory: 80 * MIB } } };
    expect(planOf(edited, { ...applied(), instances: [] }).steps).toContainEqual(COPIES_OF_80);
  });

  it('that began from the template as it was is mended in place, and goes on', () => {
    const actual = applied();
    Object.assign(actual.instances[1]!.inspect.HostConfig, { Memory: MIB, MemorySwap: MIB, PidsLimit: 1 });
    const plan = planOf(DECLARED, actual);
    expect(lines(plan)).toEqual(['server.many@r2 update drift: memory,pids']);
    expect(plan.steps.map((step) => step.do)).toEqual(['update-copies']);
    const mended = applySteps(plan, declare(DECLARED), { actual, policy: null }).actual;
    expect(mended.instances).toHaveLength(2);
    expect(planOf(DECLARED, mended).steps).toEqual([]);
  });

  it('and its template are mended by one step, whatever each has', () => {
    const edited: Declaration = { ...DECLARED, servers: { many: { replicas: 2, memory: 80 * MIB } } };
    const actual = applied();
    actual.instances[0]!.inspect.HostConfig.PidsLimit = 1;
    const { steps: all } = planOf(edited, actual);
    const ofCopies = all.flatMap((step) => (step.do === 'update-copies' ? [Object.keys(step.set)] : []));
    expect(ofCopies).toEqual([['memory', 'pids']]);
  });
});

describe('a template', () => {
  it('that somebody started is stopped', () => {
    const actual = applied();
    const { inspect } = template(actual);
    inspect.State = { ...inspect.State, Status: 'running', Running: true };
    const plan = planOf(DECLARED, actual);
    expect(lines(plan)).toEqual(['server.many update drift: state']);
    expect(steps(plan)).toEqual([`stop-container ${inspect.Id}`]);
  });
});
