/** Images: present or to be made; our own that nothing uses any more go. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import type { JsonObject } from '../model/definitions.js';
import type { ActualState, DesiredImage, DesiredState } from '../model/state.js';
import { removal, unchanged } from './changes.js';
import type { Change, Step } from './plan.js';

export interface ImagePlan {
  changes: Change[];
  ensure: Step[];
  removeLast: Step[];
  problems: Diagnostic[];
}

const HOW = { build: 'it will be built', pull: 'it will be pulled', present: 'it must be there' } as const;

export interface Standing {
  /** Ids of the images of containers that stay. */
  kept: ReadonlySet<string>;
  /** Of images that are there, what has their reference instead (plan/misnamed.ts). */
  misnamed: ReadonlyMap<string, string | null>;
}

export function planImages(
  { project, images }: DesiredState,
  actual: ActualState,
  { kept, misnamed }: Standing,
): ImagePlan {
  const plan: ImagePlan = { changes: [], ensure: [], removeLast: [], problems: [] };
  const used = new Set(kept);
  for (const image of [...images].sort((a, b) => (a.address < b.address ? -1 : 1))) {
    const present = actual.images[image.reference] ?? null;
    if (present) used.add(present.Id);
    const wrong = image.how === 'present' && (!present || (image.id !== null && present.Id !== image.id));
    if (wrong) plan.problems.push(unusable(image, present?.Id ?? null));
    const other = misnamed.get(image.reference);
    if (!wrong && (!present || other !== undefined)) plan.ensure.push({ do: 'image', address: image.address });
    if (!present) plan.changes.push(missing(image));
    else if (other !== undefined) plan.changes.push(renamed(image, present.Id, other));
    else plan.changes.push(unchanged(image.address, 'on the engine', wholeImage(image, present.Id)));
  }
  for (const image of actual.ownImages) {
    if (used.has(image.id) || isBase(image.tags, project.name)) continue;
    const address = ownAddress(image);
    plan.changes.push(removal(address, 'nothing uses it any more', { tags: image.tags, id: image.id }));
    // Under the server's own image address, so that a server whose new generation failed keeps its old image too.
    const known = images.find((each) => image.tags.some((tag) => repositoryOf(tag) === repositoryOf(each.reference)));
    const untagged = image.tags.length === 0 ? { untagged: true as const } : {};
    plan.removeLast.push({ do: 'remove-image', address: known?.address ?? address, id: image.id, ...untagged });
  }
  return plan;
}

/** `image.files:0123456789abcdef`: with its tag, because several may have been made for one server. */
export function ownAddress(image: { id: string; tags: string[] }): Address {
  const [tag] = image.tags;
  return `image.${tag ? tag.replace(/^toolcrib\/[^/]+\//, '') : image.id}`;
}

function repositoryOf(reference: string): string {
  return reference.replace(/:[^/:]*$/, '');
}

/** What other images are built on has no container of its own: it stays, as long as the project does. */
function isBase(tags: readonly string[], project: string): boolean {
  return tags.some((tag) => tag.startsWith(`toolcrib/${project}/runtime-`));
}

function missing(image: DesiredImage): Change {
  const fields = [{ field: 'reference', before: null, after: image.reference, cause: 'config' as const }];
  const reason = `not on the engine yet; ${HOW[image.how]}`;
  const made = { ...unchanged(image.address, reason), fields, unknown: ['id'], before: null };
  return { ...made, action: 'create', cause: 'config', after: { reference: image.reference } };
}

/** @param other which image has its name; null: none. */
function renamed(image: DesiredImage, id: string, other: string | null): Change {
  const { address, reference } = image;
  const reason = other === null ? 'its name was taken away' : `its name was given to ${other.slice(0, 19)}`;
  const fields = [{ field: 'reference', before: null, after: reference, cause: 'drift' as const }];
  const sides = { before: { id }, after: wholeImage(image, id) };
  return { ...unchanged(address, reason), ...sides, action: 'update', cause: 'drift', fields };
}

function wholeImage({ reference }: DesiredImage, id: string): JsonObject {
  return { reference, id };
}

function unusable({ address, reference, id }: DesiredImage, found: string | null): Diagnostic {
  const where = { address };
  if (found === null) {
    return problem(
      'image_not_found',
      `${reference} is not on this engine, and it has no registry digest by which it could be pulled.`,
      'Load it onto this engine (`docker load`), or name one from a registry and run `toolcrib lock`.',
      where,
    );
  }
  return problem(
    'lock_stale',
    `${reference} is ${found} on this engine, but the lock pins ${id ?? 'another'}.`,
    'Run `toolcrib lock`, and review what changed before you commit it.',
    where,
  );
}
