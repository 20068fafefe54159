/** Reads a text file that people and pull requests write: bounded before it is read, UTF-8, without a byte-order mark. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';

export const MAX_FILE_BYTES = 1024 * 1024;

export interface TextFile {
  /** As diagnostics name it. */
  name: string;
  text: string;
}

export type Read = { file: TextFile } | { diagnostic: Diagnostic } | { missing: true };

/**
 * At once, because a project has one for each server: by way of a thread, each would take several times as long.
 * @param limit bytes; a larger file is refused by its size alone.
 */
export function readTextFile(absolute: string, name: string, limit = MAX_FILE_BYTES): Read {
  let bytes: Buffer;
  try {
    // Not blocking: a named pipe would otherwise wait for a writer that never comes.
    const handle = openSync(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(handle);
      if (!stat.isFile()) return { diagnostic: notRegular(name) };
      if (stat.size > limit) return { diagnostic: tooLarge(name, stat.size, limit) };
      bytes = readWhole(handle, stat.size);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    if (isMissing(cause)) return { missing: true };
    return { diagnostic: unreadable(name, cause) };
  }
  return decode(bytes, name);
}

/** As readFileSync, which asks for the size once more. */
function readWhole(handle: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let read = 0;
  while (read < size) {
    const more = readSync(handle, bytes, read, size - read, null);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

function decode(bytes: Buffer, name: string): Read {
  if (!isUtf8(bytes)) return { diagnostic: notUtf8(bytes, name) };
  const text = bytes.toString();
  if (!text.startsWith('\ufeff')) return { file: { name, text } };
  return {
    diagnostic: problem(
      'yaml_syntax',
      'The file begins with a byte-order mark (U+FEFF), an invisible character that would become part of the first key.',
      'Save it as "UTF-8 without BOM".',
      { range: at(name, 1, 1) },
    ),
  };
}

function notUtf8(bytes: Buffer, name: string): Diagnostic {
  const wide =
    bytes.length > 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
  const before = new TextDecoder('utf-8').decode(bytes).split('\ufffd', 1)[0]?.split('\n') ?? [''];
  const range = wide ? at(name, 1, 1) : at(name, before.length, (before.at(-1)?.length ?? 0) + 1);
  const what = wide ? 'The file is UTF-16.' : 'Here stands a byte that is not UTF-8.';
  return problem('yaml_syntax', `${what} Only UTF-8 is read.`, 'Save the file as UTF-8 (without BOM).', { range });
}

function at(file: string, line: number, column: number): NonNullable<Diagnostic['range']> {
  return { file, start: { line, column }, end: { line, column: column + 1 } };
}

function notRegular(name: string): Diagnostic {
  return problem('file_unreadable', `${name} is not a regular file.`, 'Name a file.', { range: at(name, 1, 1) });
}

function tooLarge(name: string, size: number, limit: number): Diagnostic {
  const mebi = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  return problem(
    'file_too_large',
    `${name} has ${mebi(size)}; at most ${mebi(limit)} are read.`,
    'Check that it is the right file; a project may be split into several `*.toolbox.yaml` files.',
    { range: at(name, 1, 1) },
  );
}

function unreadable(name: string, cause: unknown): Diagnostic {
  const words = cause instanceof Error ? cause.message : String(cause);
  return problem('file_unreadable', `${name} cannot be read: ${words}.`, 'Check its permissions and its path.', {
    range: at(name, 1, 1),
  });
}
