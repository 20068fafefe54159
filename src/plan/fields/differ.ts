/** One container against its declaration: which fields differ, why, and whether they can be mended in place. */
import type { Json, JsonObject } from '../../model/definitions.js';
import type { ImageInspect } from '../../model/inspect.js';
import { kindOf } from '../../model/address.js';
import type { DesiredContainer } from '../../model/state.js';
import type { Applied } from './applied.js';
import { readApplied, wasApplied } from './applied.js';
import { canJoin, joinCause } from './joining.js';
import { inherited, resolve } from './expected.js';
import { rows } from './table.js';
import type { Row } from './row.js';
import type { Cause, ContainerUpdate, FieldChange } from '../plan.js';
import { expectedFields, liveFields } from './projection.js';
import type { Projection } from './projection.js';
import { shownImage, shownPair } from './sensitive.js';
import type { Expected, Live } from './sides.js';
import { markChanged, whole } from '../whole.js';

export interface Difference {
  fields: FieldChange[];
  /** Fields that only an image not yet on the engine decides. */
  unknown: string[];
  /** null: the difference cannot be mended in place. Empty: there is none. */
  update: ContainerUpdate | null;
  /** The container whole, as it lives and as it is to be: put together when it is asked for, which a plan in words never does. */
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** An image that says nothing stands in where it isn't known: what it would decide is left out of the comparison. */
export const SILENT: ImageInspect = { Id: '', Os: '', Architecture: '' };

/** @param image null: not on the engine yet. */
export function compare(desired: DesiredContainer, name: string, image: ImageInspect | null, live: Live): Difference {
  const container = resolve(desired.spec, image ?? live.image ?? SILENT);
  if (image !== null && isAsExpected({ container, name }, live)) return noDifference(desired, live);
  const [should, is] = [expectedFields({ container, name }), liveFields(live)];
  const found = differing(should, is, live, image === null);
  const byImage = new Set([...inherited(desired.spec, image), ...inherited(desired.spec, live.image)]);
  const applied = readApplied(live.inspect);
  const fields: FieldChange[] = [];
  let update: ContainerUpdate | null = {};
  for (const [row, field, is, should] of found) {
    if (image === null && byImage.has(field)) continue;
    const cause = causeOf(row, field, should, { desired, applied, byImage, imageId: container.imageId, live });
    fields.push(
      row.field === 'image' ? imageChange(desired, applied, image, live, cause) : shown(field, is, should, cause),
    );
    update = mended(row, update, desired, live);
  }
  const unknown = image === null ? [...byImage].sort() : [];
  const reference = applied?.image ?? live.inspect.Config.Image;
  const after = whole(should, { reference: desired.spec.image, id: image?.Id ?? null }, unknown);
  return {
    fields,
    unknown,
    update,
    before: whole(is, { reference, id: live.inspect.Image }),
    after: markChanged(after, is, should),
  };
}

/** A container that nobody declares any more. */
export function liveWhole(live: Live): JsonObject {
  const reference = readApplied(live.inspect)?.image ?? live.inspect.Config.Image;
  return whole(liveFields(live), { reference, id: live.inspect.Image });
}

/** Most containers are: that is known without a list of what differs. */
function isAsExpected(expected: Expected, live: Live): boolean {
  return rows.every((row) => row.accepts?.(live) === true || same(row.live(live), row.expected(expected)));
}

function noDifference({ spec }: DesiredContainer, live: Live): Difference {
  let made: JsonObject | null = null;
  const side = (): JsonObject => (made ??= whole(liveFields(live), { reference: spec.image, id: live.inspect.Image }));
  return {
    ...{ fields: [], unknown: [], update: {} },
    get before() {
      return side();
    },
    get after() {
      return side();
    },
  };
}

/** In the table's order, keys of a map sorted. */
export function differing(
  should: Projection,
  is: Projection,
  live: Live,
  imageUnknown = false,
): [Row, string, Json | undefined, Json | undefined][] {
  const found: [Row, string, Json | undefined, Json | undefined][] = [];
  for (const [field, { row, value }] of should) {
    const present = is.get(field)?.value;
    if (row.accepts?.(live)) continue;
    if (!same(present, value) || (field === 'image' && imageUnknown)) found.push([row, field, present, value]);
  }
  for (const [field, { row, value }] of is) {
    if (!should.has(field)) found.push([row, field, value, undefined]);
  }
  return found;
}

/** Both sides come out of the same table in one spelling; only the order of keys may differ. */
function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, at) => same(each, b[at]));
  }
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

interface Evidence {
  desired: DesiredContainer;
  applied: Applied | null;
  byImage: ReadonlySet<string>;
  imageId: string;
  live: Live;
}

function causeOf(row: Row, field: string, should: Json | undefined, evidence: Evidence): Cause {
  const { applied, byImage, desired, imageId, live } = evidence;
  const byNewImage: Cause = kindOf(desired.address) === 'server' ? 'image' : 'upgrade';
  if (row.constant) return 'drift';
  if (field === 'image') return byNewImage;
  if (applied === null) return 'config';
  const same = wasApplied(applied, field, should);
  if (row.inPlace === 'joins' && canJoin(desired.spec, live)) return joinCause(desired.spec, live, same);
  if (same) return 'drift';
  if (field === 'definitions') return 'definition';
  return byImage.has(field) && imageId !== live.inspect.Image ? byNewImage : 'config';
}

function imageChange(
  { spec }: DesiredContainer,
  applied: Applied | null,
  image: ImageInspect | null,
  live: Live,
  cause: Cause,
): FieldChange {
  const before = applied?.image ?? live.inspect.Config.Image;
  const moved = before === spec.image;
  return {
    field: 'image',
    before: shownImage(before, moved ? live.inspect.Image : null),
    after: shownImage(spec.image, moved ? (image?.Id ?? 'known after apply') : null),
    cause,
  };
}

function shown(field: string, is: Json | undefined, should: Json | undefined, cause: Cause): FieldChange {
  return { field, ...shownPair(field, is, should), cause };
}

/** null: only a new container can have it so. */
function mended(
  { inPlace }: Row,
  update: ContainerUpdate | null,
  { spec }: DesiredContainer,
  live: Live,
): ContainerUpdate | null {
  if (inPlace === null || update === null) return null;
  if (inPlace === 'joins') return canJoin(spec, live) ? update : null;
  return { ...update, [inPlace]: spec[inPlace] };
}
