/** What a declaration comes to: containers, volumes, and a policy that the proxy takes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/desired.js';
import { serializePolicy } from '../../src/compile/policy.js';
import type { DesiredContainer } from '../../src/model/state.js';
import { readPolicy } from '../../src/policy/read.js';
import type { Declaration } from '../plan/support/declare.js';
import { config, declare, lock } from '../plan/support/declare.js';

const DECLARED: Declaration = {
  servers: {
    docs: { mounts: [{ source: '/srv/docs', target: '/data', readonly: true }] },
    notes: { mounts: [{ volume: 'notes', target: '/notes' }], user: '1000', replace: 'overlap' },
    mail: { mounts: [{ volume: 'mail', target: '/mail' }] },
  },
  volumes: ['notes', 'mail', 'policy'],
  agents: { bot: [{ server: 'docs', tools: ['*'], expires: '2027-01-01T00:00:00Z' }] },
  tokens: [
    { id: 'bbbbbbbbbb' },
    { id: 'cccccccccc', revoked: '2026-11-22T00:00:00Z' },
    { id: 'dddddddddd', agent: 'bto' },
    { id: 'eeeeeeeeee', environment: 'prod' },
  ],
};
const { desired, policy, diagnostics } = declare(DECLARED);
const spec = (address: string): DesiredContainer => desired.containers.find((each) => each.address === address)!;

describe('every container', () => {
  it.each(desired.containers.map((each) => [each.address, each] as const))(
    '%s starts with nothing',
    (_address, container) => {
      expect(container.spec).toMatchObject({ capAdd: [], capDrop: ['ALL'], readonlyRootfs: true, init: true });
      expect(container.spec.tmpfs['/tmp']).toBe('rw,noexec,nosuid,nodev,size=64m');
      for (const limit of ['memory', 'nanoCpus', 'pids', 'nofile'] as const)
        expect(container.spec[limit]).toBeGreaterThan(0);
      const reachable = container.address === 'proxy' ? 'toolcrib.acme.published' : 'none';
      expect(container.spec.network).toBe(reachable);
      const hasEngine = container.spec.mounts.some((mount) => mount.source.endsWith('docker.sock'));
      expect(hasEngine).toBe(container.address === 'bridge');
      expect(container.spec.labels['io.toolcrib.project-id']).toBe('id-of-acme');
    },
  );
});

describe('servers', () => {
  it('keep what they say on stdout off the disk, and are started by the bridge', () => {
    expect(spec('server.docs')).toMatchObject({
      start: 'bridge',
      spec: { stdin: true, restart: 'no', log: { type: 'none' } },
    });
  });

  it('run side by side with their successor unless both could write', () => {
    expect(['docs', 'notes', 'mail'].map((name) => spec(`server.${name}`).replace)).toEqual([
      'overlap',
      'overlap',
      'stop-first',
    ]);
  });

  it('get a declared mount in place of the scratch space', () => {
    const other = declare({ servers: { docs: { mounts: [{ source: '/srv/docs', target: '/tmp/' }] } } });
    expect(other.desired.containers[0]?.spec.tmpfs).toEqual({});
  });
});

describe('volumes', () => {
  it('belong to whoever writes to them; data is kept', () => {
    expect(desired.volumes.map(({ address, name, owner, keep }) => [address, name, owner, keep])).toEqual([
      ['volume.system.policy', 'toolcrib.acme.policy', '0:0', false],
      ['volume.system.ack', 'toolcrib.acme.ack', '65532:65532', false],
      ['volume.system.audit', 'toolcrib.acme.audit', '65532:65532', true],
      ['volume.system.run', 'toolcrib.acme.run', '0:65532', false],
      ['volume.notes', 'toolcrib.acme.volume.notes', '1000:1000', true],
      ['volume.mail', 'toolcrib.acme.volume.mail', '65532:65532', true],
      ['volume.policy', 'toolcrib.acme.volume.policy', '65532:65532', true],
    ]);
  });
});

describe('the policy', () => {
  it('accepts the tokens of its environment, and warns of no others', () => {
    const tokens = [{ id: 'bbbbbbbbbb' }, { id: 'cccccccccc', environment: 'prod' }];
    const ids = (environment?: string) => {
      const compiled = declare({ ...DECLARED, tokens, ...(environment ? { environment } : {}) });
      return compiled.desired.policy.tokens.map(({ id }) => id);
    };
    expect([ids(), ids('prod'), ids('dev')]).toEqual([['bbbbbbbbbb'], ['cccccccccc'], []]);
    const stranger = declare({ ...DECLARED, tokens: [{ id: 'eeeeeeeeee', agent: 'nobody', environment: 'prod' }] });
    expect(stranger.diagnostics).toEqual([]);
  });

  it('accepts the tokens of declared agents, and says which are revoked', () => {
    expect(desired.policy.tokens).toMatchObject([{ id: 'bbbbbbbbbb', agent: 'bot', expires: null }]);
    expect(desired.policy.revoked).toEqual(['cccccccccc']);
    expect(diagnostics.map(({ severity, code, address, detail }) => [severity, code, address, detail])).toEqual([
      [
        'warning',
        'token_file_invalid',
        'token.dddddddddd',
        'Token dddddddddd is for bto, which no file declares; did you mean bot? It opens nothing.',
      ],
    ]);
  });

  it('is one that the proxy takes, whatever it routes to', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('docs', 'notes', 'mail'), fc.integer({ min: 1, max: 99 })),
        (routes) => {
          const made = policy(routes);
          expect(readPolicy(Buffer.from(serializePolicy(made)))).toEqual({ policy: made });
          expect(
            Object.fromEntries(
              Object.entries(made.servers)
                .filter(([, { serving }]) => serving !== null)
                .map(([name, { serving }]) => [name, serving]),
            ),
          ).toEqual(routes);
        },
      ),
    );
  });

  it('does not change with order, formatting or place', () => {
    const turned: Declaration = {
      ...DECLARED,
      servers: Object.fromEntries(Object.entries(DECLARED.servers ?? {}).reverse()),
      tokens: [...(DECLARED.tokens ?? [])].reverse(),
    };
    const routes = { docs: 1, notes: 2, mail: 3 };
    expect(declare(turned).desired.policy.digest(routes)).toBe(desired.policy.digest(routes));
    expect(desired.policy.digest({ ...routes, docs: 2 })).not.toBe(desired.policy.digest(routes));
  });
});

describe('a lock that the declaration has left behind', () => {
  const STALE: [string, Declaration, string, string][] = [
    [
      'a server more',
      { servers: { docs: {}, mail: {} } },
      'servers.mail (key)',
      'Server mail is not in toolbox.lock.yaml.',
    ],
    [
      'another version',
      { servers: { docs: { version: '2' } } },
      'servers.docs.image',
      'image: docs:2 is declared; the lock has image: docs:1.',
    ],
  ];
  it.each(STALE)('%s', (_what, declared, at, detail) => {
    const compiled = compile(config(declared), lock({ servers: { docs: {} } }), {
      images: {},
      systemImage: { address: 'image.system', reference: 'system:1', how: 'build', id: null },
      engineSocket: '/var/run/docker.sock',
      tokens: [],
      version: '0.1.0',
    });
    const name = detail.includes('mail') ? 'mail' : 'docs';
    expect(compiled.diagnostics).toEqual([
      {
        severity: 'error',
        code: 'lock_stale',
        summary: 'Lock does not match the declaration',
        detail,
        fix: `Run \`toolcrib lock ${name}\`, review what it wrote, and commit it.`,
        range: expect.objectContaining({ file: at }) as unknown,
        address: `server.${name}`,
      },
    ]);
    expect(compiled.desired.containers.map((each) => each.address)).toEqual(['control', 'bridge', 'proxy']);
  });
});
