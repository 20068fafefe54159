/**
 * Remote servers, which the engine knows nothing of: what there is of one lives in the policy. A new address, or new
 * definitions, is a generation of its own, so that the proxy meets it before anybody's call goes there.
 */
import type { Address } from '../model/address.js';
import { nameOf } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import type { ActualState, DesiredRemote, DesiredState, RemoteFacts } from '../model/state.js';
import { removal, unchanged } from './changes.js';
import { nextGeneration } from './current.js';
import type { Change, FieldChange } from './plan.js';

export interface RemotePlan {
  address: Address;
  /** The generation that is to serve: the live one unless something of it differs. */
  generation: number;
  change: Change;
}

export function planRemotes(desired: readonly DesiredRemote[], actual: ActualState): RemotePlan[] {
  const inOrder = [...desired].sort((a, b) => (a.address < b.address ? -1 : 1));
  return inOrder.map((remote) => planRemote(remote, actual));
}

/** Served now, and declared no more: neither as remote nor as a container. */
export function goneRemotes({ remotes, containers }: DesiredState, { policy }: ActualState): Change[] {
  const declared = new Set<string>([...remotes, ...containers].map(({ address }) => address));
  return Object.entries(policy?.remotes ?? {}).flatMap(([name, live]): Change[] => {
    const address = `server.${name}` as const;
    return declared.has(address) ? [] : [{ ...removal(address, 'no longer declared', stateOf(live)), cause: 'config' }];
  });
}

function planRemote(desired: DesiredRemote, actual: ActualState): RemotePlan {
  const { address } = desired;
  const name = nameOf(address);
  const served = actual.policy?.routes[name] ?? null;
  const live = actual.policy?.remotes[name];
  const own = actual.containers.filter((each) => each.address === address);
  const after = stateOf(desired);
  const next = (change: Change): RemotePlan => ({ address, generation: nextGeneration(address, own, actual), change });
  if (!live || served === null) {
    const fields = differences({}, after).filter(({ field }) => field !== 'definitions');
    const base = unchanged(address, 'calls to it leave this engine');
    return next({ ...base, action: 'create', cause: 'config', fields, before: null, after });
  }
  const before = stateOf(live);
  const fields = differences(before, after);
  if (fields.length === 0) return { address, generation: served, change: unchanged(address, 'as declared', after) };
  const cause = fields.some((each) => each.cause === 'config') ? 'config' : 'definition';
  return next({ ...unchanged(address, reasonOf(fields)), action: 'update', cause, fields, before, after });
}

/** As plans show it: what is not said is not there. */
function stateOf({ url, definitions, privateAddresses, insecure, ca }: RemoteFacts): JsonObject {
  return {
    url,
    definitions,
    ...(privateAddresses.length > 0 && { private_addresses: privateAddresses }),
    ...(insecure && { insecure }),
    ...(ca !== null && { ca }),
  };
}

const FIELDS = ['url', 'private_addresses', 'insecure', 'ca', 'definitions'] as const;

function differences(was: JsonObject, is: JsonObject): FieldChange[] {
  return FIELDS.flatMap((field): FieldChange[] => {
    const [before, after] = [was[field] ?? null, is[field] ?? null];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    return [{ field, before, after, cause: field === 'definitions' ? 'definition' : 'config' }];
  });
}

function reasonOf(fields: readonly FieldChange[]): string {
  if (fields.some(({ field }) => field === 'url')) return 'its calls go to another address';
  return fields.some(({ cause }) => cause === 'config')
    ? 'how it is reached changes'
    : 'other definitions of it were approved in the lock';
}
