/** The policy between now and then: whose access changes, which generations must be gated, and which stages it takes. */
import type { AccessChange } from '../model/access.js';
import { generationKey } from '../model/ack.js';
import type { Address } from '../model/address.js';
import { nameOf } from '../model/address.js';
import { engineName } from '../model/labels.js';
import type { ActualState, DesiredState, LivePolicy } from '../model/state.js';
import { accessChanges, NO_ACCESS, takesAway } from './access-changes.js';
import { unchanged } from './changes.js';
import type { ContainerPlan } from './container-plan.js';
import { isPaused, isUp } from './container-plan.js';
import { isDeaf, wouldRefuse } from './deaf.js';
import type { Cause, Change, Step } from './plan.js';
import type { RemotePlan } from './remote-plan.js';

type Gate = Extract<Step, { do: 'gate' }>;

export interface PolicyPlan {
  change: Change;
  accessChanges: AccessChange[];
  /** server → generation that serves when all goes well. */
  routes: Record<string, number>;
  digest: string;
  /** Something that the live policy allows must end first. */
  restrict: boolean;
  /** A policy that cannot be read may be in force: control is gone, or another build wrote it. */
  unread: boolean;
  /** The proxy that runs would refuse what apply has for it: the new one comes first. */
  deaf: boolean;
  /** The proxy that there is would take what apply has for it. */
  understood: boolean;
  /** A server that may not run beside its successor serves by the live policy. */
  unroute: boolean;
  /** Servers that the live policy routes to. */
  routed: ReadonlySet<string>;
  /** Generations that the proxy has to let in before they serve. */
  candidates: Gate[];
  /** Generations that serve by policy, but have stopped to. */
  awaited: Gate[];
  /** Generations that go on serving: who has a new bridge waits for them to be found again. */
  served: Gate[];
  /** The policy, or whether it is in force, differs. */
  final: boolean;
}

export function planPolicy(
  desired: DesiredState,
  actual: ActualState,
  { servers, system }: { servers: readonly ContainerPlan[]; system: readonly ContainerPlan[] },
  remotes: readonly RemotePlan[],
): PolicyPlan {
  const { policy: live } = actual;
  const routes = Object.fromEntries([
    ...servers.map((each) => [nameOf(each.desired.address), each.generation] as const),
    ...remotes.map(({ address, generation }) => [nameOf(address), generation] as const),
  ]);
  const digest = desired.policy.digest(routes);
  const changes = accessChanges(live ?? NO_ACCESS, desired.policy);
  const own = servers.map((each) => [each, gateOf(each.desired.address, each.generation)] as const);
  const gates = [...own.map(([, gate]) => gate), ...remotes.map((each) => gateOf(each.address, each.generation))];
  const candidates = gates.filter((gate) => live?.routes[gate.server] !== gate.generation);
  const awaited = own.flatMap(([each, gate]) => (each.idle && !candidates.includes(gate) ? [gate] : []));
  const served = own.flatMap(([, gate]) =>
    candidates.includes(gate) || awaited.includes(gate) || !isExpectedBack(gate, actual) ? [] : [gate],
  );
  return {
    change: changeOf(desired, actual, { servers, remotes, routes, digest }, changes),
    accessChanges: changes,
    routes,
    digest,
    restrict: live !== null && takesAway(changes),
    unread: isUnread(desired, actual),
    deaf: isDeaf(system, desired, actual),
    understood: !wouldRefuse(desired.policy, actual.ack),
    unroute: servers.some((each) => isStopFirst(each) && live?.routes[nameOf(each.desired.address)] != null),
    routed: new Set(Object.entries(live?.routes ?? {}).flatMap(([name, at]) => (at === null ? [] : [name]))),
    candidates,
    awaited,
    served,
    final: live?.digest !== digest || !isInForce(desired, actual) || hasOldKeys(actual),
  };
}

/** One that the proxy could not use before is not waited for, unless that was for want of a bridge. */
function isExpectedBack({ server, generation }: Gate, { containers, ack }: ActualState): boolean {
  const hasBridge = containers.some((each) => each.address === 'bridge' && isUp(each));
  return !hasBridge || ack?.generations[generationKey(server, generation)]?.state === 'ready';
}

function isUnread({ project }: DesiredState, { containers, volumes, foreignPolicy }: ActualState): boolean {
  if (foreignPolicy) return true;
  const behind = engineName.system(project.name, 'policy');
  return !containers.some((each) => each.address === 'control') && volumes.some((each) => each.Name === behind);
}

/** Paused ones have to be stopped, so that the bridge can start them again; templates never run. */
export function stopsOf(servers: readonly ContainerPlan[]): Step[] {
  return servers.flatMap(({ idle, halt, current, desired }) =>
    current && (halt || (idle && isPaused(current)))
      ? [
          {
            do: 'stop-container',
            address: desired.address,
            id: current.inspect.Id,
            timeout: desired.spec.stopTimeout,
          } as const,
        ]
      : [],
  );
}

export function isStopFirst({ action, desired }: ContainerPlan): boolean {
  return action === 'replace' && desired.replace === 'stop-first';
}

function gateOf(address: Address, generation: number): Gate {
  return { do: 'gate', address, server: nameOf(address), generation };
}

/** Keys that no policy in force names: an apply was cut off before it emptied them. */
function hasOldKeys({ policy: live, keys = [] }: ActualState): boolean {
  return keys.some((digest) => digest !== live?.certificate?.file);
}

/** The proxy says that it enforces the live policy, and every revocation has reached the engine. */
function isInForce({ policy }: DesiredState, { policy: live, ack, revoked }: ActualState): boolean {
  if (!live || ack?.seq !== live.seq || ack.digest !== live.digest) return false;
  return policy.revoked.every((id) => revoked.includes(id));
}

const FOREIGN = 'the one in force was written by another build, in a form that this one cannot read';

interface Wanted {
  servers: readonly ContainerPlan[];
  remotes: readonly RemotePlan[];
  routes: Readonly<Record<string, number>>;
  digest: string;
}

/** Only what the declaration says counts here: other generations are the servers' changes. */
function changeOf(
  desired: DesiredState,
  actual: ActualState,
  { servers, remotes, routes, digest }: Wanted,
  changes: readonly AccessChange[],
): Change {
  const { policy: live } = actual;
  const before = live && { digest: live.digest, routes: live.routes };
  const base: Change = { ...unchanged('policy', 'in force'), before, after: { digest, routes: { ...routes } } };
  if (!live) {
    if (actual.foreignPolicy) return { ...base, action: 'create', cause: 'upgrade', reason: FOREIGN };
    const lost = actual.ack !== null && actual.ack.seq > 0;
    const reason = lost ? 'it was removed outside toolcrib' : 'none is in force yet';
    return { ...base, action: 'create', cause: lost ? 'drift' : 'config', reason };
  }
  const current = Object.fromEntries(
    Object.entries(live.routes).flatMap(([name, at]) => (at === null ? [] : [[name, at]])),
  );
  if (live.digest === digest || live.digest === desired.policy.digest(current)) {
    if (isInForce(desired, actual)) {
      if (!hasOldKeys(actual)) return base;
      return { ...base, action: 'update', cause: 'drift', reason: 'an old certificate’s key is still behind control' };
    }
    return { ...base, action: 'update', cause: 'drift', reason: 'the proxy does not enforce it' };
  }
  if (live.outside) {
    const field = { field: 'digest', before: live.digest, after: digest, cause: 'drift' } as const;
    return { ...base, action: 'update', cause: 'drift', reason: 'it was written outside toolcrib', fields: [field] };
  }
  const fields = settingChanges(live, desired);
  const cause = causeOf(fields, changes);
  const listed = cause === 'credential' ? 'tokens change, as listed above' : 'access changes, as listed above';
  if (fields.length > 0) {
    const what = fields.map(({ field }) => field).join(' and ');
    const reason = changes.length > 0 ? `${listed}, and its ${what}` : `its ${what} changes`;
    return { ...base, action: 'update', cause, reason, fields };
  }
  if (changes.length > 0) return { ...base, action: 'update', cause, reason: listed };
  if (serversChange(servers, remotes, live)) return { ...base, reason: 'follows the servers' };
  return { ...base, action: 'update', cause: 'config', reason: 'what the proxy enforces changes, but nobody’s access' };
}

/** Somebody or something proves itself by another secret than before, and nothing else is decided anew. */
function causeOf(fields: Change['fields'], changes: readonly AccessChange[]): Cause {
  const secrets = fields.every(({ cause }) => cause === 'credential') && changes.every(({ kind }) => kind === 'token');
  return secrets && fields.length + changes.length > 0 ? 'credential' : 'config';
}

/** What is worth a line of its own, though it is nobody's access. */
function settingChanges(live: LivePolicy, { policy }: DesiredState): Change['fields'] {
  const inWords = ({ certificate, telemetry = null }: Pick<LivePolicy, 'certificate' | 'telemetry'>) => ({
    certificate: certificate ? `sha256:${certificate.fingerprint}, until ${certificate.expires}` : null,
    telemetry,
  });
  const [was, is] = [inWords(live), inWords(policy)];
  return (['certificate', 'telemetry'] as const).flatMap((field): Change['fields'] => {
    const [before, after] = [was[field], is[field]];
    if (before === after) return [];
    const renewed = field === 'certificate' && before !== null && after !== null;
    return [{ field, before, after, cause: renewed ? 'credential' : 'config' }];
  });
}

function serversChange(servers: readonly ContainerPlan[], remotes: readonly RemotePlan[], live: LivePolicy): boolean {
  const declared = new Set([...servers.map((each) => each.desired.address), ...remotes.map(({ address }) => address)]);
  const gone = Object.keys(live.routes).some((name) => !declared.has(`server.${name}`));
  const moved = servers.some(({ action }) => action === 'create' || action === 'replace');
  return gone || moved || remotes.some(({ change }) => change.action !== 'no-op');
}
