/** Whether what a lock holds is what its hashes say. */
import { digestOf, toolHashes } from '../definitions/hash.js';
import type { Json } from '../model/definitions.js';
import type { Digest, LockedServer } from '../model/lock.js';
import { isObject } from './lock-form.js';

export interface Disagreement {
  about: 'definitions' | 'tree';
  detail: string;
  /** The first tool that differs, where it is one of the definitions. */
  tool: string | null;
}

/** null: everything agrees. */
export function disagreement({ source, definitions, hashes, tree }: LockedServer): Disagreement | null {
  try {
    const own = toolHashes(definitions);
    const names = [...new Set([...Object.keys(own.tools), ...Object.keys(hashes.tools)])].sort();
    const differing = names.filter((name) => own.tools[name] !== hashes.tools[name]);
    const [tool] = differing;
    if (tool !== undefined)
      return {
        about: 'definitions',
        detail: `The definition of ${listed(differing)} was changed, added or removed.`,
        tool,
      };
    if (own.all !== hashes.all)
      return { about: 'definitions', detail: 'Something besides its tools was changed.', tool: null };
    if (source.type === 'npm' && digestOf(tree as Json) !== source.tree) {
      return { about: 'tree', detail: 'The pinned dependency tree was changed.', tool: null };
    }
    if (source.type === 'pypi' && !sameWheels(source.wheels, tree))
      return { about: 'tree', detail: 'The pinned distributions were changed.', tool: null };
  } catch (cause) {
    return {
      about: 'definitions',
      detail: `It cannot be hashed: ${cause instanceof Error ? cause.message : String(cause)}.`,
      tool: null,
    };
  }
  return null;
}

function sameWheels(hashes: Readonly<Record<string, Digest>>, tree: unknown): boolean {
  const own = Object.entries(isObject(tree) ? tree : {});
  return (
    own.length === Object.keys(hashes).length &&
    own.every(([platform, each]) => Object.hasOwn(hashes, platform) && hashes[platform] === digestOf(each as Json))
  );
}

function listed(names: string[]): string {
  const some = names.slice(0, 5).map((name) => `\`${name}\``);
  return names.length > some.length ? `${some.join(', ')} and ${names.length - some.length} more` : some.join(', ');
}
