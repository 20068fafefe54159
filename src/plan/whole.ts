/** A resource whole, as plans tell of it: every field of the table, maps as objects, nothing in it that looks secret. */
import type { Json, JsonObject } from '../model/definitions.js';
import type { NetworkInspect } from '../model/inspect.js';
import type { DesiredNetwork, DesiredVolume } from '../model/state.js';
import type { Projection } from './fields/projection.js';
import { shownPair, shownValue } from './fields/sensitive.js';

/** A container's image by both its names; no id: not on the engine yet. */
export interface ShownImage {
  reference: string;
  id: string | null;
}

/** @param unknown fields that only an image not yet on the engine decides: they are left out. */
export function whole(side: Projection, image: ShownImage, unknown: readonly string[] = []): JsonObject {
  const object: JsonObject = {};
  for (const [field, { row, value }] of side) {
    if (unknown.includes(field)) continue;
    if (row.field === 'image') Object.assign(object, imageOf(image));
    else if (row.each) put(object, row.field, field.slice(row.field.length + 1), shownValue(field, value));
    else object[field] = value;
  }
  return object;
}

/** Hidden values that differ must be seen to. */
export function markChanged(after: JsonObject, live: Projection, expected: Projection): JsonObject {
  for (const [field, { row, value }] of expected) {
    const before = live.get(field)?.value;
    if (!row.each || before === undefined || before === value || row.field !== 'env') continue;
    put(after, row.field, field.slice(row.field.length + 1), shownPair(field, before, value).after);
  }
  return after;
}

export function networkWhole({ name, internal, pool }: DesiredNetwork): JsonObject {
  return { name, driver: 'bridge', internal, subnet: `in ${pool}` };
}

export function liveNetworkWhole(live: NetworkInspect): JsonObject {
  const subnets = (live.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
  return { name: live.Name, driver: live.Driver, internal: live.Internal, subnet: subnets.join(', ') };
}

export function volumeWhole({ name, owner }: Pick<DesiredVolume, 'name' | 'owner'>): JsonObject {
  return { name, owner };
}

function imageOf({ reference, id }: ShownImage): JsonObject {
  return id === null ? { image: reference } : { image: reference, image_id: id };
}

function put(object: JsonObject, map: string, key: string, value: Json): void {
  const present = object[map] as JsonObject | undefined;
  if (present) present[key] = value;
  else object[map] = { [key]: value };
}
