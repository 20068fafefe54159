/** Servers over HTTP and remote ones: each edit is the expected change and no other, each outside change one line. */
import { describe, expect, it } from 'vitest';
import type { ActualState, OwnedContainer } from '../../src/model/state.js';
import type { Plan } from '../../src/plan/plan.js';
import { planProject } from '../../src/plan/plan-project.js';
import type { World } from './support/apply-steps.js';
import { applySteps } from './support/apply-steps.js';
import type { Declaration } from './support/declare.js';
import { declare } from './support/declare.js';
import { nothingThere } from './support/engine-model.js';

const BOTH: Declaration = {
  servers: { web: { http: 8080 }, issues: { remote: 'https://one.example/mcp' } },
  agents: { bot: [{ server: 'issues', tools: ['list'] }] },
};
const NETWORK = 'toolcrib.acme.network.web';

function planOf(declared: Declaration, actual: ActualState): Plan {
  const { plan, diagnostics } = planProject(declare(declared).desired, actual, { version: '0.1.0' });
  expect(diagnostics).toEqual([]);
  return plan;
}

const applied = (declared: Declaration, before: World = { actual: nothingThere(), policy: null }): World =>
  applySteps(planOf(declared, before.actual), declare(declared), before);

function lines({ changes }: Plan): string[] {
  return changes
    .filter(({ action }) => action !== 'no-op')
    .map(({ address, action, cause, fields }) => `${address} ${action} ${cause}: ${fields.map((f) => f.field).join()}`);
}

const steps = ({ steps: all }: Plan): string[] =>
  all.map((step) => ('address' in step ? `${step.do} ${step.address}` : `${step.do} ${step.stage}`));

function find(actual: ActualState, address: string): OwnedContainer {
  const found = actual.containers.find((each) => each.address === address);
  if (!found) throw new Error(`no ${address}`);
  return found;
}

describe('a server over HTTP', () => {
  it('has a network of its own, internal, that the proxy is on before the server is gated', () => {
    const { actual } = applied(BOTH);
    expect(actual.networks.map(({ Name, Internal }) => [Name, Internal])).toEqual([
      ['toolcrib.acme.published', false],
      [NETWORK, true],
    ]);
    expect(Object.keys(find(actual, 'proxy').inspect.NetworkSettings.Networks ?? {})).toContain(NETWORK);
    expect(find(actual, 'server.web').inspect.HostConfig.Dns).toEqual(['127.0.0.1']);
    expect(planOf(BOTH, actual).steps).toEqual([]);
  });

  it.each([
    ['another port', { http: 9090 }, 'server.web replace config: transport'],
    ['instances', { http: 8080, instances: 'agent' as const }, 'server.web replace config: instances'],
    ['replicas', { http: 8080, replicas: 3 }, 'server.web replace config: instances'],
  ])('with %s is a new generation, and the proxy stays', (_, web, expected) => {
    const { actual } = applied(BOTH);
    expect(lines(planOf({ ...BOTH, servers: { ...BOTH.servers, web } }, actual))).toEqual([expected]);
  });

  it('comes and goes without the proxy being made anew', () => {
    const without = { ...BOTH, servers: { issues: { remote: 'https://one.example/mcp' } } };
    const world = applied(without);
    const { Id } = find(world.actual, 'proxy').inspect;
    const there = applied(BOTH, world);
    expect(find(there.actual, 'proxy').inspect.Id).toBe(Id);
    const gone = planOf(without, there.actual);
    expect(lines(gone)).toEqual([
      'server.web delete config: ',
      'proxy update config: networks',
      'network.server-web delete null: ',
      'image.server-web:1 delete null: ',
    ]);
    const order = steps(gone);
    expect(order.indexOf('disconnect-network proxy')).toBeGreaterThan(order.indexOf('remove-container server.web'));
    expect(order.indexOf('remove-network network.server-web')).toBeGreaterThan(
      order.indexOf('disconnect-network proxy'),
    );
  });

  it.each<[string, (actual: ActualState) => void, string[]]>([
    [
      'the proxy taken off its network',
      (a) => {
        const { NetworkSettings } = find(a, 'proxy').inspect;
        const { [NETWORK]: _, ...rest } = NetworkSettings.Networks ?? {};
        NetworkSettings.Networks = rest;
      },
      ['proxy update drift: networks'],
    ],
    [
      'a stranger’s network joined',
      (a) => {
        const { NetworkSettings } = find(a, 'server.web').inspect;
        NetworkSettings.Networks = { ...NetworkSettings.Networks, bridge: { NetworkID: 'f'.repeat(64) } };
      },
      ['server.web update drift: networks'],
    ],
    [
      'its resolver changed',
      (a) => void (find(a, 'server.web').inspect.HostConfig.Dns = ['8.8.8.8']),
      ['server.web replace drift: dns'],
    ],
  ])('with %s is one line, and mended', (_, change, expected) => {
    const world = applied(BOTH);
    change(world.actual);
    const plan = planOf(BOTH, world.actual);
    expect(lines(plan)).toEqual(expected);
    expect(planOf(BOTH, applySteps(plan, declare(BOTH), world).actual).steps).toEqual([]);
  });

  it('stops while its network is made anew, because nobody can be on it meanwhile', () => {
    const world = applied(BOTH);
    const network = world.actual.networks.find(({ Name }) => Name === NETWORK);
    if (network) network.Internal = false;
    const plan = planOf(BOTH, world.actual);
    expect(lines(plan)).toEqual(['server.web replace drift: networks', 'network.server-web replace drift: internal']);
    const order = steps(plan);
    const at = (step: string): number => order.indexOf(step);
    expect(at('policy restrict')).toBeLessThan(at('stop-container server.web'));
    expect(at('remove-container server.web')).toBeLessThan(at('remove-network network.server-web'));
    expect(at('disconnect-network proxy')).toBeLessThan(at('remove-network network.server-web'));
    expect(at('connect-network proxy')).toBeGreaterThan(at('create-network network.server-web'));
    expect(planOf(BOTH, applySteps(plan, declare(BOTH), world).actual).steps).toEqual([]);
  });
});

describe('a remote server', () => {
  const at = (remote: string, description?: string): Declaration => ({
    ...BOTH,
    servers: { ...BOTH.servers, issues: { remote, ...(description === undefined ? {} : { description }) } },
  });

  it('is an access change when it comes, and has no container', () => {
    const plan = planOf(BOTH, nothingThere());
    expect(
      plan.accessChanges.filter(({ kind }) => kind === 'remote').map(({ text, reason }) => [text, reason]),
    ).toEqual([
      [
        'server issues gains the remote address https://one.example/mcp: calls to it leave this engine',
        'somebody else’s machine',
      ],
    ]);
    expect(steps(plan).filter((step) => step.endsWith('server.issues'))).toEqual(['gate server.issues']);
  });

  it('with another address is met there before calls go to it, and its old address is lost', () => {
    const { actual } = applied(BOTH);
    const plan = planOf(at('https://two.example/mcp'), actual);
    expect(lines(plan)).toEqual(['server.issues update config: url']);
    expect(plan.accessChanges.map(({ effect, text }) => [effect, text.includes('two')])).toEqual([
      ['revoked', false],
      ['granted', true],
    ]);
    expect(steps(plan)).toEqual(['policy candidates', 'gate server.issues', 'policy final']);
    expect(plan.routes.issues).toBe(2);
  });

  it('with other locked definitions is a new generation of cause `definition`', () => {
    const { actual } = applied(BOTH);
    expect(lines(planOf(at('https://one.example/mcp', 'new words'), actual))).toEqual([
      'server.issues update definition: definitions',
    ]);
  });

  it('that goes takes its access with it', () => {
    const { actual } = applied(BOTH);
    const plan = planOf({ servers: { web: { http: 8080 } } }, actual);
    expect(lines(plan)).toContain('server.issues delete config: ');
    expect(plan.accessChanges.map(({ effect }) => effect)).toContain('revoked');
  });

  it('becomes a container, and the other way round, without two lines of one address', () => {
    const contained: Declaration = { ...BOTH, servers: { ...BOTH.servers, issues: {} } };
    const world = applied(BOTH);
    const plan = planOf(contained, world.actual);
    const own = plan.changes.filter(({ address }) => address === 'server.issues');
    expect(own.map(({ action, cause }) => [action, cause])).toEqual([['create', 'config']]);
    const back = planOf(BOTH, applied(contained, world).actual);
    const addresses = back.changes.map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(applied(BOTH, applied(contained, world)).actual.policy?.remotes.issues?.url).toBe('https://one.example/mcp');
  });
});
