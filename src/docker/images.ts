/** Images that are there: inspecting, listing, tagging, removing. */
import type { Engine } from '../engine/engine.js';
import type { ImageInspect } from '../model/inspect.js';
import { findInStep } from './api.js';
import type { Api } from './api.js';
import { isConflict, isNotFound } from './errors.js';

type ImageCalls = Pick<Engine, 'inspectImage' | 'listImages' | 'tagImage' | 'removeImage'>;

interface ListedImage {
  Id: string;
  RepoTags?: string[] | null;
  Labels?: Record<string, string> | null;
}

/** Repositories that Toolcrib tags in. */
const OWN_REPOSITORY = 'toolcrib/';

export function imageCalls(api: Api): ImageCalls {
  const inspectImage = (reference: string): Promise<ImageInspect | null> =>
    findInStep<ImageInspect>(api, reference, { method: 'GET', path: `${at(reference)}/json` });
  return {
    inspectImage,
    async listImages(labels) {
      const query = { filters: JSON.stringify({ label: labels }) };
      const listed = await api.json<ListedImage[]>({ method: 'GET', path: '/images/json', query });
      return listed.map((each) => ({ id: each.Id, tags: realTags(each.RepoTags), labels: each.Labels ?? {} }));
    },
    async tagImage(id, repo, tag) {
      await api.call({ method: 'POST', path: `${at(id)}/tag`, query: { repo, tag } });
    },
    async removeImage(idOrReference) {
      const image = await inspectImage(idOrReference);
      if (!image) return;
      for (const name of namesToRemove(idOrReference, image)) {
        try {
          await api.call({ method: 'DELETE', path: at(name) });
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }
      await removeParents(image);
    },
  };

  /**
   * What the builder made on the way and nobody named goes with an image, by the engine's own rule. The containerd image
   * store fails at that where another image shared the beginning and went first, and would show what bears our labels.
   */
  async function removeParents({ Id, Parent }: ImageInspect): Promise<void> {
    if (!Parent || (await inspectImage(Id))) return;
    let parent = await inspectImage(Parent);
    while (parent && realTags(parent.RepoTags).length === 0) {
      try {
        await api.call({ method: 'DELETE', path: at(parent.Id) });
      } catch (error) {
        if (isConflict(error)) return; // something else is built on it, or runs from it
        if (!isNotFound(error)) throw error;
      }
      parent = parent.Parent ? await inspectImage(parent.Parent) : null;
    }
  }
}

function at(reference: string): string {
  // A reference's slashes and colons are part of the path (ImageInspect).
  return `/images/${reference.split('/').map(encodeURIComponent).join('/')}`;
}

function realTags(tags: string[] | null | undefined): string[] {
  return (tags ?? []).filter((tag) => tag !== '<none>:<none>');
}

/** By id, the engine refuses an image of several names: ours go one by one, and the image with the last of all. */
function namesToRemove(idOrReference: string, { RepoTags }: ImageInspect): string[] {
  if (!/^(sha256:)?[0-9a-f]{12,64}$/.test(idOrReference)) return [idOrReference];
  const own = realTags(RepoTags).filter((tag) => tag.startsWith(OWN_REPOSITORY));
  return own.length > 0 ? own : [idOrReference];
}
