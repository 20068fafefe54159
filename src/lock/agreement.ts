/** Whether what a lock holds is what its hashes say. */
import { digestOf, toolHashes } from '../definitions/hash.js';
import type { Json } from '../model/definitions.js';
import type { LockedServer } from '../model/lock.js';

/** null: everything agrees. */
export function disagreement(server: LockedServer): { about: 'definitions' | 'tree'; detail: string } | null {
  const { source, definitions, hashes, tree } = server;
  try {
    const own = toolHashes(definitions);
    const names = [...new Set([...Object.keys(own.tools), ...Object.keys(hashes.tools)])].sort();
    const differing = names.filter((name) => own.tools[name] !== hashes.tools[name]);
    if (differing.length > 0) return { about: 'definitions', detail: `The definition of ${differing.join(', ')} was changed.` };
    if (own.all !== hashes.all) return { about: 'definitions', detail: 'Something besides its tools was changed.' };
  } catch (error) {
    return { about: 'definitions', detail: `It cannot be hashed (${error instanceof Error ? error.message : String(error)}).` };
  }
  if (source.type === 'npm' && digestOf(tree as Json) !== source.tree) {
    return { about: 'tree', detail: 'The pinned dependency tree was changed.' };
  }
  return null;
}
