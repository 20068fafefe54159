/** The walk over a plan, on an engine in memory that does what it is told and fails where it is told to. */
import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/apply/apply.js';
import type { ApplyPorts } from '../../src/apply/ports.js';
import { Failure, problem } from '../../src/diagnostics/failure.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Ack } from '../../src/model/ack.js';
import type { Address } from '../../src/model/address.js';
import type { ResolvedContainer } from '../../src/model/container.js';
import type { ContainerInspect } from '../../src/model/inspect.js';
import { unprivileged } from '../../src/model/hardened.js';
import type { DesiredContainer } from '../../src/model/state.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import type { Policy } from '../../src/policy/artifact.js';

const POLICY: Policy = {
  format: 1,
  project: { name: 'p', id: 'i' },
  envelope: { protocolVersion: '2025-11-25', capabilities: {} },
  hosts: [],
  origins: [],
  servers: {},
  definitions: {},
  agents: {},
  tokens: {},
  revoked: [],
};

const ACK: Ack = {
  boot: 'b',
  time: '2026-11-28T00:00:00Z',
  seq: 0,
  digest: '',
  refused: null,
  revoked: [],
  generations: {},
};
const asFile = (ack: Ack): Buffer => Buffer.from(JSON.stringify(ack));

const stop = (server: string): Step => ({ do: 'stop-container', address: `server.${server}`, id: server, timeout: 1 });
const remove = (server: string): Step => ({ do: 'remove-container', address: `server.${server}`, id: server });
const create = (address: Address, generation = 2): Step => {
  return { do: 'create-container', address, name: `${address}.g${generation}`, generation, resolved: RESOLVED };
};
const RESOLVED = { mounts: [] } as Partial<ResolvedContainer> as ResolvedContainer;
const DECLARED = {
  image: 'image.none',
  spec: { ...unprivileged('i'), labels: {} },
} as unknown as DesiredContainer;
const gate = (server: string): Step => ({ do: 'gate', address: `server.${server}`, server, generation: 2 });
const FINAL: Step = { do: 'policy', stage: 'final' };
const network: Step = { do: 'remove-network', address: 'network.published', id: 'n' };

function planOf(steps: Step[]): Plan {
  return {
    formatVersion: '1.0',
    mode: 'apply',
    environment: null,
    targets: [],
    toolcrib: '0',
    project: POLICY.project,
    engine: { id: '', name: '', version: '', apiVersion: '', platform: '', endpoint: '' },
    changes: [],
    accessChanges: [],
    warnings: [],
    refusals: [],
    steps,
    routes: {},
    policyDigest: '',
  };
}

/** A container that runs once it is started, but for one that has ended already. */
function inspected(id: string, started: boolean, ExitCode?: number): ContainerInspect {
  const State = ExitCode !== undefined ? { Status: 'exited', ExitCode } : { Status: started ? 'running' : 'created' };
  return { Id: id, State } as Partial<ContainerInspect> as ContainerInspect;
}

/** Only the calls that these steps make; each is written down, and fails when the test says so. */
function walk(
  steps: Step[],
  options: {
    fail?: string;
    abortAfter?: string;
    deaf?: true;
    ended?: Record<string, number>;
    /** Takes every policy; left out: says nothing. */
    acknowledges?: true;
    /** Ends with exit code 7 once it has acknowledged a policy. */
    endsLater?: string;
  } = {},
) {
  const calls: string[] = [];
  let signs = 0;
  let taken: Ack | null = null;
  const exitOf = (id: string): number | undefined =>
    options.endsLater === id && taken !== null ? 7 : options.ended?.[id];
  const abort = new AbortController();
  const call = (name: string) => (id: string) => {
    calls.push(`${name} ${id}`);
    if (options.abortAfter === `${name} ${id}`) abort.abort();
    if (options.fail !== `${name} ${id}`) return Promise.resolve();
    return Promise.reject(new Failure([problem('engine_error', 'told to fail', 'do not tell it to')]));
  };
  const engine = {
    stopContainer: call('stop'),
    startContainer: call('start'),
    removeContainer: call('remove'),
    removeNetwork: call('network'),
    createContainer: (name) => Promise.resolve(name),
    writeArchive: async (_id, _path, files) => {
      await call('policy')('written');
      const [, seq, digest] = /(\d+)-([0-9a-f]{64})/.exec(files.at(-1)?.path ?? '') ?? [];
      if (options.acknowledges && digest) taken = { ...ACK, seq: Number(seq), digest };
    },
    statArchive: () => Promise.resolve({ size: 0, modified: String((signs += 1)) }),
    inspectContainer: (id) => Promise.resolve(inspected(id, calls.includes(`start ${id}`), exitOf(id))),
    inspectImage: () => Promise.resolve({ Id: 'sha256:i', Os: 'linux', Architecture: 'amd64' }),
    readLogs: async function* () {
      await Promise.resolve();
      yield { stream: 'stdout', line: '{"event":"crashed","detail":"no such module"}' } as const;
    },
    listContainers: (labels) => {
      expect(labels).toContain('io.toolcrib.address=proxy');
      const own = Object.fromEntries(labels.map((label) => label.split('=') as [string, string]));
      const one = { id: 'proxy.g2', names: [], labels: { ...own, 'io.toolcrib.project': 'p' }, state: 'running' };
      return Promise.resolve([{ ...one, imageId: '' }]);
    },
    readArchive: () => Promise.resolve(taken && [{ path: 'ack.json', mode: 0o600, content: asFile(taken) }]),
  } as Partial<Engine> as Engine;
  const ports: ApplyPorts = {
    engine,
    project: POLICY.project,
    notify: () => undefined,
    signal: abort.signal,
    parallelism: 1,
    timeoutSeconds: 0,
    ensureImage: () => Promise.reject(new Error('no image is asked for here')),
    containers: new Map(steps.flatMap((each) => ('address' in each ? [[each.address, DECLARED] as const] : []))),
    live: null,
    desired: POLICY,
    serialize: () => '',
    nextSeq: 1,
    control: 'control',
    bridge: null,
    proxyListens: false,
    deaf: options.deaf ?? false,
    unrouted: new Set(),
  };
  return applyPlan(planOf(steps), ports).then((outcome) => ({ outcome, calls }));
}

describe('applyPlan', () => {
  it('does every step in order', async () => {
    const { outcome, calls } = await walk([stop('a'), remove('a'), network]);
    expect(calls).toEqual(['stop a', 'remove a', 'network n']);
    expect(outcome).toMatchObject({ failed: [], skipped: [], interrupted: false });
    expect(outcome.done).toHaveLength(3);
  });

  it('a failing server takes its own later steps with it and nothing else', async () => {
    const { outcome, calls } = await walk([stop('a'), stop('b'), remove('a'), remove('b')], { fail: 'stop a' });
    expect(calls).toEqual(['stop a', 'stop b', 'remove b']);
    expect(outcome.failed).toMatchObject([{ address: 'server.a', diagnostics: [{ code: 'engine_error' }] }]);
    expect(outcome.skipped).toEqual([remove('a')]);
  });

  it('anything else that fails stops everything', async () => {
    const { outcome, calls } = await walk([network, stop('a'), remove('a')], { fail: 'network n' });
    expect(calls).toEqual(['network n']);
    expect(outcome.skipped).toEqual([stop('a'), remove('a')]);
  });

  it('told to stop, it finishes the running step and starts no other', async () => {
    const { outcome, calls } = await walk([stop('a'), remove('a')], { abortAfter: 'stop a' });
    expect(calls).toEqual(['stop a']);
    expect(outcome).toMatchObject({ interrupted: true, done: [stop('a')], skipped: [remove('a')] });
  });

  it('a generation that fails its gate is gone before the old one serves again', async () => {
    const { outcome, calls } = await walk([create('server.a'), gate('a'), FINAL, remove('a')]);
    expect(calls).toEqual(['remove server.a.g2', 'policy written']);
    expect(outcome.failed).toMatchObject([{ address: 'server.a', diagnostics: [{ code: 'server_timeout' }] }]);
  });

  it('one that serves stays, although tidying up behind it fails', async () => {
    const { outcome, calls } = await walk([create('server.a'), FINAL, remove('a')], { fail: 'remove a' });
    expect(calls).toEqual(['policy written', 'remove a']);
    expect(outcome.failed).toMatchObject([{ address: 'server.a' }]);
  });

  it('a server called proxy takes no system container with it', async () => {
    const { calls } = await walk([create('proxy'), create('server.proxy'), gate('proxy'), FINAL]);
    expect(calls).toEqual(['remove server.proxy.g2', 'policy written']);
  });

  it('one that failed and cannot be removed does not hide what failed', async () => {
    const { outcome } = await walk([create('server.a'), gate('a'), FINAL], { fail: 'remove server.a.g2' });
    expect(outcome.failed).toMatchObject([{ address: 'server.a', diagnostics: [{ code: 'server_timeout' }] }]);
    expect(outcome.done).toContainEqual(FINAL);
  });

  describe('a new proxy and bridge', () => {
    const end = (address: Address): Step => ({ do: 'stop-container', address, id: `${address}.old`, timeout: 1 });
    const begin = (address: Address): Step => {
      return { do: 'start-container', address, target: { created: address, generation: 2 } };
    };
    const gone = (address: Address): Step => ({ do: 'remove-container', address, id: `${address}.old` });
    const UPGRADE = [
      create('bridge'),
      create('proxy'),
      end('proxy'),
      end('bridge'),
      begin('bridge'),
      begin('proxy'),
      FINAL,
      gone('bridge'),
      gone('proxy'),
    ];
    const BACK = ['remove bridge.g2', 'start bridge.old', 'remove proxy.g2', 'start proxy.old'];

    it('that cannot start leave the old ones running', async () => {
      const { outcome, calls } = await walk(UPGRADE, { fail: 'start proxy.g2' });
      expect(calls).toEqual([...['stop proxy.old', 'stop bridge.old', 'start bridge.g2', 'start proxy.g2'], ...BACK]);
      expect(outcome.failed).toMatchObject([{ address: 'proxy' }]);
      expect(outcome.failed[0]?.diagnostics[0]?.detail).toContain(
        'The old bridge and the old proxy were started again.',
      );
    });

    it('that cannot start, after a new bridge has served: that one stays', async () => {
      const bridge = [create('bridge'), end('bridge'), begin('bridge'), FINAL];
      const proxy = [create('proxy'), end('proxy'), begin('proxy'), FINAL, gone('bridge'), gone('proxy')];
      const { outcome, calls } = await walk([...bridge, ...proxy], { fail: 'start proxy.g2' });
      expect(calls.slice(-3)).toEqual(['start proxy.g2', 'remove proxy.g2', 'start proxy.old']);
      expect(calls).not.toContain('start bridge.old');
      expect(outcome.failed[0]?.diagnostics[0]?.detail).toContain('The old proxy was started again.');
    });

    it('that start but do not take the policy leave the old ones running', async () => {
      const { outcome, calls } = await walk(UPGRADE);
      expect(calls.slice(4)).toEqual(['policy written', ...BACK]);
      expect(outcome.failed).toMatchObject([{ address: 'policy', diagnostics: [{ code: 'proxy_unready' }] }]);
      expect(outcome.failed[0]?.diagnostics[0]?.detail).toMatch(
        /did not take policy[^]*last words:\n {2}crashed: no such/,
      );
    });

    it('told to stop between the old and the new, the old ones run again', async () => {
      const { outcome, calls } = await walk(UPGRADE, { abortAfter: 'stop bridge.old' });
      expect(calls).toEqual(['stop proxy.old', 'stop bridge.old', ...BACK]);
      expect(outcome).toMatchObject({ interrupted: true, failed: [] });
    });

    const RESTRICT: Step = { do: 'policy', stage: 'restrict' };
    it('that cannot start, while access goes that the old proxy would give again: that one stays stopped', async () => {
      const { outcome, calls } = await walk([RESTRICT, ...UPGRADE], { deaf: true, fail: 'start proxy.g2' });
      expect(calls.slice(5)).toEqual(['start bridge.g2', 'start proxy.g2']);
      expect(outcome.failed).toMatchObject([{ address: 'proxy' }]);
      expect(outcome.failed[0]?.diagnostics[0]?.detail).toContain('The old proxy was not started again');
    });

    it('told to stop in between, while access goes: the new ones run, and narrow it by themselves', async () => {
      const { calls } = await walk([RESTRICT, ...UPGRADE], { deaf: true, abortAfter: 'stop bridge.old' });
      expect(calls.slice(3)).toEqual(['start bridge.g2', 'start proxy.g2']);
    });

    it('that ends as soon as it is started: its last words are told, and the old one runs again', async () => {
      const bridge = [create('bridge'), end('bridge'), begin('bridge'), gone('bridge')];
      const { outcome, calls } = await walk(bridge, { ended: { 'bridge.g2': 1 } });
      expect(calls).toEqual(['stop bridge.old', 'start bridge.g2', 'remove bridge.g2', 'start bridge.old']);
      expect(outcome.failed).toMatchObject([{ address: 'bridge', diagnostics: [{ code: 'system_crashed' }] }]);
      expect(outcome.failed[0]?.diagnostics[0]?.detail).toMatch(/exit code 1[^]*no such module[^]*started again/);
    });

    const proof = (address: 'bridge' | 'proxy'): Step => ({ do: 'prove', address, generation: 2 });
    const MOVED = ['stop proxy.old', 'start proxy.g2', 'policy written'];

    it('that ends after it has taken the policy: the old one runs again', async () => {
      const proxy = [create('proxy'), end('proxy'), begin('proxy'), FINAL, proof('proxy'), gone('proxy')];
      const { outcome, calls } = await walk(proxy, { endsLater: 'proxy.g2', acknowledges: true });
      expect(calls).toEqual([...MOVED, 'remove proxy.g2', 'start proxy.old']);
      expect(outcome.failed).toMatchObject([{ address: 'proxy', diagnostics: [{ code: 'system_crashed' }] }]);
      expect(outcome.failed[0]?.diagnostics[0]?.detail).toMatch(
        /The proxy ended after it had taken over, with exit code 7[^]*no such module[^]*old proxy was started again/,
      );
    });

    it('that stays up: the old one goes', async () => {
      const proxy = [create('proxy'), end('proxy'), begin('proxy'), FINAL, proof('proxy'), gone('proxy')];
      const { outcome, calls } = await walk(proxy, { acknowledges: true });
      expect(calls).toEqual([...MOVED, 'remove proxy.old']);
      expect(outcome.failed).toEqual([]);
    });

    it('of which the proxy ends after it has taken the policy: both old ones run again', async () => {
      const proved = [...UPGRADE.slice(0, -2), proof('bridge'), proof('proxy'), gone('bridge'), gone('proxy')];
      const { outcome, calls } = await walk(proved, { endsLater: 'proxy.g2', acknowledges: true });
      expect(calls.slice(5)).toEqual(BACK);
      expect(outcome.failed).toMatchObject([{ address: 'proxy' }]);
    });

    it('told to stop once the new one has the policy: that one stays', async () => {
      const proxy = [create('proxy'), end('proxy'), begin('proxy'), FINAL, proof('proxy'), gone('proxy')];
      const { outcome, calls } = await walk(proxy, { acknowledges: true, abortAfter: 'policy written' });
      expect(calls).toEqual(MOVED);
      expect(outcome).toMatchObject({ interrupted: true, failed: [], skipped: [proof('proxy'), gone('proxy')] });
    });

    const rehearsal = (address: 'bridge' | 'proxy'): Step => ({ do: 'rehearse', address, generation: 2 });
    const REHEARSED = [rehearsal('bridge'), rehearsal('proxy'), ...UPGRADE];

    it('that pass their rehearsal take over, and nothing is left of it', async () => {
      const own = (role: string): string[] => [
        `start toolcrib.p.rehearsal.${role}`,
        `remove toolcrib.p.rehearsal.${role}`,
      ];
      const { calls } = await walk(REHEARSED, {
        ended: { 'toolcrib.p.rehearsal.bridge': 0, 'toolcrib.p.rehearsal.proxy': 0 },
      });
      expect(calls.slice(0, 6)).toEqual([...own('bridge'), ...own('proxy'), 'stop proxy.old', 'stop bridge.old']);
    });

    it('of which one fails its rehearsal: the old ones are not touched', async () => {
      const { outcome, calls } = await walk(REHEARSED, { ended: { 'toolcrib.p.rehearsal.bridge': 1 } });
      expect(calls).toEqual(['start toolcrib.p.rehearsal.bridge', 'remove toolcrib.p.rehearsal.bridge']);
      expect(outcome.failed).toMatchObject([{ address: 'bridge', diagnostics: [{ code: 'rehearsal_failed' }] }]);
      expect(outcome.failed[0]?.diagnostics[0]?.detail).toMatch(/exit code 1[^]*serves on[^]*crashed: no such module/);
    });

    it('that serve are not taken back because tidying up fails', async () => {
      const bridge = [create('bridge'), end('bridge'), begin('bridge'), gone('bridge')];
      const { calls } = await walk(bridge, { fail: 'remove bridge.old' });
      expect(calls).toEqual(['stop bridge.old', 'start bridge.g2', 'remove bridge.old']);
    });
  });

  it('told to stop before the gates, it takes back what was presented, and the old ones serve', async () => {
    const CANDIDATES: Step = { do: 'policy', stage: 'candidates' };
    const { outcome, calls } = await walk([create('server.a'), CANDIDATES, gate('a'), FINAL, remove('a')], {
      abortAfter: 'policy written',
    });
    expect(calls).toEqual(['policy written', 'remove server.a.g2', 'policy written']);
    expect(outcome).toMatchObject({ interrupted: true, failed: [], skipped: [gate('a'), remove('a')] });
  });
});
