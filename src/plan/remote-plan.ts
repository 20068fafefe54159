/**
 * Remote servers, which the engine knows nothing of: what there is of one lives in the policy. A new address, or new
 * definitions, is a generation of its own, so that the proxy meets it before anybody's call goes there.
 */
import type { Address } from '../model/address.js';
import { nameOf } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import type { ActualState, DesiredRemote, DesiredState } from '../model/state.js';
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
    return declared.has(address) ? [] : [{ ...removal(address, 'no longer declared', { ...live }), cause: 'config' }];
  });
}

function planRemote({ address, url, definitions }: DesiredRemote, actual: ActualState): RemotePlan {
  const name = nameOf(address);
  const served = actual.policy?.routes[name] ?? null;
  const live = actual.policy?.remotes[name];
  const own = actual.containers.filter((each) => each.address === address);
  const after: JsonObject = { url, definitions };
  if (!live || served === null) {
    const fields: FieldChange[] = [{ field: 'url', before: null, after: url, cause: 'config' }];
    const change: Change = {
      ...unchanged(address, 'calls to it leave this engine'),
      action: 'create',
      cause: 'config',
    };
    return {
      address,
      generation: nextGeneration(address, own, actual),
      change: { ...change, fields, before: null, after },
    };
  }
  const fields = differences({ url, definitions }, live);
  if (fields.length === 0) return { address, generation: served, change: unchanged(address, 'as declared', after) };
  const cause = fields.some(({ field }) => field === 'url') ? 'config' : 'definition';
  const reason =
    cause === 'config' ? 'its calls go to another address' : 'other definitions of it were approved in the lock';
  const change: Change = { ...unchanged(address, reason), action: 'update', cause, fields, before: { ...live }, after };
  return { address, generation: nextGeneration(address, own, actual), change };
}

function differences(
  desired: Pick<DesiredRemote, 'url' | 'definitions'>,
  live: { url: string; definitions: string },
): FieldChange[] {
  const fields: FieldChange[] = [];
  if (live.url !== desired.url) fields.push({ field: 'url', before: live.url, after: desired.url, cause: 'config' });
  if (live.definitions !== desired.definitions)
    fields.push({ field: 'definitions', before: live.definitions, after: desired.definitions, cause: 'definition' });
  return fields;
}
