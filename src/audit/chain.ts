/**
 * The chain that the audit's lines form, whatever file they are in: each has its number and the hash of the one before
 * it, which is also its leaf of the tree that checkpoints sign.
 */
import { leafHash, Tree } from './tree.js';

export class Chain {
  constructor(
    readonly tree = new Tree(),
    /** Hash of the line before, hex; null: there was none. */
    public previous: string | null = null,
  ) {}

  copy(): Chain {
    return new Chain(this.tree.copy(), this.previous);
  }

  /** @param body the members after `n` and `prev`. @returns the line, with its end. */
  add(body: string): string {
    const { previous } = this;
    const line = `{"n":${this.tree.size},"prev":${previous === null ? 'null' : `"${previous}"`},${body}}`;
    this.take(line);
    return `${line}\n`;
  }

  /** @param line as it stands, without its end. */
  take(line: string): void {
    const leaf = leafHash(line);
    this.tree.append(leaf);
    this.previous = leaf;
  }
}

/** The first line of every file is a checkpoint that says where the chain stood. null: this is none. */
export function chainBefore(firstLine: string): Chain | null {
  const { n, prev, type, range } = asObject(firstLine);
  if (type !== 'checkpoint' || typeof n !== 'number' || !Array.isArray(range)) return null;
  const tree = Tree.resume(n, range.map(String));
  return tree && new Chain(tree, typeof prev === 'string' ? prev : null);
}

export function asObject(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
