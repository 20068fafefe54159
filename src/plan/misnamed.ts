/**
 * Images that are there and lost their name, which anybody's `docker tag` or `docker rmi` can do: told by the label of
 * what went into them. So the containers made from one are as declared, and the name alone is put back.
 */
import { LABEL } from '../model/labels.js';
import type { ActualState, DesiredImage, DesiredState } from '../model/state.js';
import type { ImageInspect } from '../model/inspect.js';

export interface Recognised {
  actual: ActualState;
  /** By reference, the id of the image that has the name instead; null: none has. */
  misnamed: ReadonlyMap<string, string | null>;
}

export function recognise({ images }: DesiredState, actual: ActualState): Recognised {
  const misnamed = new Map<string, string | null>();
  const known = { ...actual.images };
  for (const image of images) {
    const named = known[image.reference] ?? null;
    if (!image.inputs || named?.Config?.Labels?.[LABEL.inputs] === image.inputs) continue;
    known[image.reference] = nameless(image, actual);
    if (known[image.reference]) misnamed.set(image.reference, named?.Id ?? null);
  }
  return { actual: { ...actual, images: known }, misnamed };
}

/** null: there is none, or more than one may be meant; or nothing runs from it, and apply looks for it by itself. */
function nameless({ address, inputs }: DesiredImage, { ownImages, containers }: ActualState): ImageInspect | null {
  const [only, ...others] = ownImages.filter(({ made }) => made?.address === address && made.inputs === inputs);
  if (!only || others.length > 0) return null;
  return containers.find(({ image }) => image?.Id === only.id)?.image ?? null;
}
