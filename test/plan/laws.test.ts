/** What holds for every declaration and every state of the engine, shown on generated ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActualState } from '../../src/model/state.js';
import { isEmpty } from '../../src/plan/plan.js';
import type { Plan } from '../../src/plan/plan.js';
import { planProject } from '../../src/plan/plan-project.js';
import type { World } from './support/apply-steps.js';
import { accessNow, applySteps, NEWER, seenBy } from './support/apply-steps.js';
import type { Declaration, GrantIn, ServerIn } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const MIB = 1024 * 1024;
const NAMES = ['docs', 'mail', 'search'] as const;
const TOOL_NAMES = ['read_file', 'write_file', 'list'];

const server: fc.Arbitrary<ServerIn> = fc.record(
  {
    version: fc.constantFrom('1', '2'),
    env: fc.dictionary(fc.constantFrom('LOG_LEVEL', 'PATH', 'MODE'), fc.constantFrom('a', 'b', ''), { maxKeys: 2 }),
    args: fc.array(fc.constantFrom('--fast', '/data'), { maxLength: 2 }),
    memory: fc.constantFrom(64 * MIB, 128 * MIB),
    user: fc.constantFrom(null, '1000:1000'),
    description: fc.constantFrom('a tool', 'another tool'),
    http: fc.constantFrom(8080, 9090),
    remote: fc.constantFrom('https://one.example/mcp', 'https://two.example/mcp'),
    instances: fc.constantFrom('agent' as const, 'session' as const),
    mounts: fc.constantFrom(
      [],
      [{ volume: 'notes', target: '/notes' }],
      [{ source: '/srv/docs', target: '/tmp', readonly: true }],
    ),
  },
  { requiredKeys: [] },
);

const grant = (servers: readonly string[]): fc.Arbitrary<GrantIn> =>
  fc.record({
    server: fc.constantFrom(...servers),
    tools: fc.uniqueArray(fc.constantFrom(...TOOL_NAMES), { minLength: 1, maxLength: 3 }),
  });

const declaration: fc.Arbitrary<Declaration> = fc.subarray([...NAMES]).chain((names) =>
  fc
    .record({
      servers: fc.record(Object.fromEntries(names.map((name) => [name, server]))),
      agents:
        names.length === 0
          ? fc.constant({})
          : fc.dictionary(fc.constantFrom('bot', 'cat'), fc.array(grant(names), { maxLength: 3 }), { maxKeys: 2 }),
      volumes: fc.constant<string[]>(['notes']),
      tokens: fc.subarray([{ id: 'bbbbbbbbbb' }, { id: 'cccccccccc', revoked: '2026-11-22T00:00:00Z' }]),
      listen: fc.constantFrom('127.0.0.1:7411', '127.0.0.1:7500'),
      // The third build reads the policies of the others, but they not its.
      build: fc.constantFrom<Pick<Declaration, 'system' | 'form'>[]>(
        { system: '1' },
        { system: '2' },
        { system: '3', form: NEWER },
      ),
      pool: fc.constantFrom('10.89.0.0/16', '10.90.0.0/16'),
    })
    .map(({ build, ...declared }) => ({ ...declared, ...build })),
);

const fraction = fc.double({ min: 0, max: 1, noNaN: true });

function planOf(declared: Declaration, world: World): Plan {
  const { desired } = declare(declared);
  const { actual } = seenBy(desired.policy.form, world);
  const { plan, diagnostics } = planProject(desired, actual, { version: '0.1.0' });
  expect(diagnostics).toEqual([]);
  return plan;
}

function apply(declared: Declaration, world: World): World {
  return carriedOut(planOf(declared, world), declared, world);
}

function carriedOut(plan: Plan, declared: Declaration, world: World, until?: number): World {
  const compiled = declare(declared);
  return applySteps(plan, compiled, seenBy(compiled.desired.policy.form, world), until);
}

const empty = (): World => ({ actual: nothingThere(), policy: null });

/** Nothing of an earlier declaration is left, and nothing twice. */
function expectOnly(declared: Declaration, { actual }: World): void {
  const servers = Object.entries(declared.servers ?? {}).filter(([, { remote }]) => remote === undefined);
  const wanted = ['bridge', 'control', 'proxy', ...servers.map(([name]) => `server.${name}`)];
  expect(actual.containers.map((each) => each.address).sort()).toEqual(wanted.sort());
  expect(actual.leftovers).toEqual([]);
  expect(actual.policy?.access).toEqual(declare(declared).desired.policy.access);
  expect(actual.ack?.digest).toEqual(actual.policy?.digest);
}

describe('apply, then plan', () => {
  it('is empty, from nothing and from any other declaration', () => {
    fc.assert(
      fc.property(declaration, declaration, (first, second) => {
        const one = apply(first, empty());
        expect(planOf(first, one).steps).toEqual([]);
        const two = apply(second, one);
        expect(planOf(second, two).steps).toEqual([]);
        expectOnly(second, two);
      }),
      { numRuns: 120 },
    );
  });

  it('changes nothing in a plan with no steps, and only there', () => {
    fc.assert(
      fc.property(declaration, declaration, fraction, (first, second, part) => {
        const one = apply(first, empty());
        const whole = planOf(second, one);
        const killed = carriedOut(whole, second, one, Math.floor(whole.steps.length * part));
        for (const plan of [whole, planOf(second, killed), planOf(second, apply(second, one))]) {
          const said = plan.changes.some((change) => change.action !== 'no-op') || plan.accessChanges.length > 0;
          expect(said).toBe(!isEmpty(plan));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('converges wherever the apply before was killed', () => {
    fc.assert(
      fc.property(declaration, declaration, declaration, fraction, (first, second, third, part) => {
        const one = apply(first, empty());
        const plan = planOf(second, one);
        const killed = carriedOut(plan, second, one, Math.floor(plan.steps.length * part));
        for (const next of [second, third]) {
          const mended = apply(next, killed);
          expect(planOf(next, mended).steps).toEqual([]);
          expectOnly(next, mended);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('converges from nothing wherever the first apply was killed', () => {
    const declared: Declaration = {
      servers: { docs: { mounts: [{ volume: 'notes', target: '/notes' }] }, mail: {} },
      agents: { bot: [{ server: 'docs', tools: ['*'] }] },
      volumes: ['notes'],
    };
    const plan = planOf(declared, empty());
    for (let until = 0; until <= plan.steps.length; until++) {
      const mended = apply(declared, applySteps(plan, declare(declared), empty(), until));
      expect(planOf(declared, mended).steps).toEqual([]);
      expectOnly(declared, mended);
    }
  });

  it('never gives an agent in between what neither the old nor the new policy gives', () => {
    fc.assert(
      fc.property(declaration, declaration, (first, second) => {
        const one = apply(first, empty());
        const plan = planOf(second, one);
        const allowed = new Set(
          [one, apply(second, one)].flatMap(({ actual }) => actual.policy?.access.map((each) => JSON.stringify(each))),
        );
        for (let until = 0; until <= plan.steps.length; until++) {
          const now = accessNow(carriedOut(plan, second, one, until));
          expect(now.filter((each) => !allowed.has(JSON.stringify(each)))).toEqual([]);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('destroy', () => {
  it('leaves nothing but volumes with data, and with --volumes nothing', () => {
    fc.assert(
      fc.property(declaration, fc.boolean(), (declared, volumes) => {
        const world = apply(declared, empty());
        const compiled = declare(declared);
        const { plan } = planProject(compiled.desired, world.actual, { version: '0.1.0', destroy: true, volumes });
        const { actual } = applySteps(plan, compiled, world);
        expect([actual.containers, actual.networks, actual.ownImages]).toEqual([[], [], []]);
        const left = volumes ? [] : ['toolcrib.acme.audit', 'toolcrib.acme.volume.notes'];
        expect(actual.volumes.map((volume) => volume.Name).sort()).toEqual(left);
        const again = planProject(compiled.desired, actual, { version: '0.1.0', destroy: true, volumes });
        expect(again.plan.steps).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('order', () => {
  it('of keys, containers, networks and labels does not matter', () => {
    fc.assert(
      fc.property(declaration, declaration, fc.nat(), (first, second, seed) => {
        const world = apply(first, empty());
        const shuffle = shuffler(seed);
        const other = {
          ...second,
          servers: Object.fromEntries(shuffle(Object.entries(second.servers ?? {}))),
          agents: Object.fromEntries(shuffle(Object.entries(second.agents ?? {}))),
        };
        expect(planOf(other, { ...world, actual: shuffled(world.actual, shuffle) })).toEqual(planOf(second, world));
      }),
      { numRuns: 300 },
    );
  });
});

type Shuffle = <T>(values: readonly T[]) => T[];

function shuffler(seed: number): Shuffle {
  let state = seed;
  const next = (): number => (state = (state * 48271 + 11) % 2147483647);
  return (values) =>
    values
      .map((value) => [next(), value] as const)
      .sort(([a], [b]) => a - b)
      .map(([, value]) => value);
}

function shuffled(value: ActualState, shuffle: Shuffle): ActualState {
  const keys = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(keys);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(shuffle(Object.entries(each)).map(([key, one]) => [key, keys(one)]));
  };
  const mixed = keys(value) as ActualState;
  const lists = { networks: shuffle(mixed.networks), volumes: shuffle(mixed.volumes), subnets: shuffle(mixed.subnets) };
  return { ...mixed, ...lists, containers: shuffle(mixed.containers), ownImages: shuffle(mixed.ownImages) };
}
