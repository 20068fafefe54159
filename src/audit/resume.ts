/** Opens the audit file where the last run left it, whatever it was in the middle of. */
import { createHash } from 'node:crypto';
import { fstatSync, ftruncateSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Chain, chainBefore } from './chain.js';
import { rotatedFiles } from './rotate.js';

export interface Resumed {
  fd: number;
  size: number;
  chain: Chain;
  /** What a crash left behind the last whole line, and was cut off: nobody was told that it is written. */
  torn: { bytes: number; sha256: string } | null;
}

const LINE_FEED = 0x0a;

/** @param known where the chain stands, if the caller has written it so far: then no file is read for it. */
export function resume(dir: string, file: string, known: Chain | null = null): Resumed {
  const fd = openSync(join(dir, file), 'a+', 0o640);
  const bytes = readAll(fd);
  const whole = bytes.lastIndexOf(LINE_FEED) + 1;
  const rest = bytes.subarray(whole);
  if (rest.length > 0) ftruncateSync(fd, whole);
  const torn = rest.length === 0 ? null : { bytes: rest.length, sha256: sha256(rest) };
  const chain = known ?? chainOf(whole > 0 ? bytes.subarray(0, whole) : lastRotated(dir));
  return { fd, size: whole, chain, torn };
}

function lastRotated(dir: string): Buffer {
  const name = rotatedFiles(readdirSync(dir)).at(-1);
  return name === undefined ? Buffer.alloc(0) : readFileSync(join(dir, name));
}

/** A file that does not say where its chain began is not continued: the new chain shows it. */
function chainOf(bytes: Buffer): Chain {
  const lines = bytes.toString().split('\n').slice(0, -1);
  const chain = chainBefore(lines[0] ?? '');
  if (!chain) return new Chain();
  for (const line of lines) chain.take(line);
  return chain;
}

function readAll(fd: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  let read = 0;
  while (read < bytes.length) {
    const more = readSync(fd, bytes, read, bytes.length - read, read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
