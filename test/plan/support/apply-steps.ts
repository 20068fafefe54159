/**
 * Carries out steps on the engine model. Refuses what an engine refuses, and what a plan must never do: route to what
 * does not run, remove what serves, let two generations write to one mount.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Compiled } from '../../../src/compile/desired.js';
import { policyDigest } from '../../../src/compile/policy.js';
import { nothing, restrict, settle, withCandidates } from '../../../src/compile/stages.js';
import { generationKey } from '../../../src/model/ack.js';
import { nameOf } from '../../../src/model/address.js';
import { LABEL } from '../../../src/model/labels.js';
import type { AccessEntry } from '../../../src/model/access.js';
import type { ActualState, LivePolicy, OwnedContainer } from '../../../src/model/state.js';
import { resolveStep } from '../../../src/plan/fields/expected.js';
import type { ContainerUpdate, Plan, Step } from '../../../src/plan/plan.js';
import { accessOf, certificateOf, protectedOf, telemetryOf, tokensOf } from '../../../src/policy/access.js';
import type { Policy } from '../../../src/policy/artifact.js';
import { knownForm } from '../../../src/policy/known-form.js';
import { remotesOf } from '../../../src/workflow/survey.js';
import { unroutedOf } from '../../../src/workflow/unrouted.js';
import { created, halt, idOf, imageOf, run } from './engine-model.js';

/** An engine's state with the policy whole, as the workflow has it. */
export interface World {
  actual: ActualState;
  policy: Policy | null;
  /** Container id of a proxy → the form of policies that its build reads; left out: ours. */
  forms?: Record<string, string>;
  /** The form in which the newest policy is written; left out: ours. */
  written?: string;
  /** What the proxy enforces where that is not the newest. */
  enforced?: Pick<World, 'policy' | 'written'> & { live: LivePolicy | null };
}

/** A build that reads the policies of ours as well. */
export const NEWER = 'newer';
const reads = (form: string, written: string | undefined): boolean => form === NEWER || (written ?? form) === form;

/** What a build of this form sees of a world that another one may have made (workflow/survey.ts). */
export function seenBy(form: string, world: World): World {
  if (reads(form, world.written) || !world.actual.policy) return world;
  const { enforced, actual } = world;
  if (enforced && reads(form, enforced.written)) {
    return { ...world, policy: enforced.policy, actual: { ...actual, policy: enforced.live } };
  }
  return { ...world, policy: null, actual: { ...actual, policy: null, foreignPolicy: true } };
}

/** What agents may do now: as the proxy enforces it, or will once it starts. */
export const accessNow = ({ actual, enforced }: World): AccessEntry[] =>
  (enforced ? enforced.live : actual.policy)?.access ?? [];

let salt = 0;

/** @param until how many steps are carried out before apply is killed; left out: all. */
export function applySteps(plan: Plan, compiled: Compiled, before: World, until = Infinity): World {
  const world = structuredClone(before);
  delete world.actual.foreignPolicy;
  for (const step of plan.steps.slice(0, until)) carryOut(step, plan, compiled, world);
  return world;
}

function carryOut(step: Step, plan: Plan, { desired, policy }: Compiled, world: World): void {
  const { actual } = world;
  const find = (id: string): OwnedContainer =>
    must(
      actual.containers.find((each) => each.inspect.Id === id),
      `container ${id}`,
    );
  switch (step.do) {
    case 'image': {
      const { reference, inputs } = must(
        desired.images.find((each) => each.address === step.address),
        step.address,
      );
      const made = { address: step.address, inputs: inputs ?? idOf(reference) };
      const found = actual.ownImages.find((each) => isDeepStrictEqual(each.made, made));
      const image = imageOf(reference, made.inputs);
      if (found) image.Id = found.id;
      actual.images[reference] = image;
      if (!actual.ownImages.some((each) => each.id === image.Id))
        actual.ownImages.push({ id: image.Id, tags: [reference], made });
      return;
    }
    case 'create-network':
      refuse(actual.subnets.includes(step.subnet), `subnet ${step.subnet} is taken`);
      actual.subnets.push(step.subnet);
      actual.networks.push({
        Id: idOf(`${step.name}/${++salt}`),
        Name: step.name,
        Driver: 'bridge',
        Internal: step.internal,
        Labels: step.labels,
        IPAM: { Config: [{ Subnet: step.subnet }] },
      });
      return;
    case 'create-volume':
      if (!actual.volumes.some((each) => each.Name === step.name))
        actual.volumes.push({ Name: step.name, Driver: 'local', Labels: step.labels, Options: null });
      actual.leftovers = actual.leftovers.filter((each) => each.volume !== step.name);
      return;
    case 'create-container': {
      refuse(
        actual.containers.some((each) => each.inspect.Name === `/${step.name}`),
        `${step.name} exists`,
      );
      const container = must(
        desired.containers.find((each) => each.address === step.address),
        step.address,
      );
      const image = must(actual.images[container.spec.image], `image ${container.spec.image}`);
      const resolved = step.resolved ?? resolveStep(container, step.generation, image);
      for (const mount of resolved.mounts)
        refuse(
          mount.type === 'volume' &&
            ![...actual.volumes, ...actual.foreignVolumes].some((each) => each.Name === mount.source),
          `volume ${mount.source} is missing`,
        );
      actual.containers.push(created(step.name, resolved, image, ++salt));
      (world.forms ??= {})[actual.containers.at(-1)?.inspect.Id ?? ''] = desired.policy.form;
      return;
    }
    case 'rehearse':
      refuse(!isUp(step.address, actual), `${step.address} is rehearsed beside nobody`);
      refuse(
        !actual.images[must(desired.containers.find((each) => each.address === step.address)?.spec.image, 'spec')],
        `${step.address} is rehearsed without its image`,
      );
      return;
    case 'prove':
      refuse(!isUp(step.address, actual), `${step.address} is watched and does not run`);
      return;
    case 'update-container':
      update(find(step.id), step.set);
      return;
    case 'update-copies':
      for (const each of actual.instances)
        if (each.address === step.address && each.generation === step.generation) update(each, step.set);
      return;
    case 'start-container': {
      const { target } = step;
      const container =
        'id' in target
          ? find(target.id)
          : must(
              actual.containers.find(
                (each) => each.address === target.created && each.generation === target.generation,
              ),
              step.address,
            );
      refuse(
        actual.containers.some(
          (each) => each !== container && each.address === step.address && each.inspect.State.Running,
        ),
        `two of ${step.address} run`,
      );
      refuse(step.address === 'proxy' && !isUp('bridge', actual), 'the proxy starts before the bridge');
      refuse(container.inspect.State.Status === 'paused', 'cannot start a paused container');
      run(container, actual);
      if (step.address === 'proxy') acknowledge(world);
      return;
    }
    case 'stop-container':
      halt(find(step.id));
      return;
    case 'remove-container': {
      const container = actual.containers.find((each) => each.inspect.Id === step.id);
      if (container)
        refuse(isServing(container, world) && plan.policyDigest !== '', `${container.inspect.Name} still serves`);
      actual.containers = actual.containers.filter((each) => each.inspect.Id !== step.id);
      actual.instances = actual.instances.filter((each) => each.inspect.Id !== step.id);
      actual.leftovers = actual.leftovers.filter((each) => each.id !== step.id);
      if (container?.address === 'control' && !actual.containers.some((each) => each.address === 'control'))
        Object.assign(actual, { policy: null, ack: null, revoked: [] });
      return;
    }
    case 'connect-network': {
      const { target, network: name } = step;
      const container =
        'id' in target
          ? find(target.id)
          : must(
              actual.containers.find(
                (each) => each.address === target.created && each.generation === target.generation,
              ),
              step.address,
            );
      const network = must(
        actual.networks.find((each) => each.Name === name),
        name,
      );
      const id = container.inspect.State.Running ? network.Id : '';
      (container.inspect.NetworkSettings.Networks ??= {})[name] = { NetworkID: id, Aliases: null, IPAddress: '' };
      return;
    }
    case 'disconnect-network': {
      const { NetworkSettings } = find(step.id).inspect;
      const left = Object.entries(NetworkSettings.Networks ?? {}).filter(
        ([name, { NetworkID }]) => NetworkID !== step.network && name !== step.network,
      );
      NetworkSettings.Networks = Object.fromEntries(left);
      return;
    }
    case 'remove-network':
      refuse(
        actual.containers.some(
          ({ inspect }) =>
            inspect.State.Running &&
            Object.values(inspect.NetworkSettings.Networks ?? {}).some((each) => each.NetworkID === step.id),
        ),
        'network has active endpoints',
      );
      actual.subnets = actual.subnets.filter(
        (subnet) =>
          !actual.networks.find((each) => each.Id === step.id)?.IPAM?.Config?.some((each) => each.Subnet === subnet),
      );
      actual.networks = actual.networks.filter((each) => each.Id !== step.id);
      return;
    case 'remove-volume':
      refuse(
        actual.containers.some(({ inspect }) => inspect.Mounts?.some((mount) => mount.Name === step.name)),
        `volume ${step.name} is in use`,
      );
      actual.volumes = actual.volumes.filter((each) => each.Name !== step.name);
      return;
    case 'remove-image':
      refuse(
        actual.containers.some(({ inspect }) => inspect.Image === step.id),
        `image ${step.id} is in use`,
      );
      actual.ownImages = actual.ownImages.filter((each) => each.id !== step.id);
      for (const [reference, image] of Object.entries(actual.images))
        if (image?.Id === step.id) actual.images[reference] = null;
      return;
    case 'policy': {
      const declared = policy(plan.routes);
      const now = world.policy ?? nothing(declared);
      const stages = {
        narrow: () => restrict(now, declared, new Set()),
        restrict: () => restrict(now, declared, unroutedOf(plan)),
        candidates: () => withCandidates(now, declared),
        final: () => settle(now, declared, world.policy, new Set()),
      };
      write(stages[step.stage](), desired.policy.form, world);
      refuse(
        step.stage !== 'restrict' && step.stage !== 'narrow' && isUp('proxy', actual) && world.enforced !== undefined,
        'the proxy cannot read what apply waits for it to take',
      );
      return;
    }
    case 'gate':
      gate(step, world, desired.containers.find((each) => each.address === step.address)?.replace === 'stop-first');
      return;
  }
}

function update({ inspect: { HostConfig } }: OwnedContainer, set: ContainerUpdate): void {
  if (set.memory !== undefined) HostConfig.Memory = HostConfig.MemorySwap = set.memory;
  if (set.nanoCpus !== undefined) HostConfig.NanoCpus = set.nanoCpus;
  if (set.pids !== undefined) HostConfig.PidsLimit = set.pids;
  if (set.restart !== undefined) HostConfig.RestartPolicy = { Name: set.restart };
}

function write(policy: Policy, form: string, world: World): void {
  const { actual } = world;
  refuse(!actual.containers.some((each) => each.address === 'control'), 'a policy without control');
  const routes = Object.fromEntries(Object.entries(policy.servers).map(([name, server]) => [name, server.serving]));
  const seq = Math.max(actual.policy?.seq ?? 0, actual.ack?.seq ?? 0) + 1;
  world.enforced ??= { policy: world.policy, live: actual.policy, ...(world.written && { written: world.written }) };
  world.policy = policy;
  world.written = form;
  const remotes = remotesOf(policy);
  const read = {
    access: accessOf(policy),
    tokens: tokensOf(policy),
    routes,
    remotes,
    protected: protectedOf(policy),
    certificate: certificateOf(policy),
    telemetry: telemetryOf(policy),
    volumes: actual.volumes.map(({ Name }) => Name),
  };
  actual.policy = { seq, digest: policyDigest(policy), ...read };
  delete actual.keys;
  actual.revoked = [...new Set([...actual.revoked, ...policy.revoked])].sort();
  if (isUp('proxy', actual)) acknowledge(world);
}

/** What the proxy does by itself: take the newest policy that it can read, and open what it routes to. */
function acknowledge(world: World): void {
  const { actual, policy: whole, written, forms = {} } = world;
  const { policy } = actual;
  const running = actual.containers.find((each) => each.address === 'proxy' && each.inspect.State.Running);
  const form = forms[running?.inspect.Id ?? ''] ?? knownForm();
  const known = actual.ack?.generations ?? {};
  const ack = { boot: 'boot', time: '', form, seq: 0, digest: '', refused: null, revoked: [], generations: known };
  if (policy && !reads(form, written)) {
    actual.ack = { ...ack, seq: actual.ack?.seq ?? 0, digest: actual.ack?.digest ?? '', refused: 'of another form' };
    return;
  }
  delete world.enforced;
  actual.ack = policy ? { ...ack, seq: policy.seq, digest: policy.digest } : { ...ack, generations: {} };
  for (const [server, generation] of Object.entries(policy?.routes ?? {})) {
    if (generation !== null && !whole?.servers[server]?.held) {
      open(server, generation, actual, policy?.remotes[server] !== undefined);
    }
  }
}

function gate({ server, generation }: Extract<Step, { do: 'gate' }>, world: World, alone: boolean): void {
  const { actual } = world;
  refuse(!isUp('proxy', actual) || !isUp('bridge', actual), 'a gate without proxy and bridge');
  refuse(world.enforced !== undefined, 'a gate by a proxy that has not taken the policy');
  refuse(
    !world.policy?.servers[server]?.generations[String(generation)],
    `the policy does not know ${server}@${generation}`,
  );
  const { transport } = world.policy?.servers[server]?.generations[String(generation)] ?? {};
  open(server, generation, actual, transport?.type === 'remote');
  const running = actual.containers.filter((each) => each.address === `server.${server}` && each.inspect.State.Running);
  const gated = actual.containers.find((each) => each.address === `server.${server}` && each.generation === generation);
  refuse(gated !== undefined && !isReached(gated, actual), `the proxy does not reach ${server}@${generation}`);
  refuse(alone && running.length > 1, `two of ${server} write to one mount`);
}

function open(server: string, generation: number, actual: ActualState, remote: boolean): void {
  const container = actual.containers.find(
    (each) => each.address === `server.${server}` && each.generation === generation,
  );
  if (!actual.ack) return;
  if (container) {
    if (!isUp('bridge', actual) || container.inspect.State.Status === 'paused') return;
    // A template never runs; its instances are the bridge's.
    if (container.inspect.Config.Labels?.[LABEL.instances] === 'shared') run(container, actual);
  } else if (!remote) return;
  const ready = {
    state: 'ready',
    code: null,
    reason: null,
    restarts: 0,
    since: '',
    quarantined: [],
    extra: [],
    missing: [],
  } as const;
  actual.ack.generations[generationKey(server, generation)] = { ...ready, quarantined: [], extra: [], missing: [] };
}

/** A copy made by hand bears the labels, not the name. */
function isServing({ address, generation, inspect }: OwnedContainer, { actual, policy }: World): boolean {
  if (policy?.servers[nameOf(address)]?.held) return false; // nothing is sent to it
  const named = inspect.Name === `/toolcrib.acme.${address}.g${generation}`;
  return named && isUp('proxy', actual) && actual.policy?.routes[nameOf(address)] === generation;
}

function isUp(address: string, { containers }: ActualState): boolean {
  return containers.some((each) => each.address === address && each.inspect.State.Status === 'running');
}

/** Both are on the network of a server that speaks HTTP. */
function isReached({ inspect }: OwnedContainer, { containers }: ActualState): boolean {
  const mode = inspect.HostConfig.NetworkMode ?? 'none';
  if (mode === 'none') return true;
  return containers.some(
    (each) => each.address === 'proxy' && each.inspect.NetworkSettings.Networks?.[mode] !== undefined,
  );
}

function refuse(condition: boolean, why: string): void {
  if (condition) throw new Error(`refused: ${why}`);
}

function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`no such thing: ${what}`);
  return value;
}
