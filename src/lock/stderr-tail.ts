/** Keeps the end of a stream of bytes, however much comes. */

const LINES = 20;
const BYTES = 16 * 1024;
const LINE_LENGTH = 400;

export interface StderrTail {
  push(chunk: Buffer): void;
  /** At most twenty, oldest first. */
  lines(): string[];
}

export function stderrTail(): StderrTail {
  let kept: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      kept = Buffer.concat([kept, chunk.subarray(-BYTES)]).subarray(-BYTES);
    },
    lines: () =>
      kept
        .toString('utf8')
        .split(/\r?\n/)
        .map((line) => line.trimEnd())
        .filter((line) => line !== '')
        .slice(-LINES)
        .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line)),
  };
}
