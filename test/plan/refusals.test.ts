/** What a plan refuses, and what it can only warn of. */
import { describe, expect, it } from 'vitest';
import type { ActualState, DesiredState } from '../../src/model/state.js';
import { planProject } from '../../src/plan/plan-project.js';
import { applySteps } from './support/apply-steps.js';
import { declare } from './support/declare.js';
import { imageOf, nothingThere } from './support/engine-model.js';

const compiled = declare({
  servers: { docs: {} },
  volumes: ['notes'],
  agents: { bot: [{ server: 'docs', tools: ['*'] }] },
  tokens: [{ id: 'bbbbbbbbbb' }],
});
const plan = (actual: ActualState, desired: DesiredState = compiled.desired) =>
  planProject(desired, actual, { version: '0.1.0' });
const applied = applySteps(plan(nothingThere()).plan, compiled, { actual: nothingThere(), policy: null }).actual;

function withImage(how: 'present' | 'pull', id: string | null): DesiredState {
  const images = compiled.desired.images.map((image) =>
    image.address === 'image.docs' ? { ...image, how, id } : image,
  );
  return { ...compiled.desired, images };
}

const refusals = ({ diagnostics }: ReturnType<typeof plan>) =>
  diagnostics.map(({ code, address, detail }) => [code, address, detail]);

describe('a plan refuses', () => {
  it('what another project owns, each by name', () => {
    const conflicts: ActualState['conflicts'] = [
      { kind: 'volume', name: 'toolcrib.acme.policy', owner: 'id-of-another' },
      { kind: 'container', name: 'toolcrib.acme.proxy.g1', owner: 'not made by toolcrib' },
    ];
    expect(refusals(plan({ ...nothingThere(), conflicts }))).toEqual([
      [
        'project_conflict',
        undefined,
        'The engine has a container toolcrib.acme.proxy.g1, which project acme (id-of-acme) did not make; its owner: not made by toolcrib.',
      ],
      [
        'project_conflict',
        undefined,
        'The engine has a volume toolcrib.acme.policy, which project acme (id-of-acme) did not make; its owner: id-of-another.',
      ],
    ]);
  });

  it('an image that only this engine could have, and has not', () => {
    expect(refusals(plan(nothingThere(), withImage('present', 'sha256:1')))).toEqual([
      ['image_not_found', 'image.docs', expect.stringContaining('toolcrib/acme/server-docs:1 is not on this engine')],
    ]);
  });

  it('an image that is another than the locked one', () => {
    expect(refusals(plan(applied, withImage('present', 'sha256:1')))).toEqual([
      ['lock_stale', 'image.docs', expect.stringContaining('but the lock pins sha256:1')],
    ]);
    const { Id } = imageOf('toolcrib/acme/server-docs:1');
    expect(refusals(plan(applied, withImage('present', Id)))).toEqual([]);
  });

  it('a pool with no room', () => {
    expect(refusals(plan({ ...nothingThere(), subnets: ['10.0.0.0/8'] }))).toEqual([
      ['network_pool_full', 'network.published', expect.stringContaining('10.89.0.0/16')],
    ]);
  });
});

describe('a plan warns', () => {
  const warned = (change: (actual: ActualState) => void) => {
    const actual = structuredClone(applied);
    change(actual);
    return plan(actual).plan.warnings.map(({ code, address, detail }) => [code, address, detail]);
  };
  const status = (actual: ActualState) => actual.ack!.generations['docs@1']!;

  it.each<[string, (actual: ActualState) => void, unknown[][]]>([
    ['of nothing', () => undefined, []],
    [
      'of changed definitions',
      (a) => void status(a).quarantined.push('list'),
      [['definition_changed', 'server.docs', 'The running server shows other definitions than the lock: list.']],
    ],
    [
      'of a server that the proxy cannot use',
      (a) => void Object.assign(status(a), { state: 'failed', code: 'server_timeout', reason: 'no answer in 30 s' }),
      [['server_timeout', 'server.docs', 'no answer in 30 s']],
    ],
    [
      'with a code of its own where the proxy’s is unknown',
      (a) => void Object.assign(status(a), { state: 'failed', code: 'constructor2' }),
      [['server_refused', 'server.docs', 'The proxy cannot use it.']],
    ],
    [
      'of a token revoked on the engine alone',
      (a) => void a.revoked.push('bbbbbbbbbb'),
      [
        [
          'token_revoked',
          'token.bbbbbbbbbb',
          'Token bbbbbbbbbb of bot is revoked on the engine for good, but its file here says that it is valid.',
        ],
      ],
    ],
    [
      'of a live policy that it cannot read',
      (a) => void (a.containers = a.containers.filter((each) => each.address !== 'control')),
      [['not_applied', 'control', expect.stringContaining('the live policy cannot be read')]],
    ],
    [
      'of a volume that nobody declares any more',
      (a) =>
        void a.volumes.push({
          Name: 'toolcrib.acme.volume.old',
          Driver: 'local',
          Labels: { 'io.toolcrib.address': 'volume.old' },
        }),
      [
        [
          'undefined_reference',
          'volume.old',
          'toolcrib.acme.volume.old is no longer declared; it is kept, because it holds data.',
        ],
      ],
    ],
  ])('%s', (_what, change, expected) => {
    expect(warned(change)).toEqual(expected);
  });
});

describe('what an interrupted command left', () => {
  it('goes, and a volume whose owner was not set yet is finished', () => {
    const actual = structuredClone(applied);
    actual.leftovers = [
      { id: 'p1', name: 'toolcrib.acme.probe.docs.a1b2', volume: null },
      { id: 's1', name: 'toolcrib.acme.seed.toolcrib.acme.volume.notes', volume: 'toolcrib.acme.volume.notes' },
    ];
    const { plan: made } = plan(actual);
    expect(
      made.changes
        .filter((change) => change.action !== 'no-op')
        .map(({ address, action, reason }) => [address, action, reason]),
    ).toEqual([
      ['server.docs@probe', 'delete', 'toolcrib.acme.probe.docs.a1b2 is left over from an interrupted command'],
      ['volume.notes', 'create', 'an interrupted apply left it half made'],
      [
        'volume.notes@seed',
        'delete',
        'toolcrib.acme.seed.toolcrib.acme.volume.notes is left over from an interrupted command',
      ],
    ]);
    // The seed goes with the making of its volume: without it, nobody would know that the owner is still to be set.
    expect(made.steps).toMatchObject([{ do: 'remove-container', id: 'p1' }, { do: 'create-volume' }]);
    expect(plan(applySteps(made, compiled, { actual, policy: null }).actual).plan.steps).toEqual([]);
  });
});

describe('--replace', () => {
  it('replaces what is as declared', () => {
    const { plan: made } = planProject(compiled.desired, applied, { version: '0.1.0', replace: ['server.docs'] });
    const change = made.changes.find((each) => each.address === 'server.docs');
    expect(change).toMatchObject({ action: 'replace', reason: 'asked for by --replace', fields: [] });
    expect(made.routes).toEqual({ docs: 2 });
  });
});
