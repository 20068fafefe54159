/**
 * The Merkle tree over the audit's lines (RFC 6962, section 2.1), kept as what is needed to go on: the roots of its
 * whole subtrees, largest first, of which there are as many as the size has ones in binary.
 */
import { hash } from 'node:crypto';

/** Of an inner node: one, then the two below it. */
const NODE = Buffer.alloc(65, 1);

/** @param line without its line end. */
export function leafHash(line: string): Buffer {
  return hash('sha256', `\0${line}`, 'buffer');
}

export class Tree {
  constructor(
    public size = 0,
    readonly range: Buffer[] = [],
  ) {}

  /** null: not the range of a tree of that size. */
  static resume(size: number, range: readonly string[]): Tree | null {
    if (!range.every((each) => /^[0-9a-f]{64}$/.test(each)) || range.length !== ones(size)) return null;
    return new Tree(
      size,
      range.map((each) => Buffer.from(each, 'hex')),
    );
  }

  copy(): Tree {
    return new Tree(this.size, [...this.range]);
  }

  append(leaf: Buffer): void {
    let node = leaf;
    for (let size = this.size; size % 2 === 1; size = Math.floor(size / 2)) {
      const left = this.range.pop();
      if (left) node = join(left, node);
    }
    this.range.push(node);
    this.size++;
  }

  root(): Buffer {
    return this.range.reduceRight<Buffer | null>((right, left) => (right ? join(left, right) : left), null) ?? EMPTY;
  }
}

const EMPTY = hash('sha256', '', 'buffer');

function join(left: Buffer, right: Buffer): Buffer {
  NODE.set(left, 1);
  NODE.set(right, 33);
  return hash('sha256', NODE, 'buffer');
}

function ones(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
