/**
 * A fast way through a tar that holds nothing unusual: files and folders under names that fit, or that one extended
 * header names (POSIX pax), as Go's archive/tar writes them. It never decides what is wrong: whatever it does not know
 * for certain it declines, and the library reads, or refuses, the whole.
 */

export interface TarEntry {
  name: string;
  /** Anything else than a file has no content for us. */
  file: boolean;
  size: number;
  mode: number;
  uid: number;
  gid: number;
  /** A view of the tar's own bytes. */
  content: Buffer;
}

const BLOCK = 512;
/** Folders, links, devices: all without bytes of their own. */
const BARE = new Set(['1', '2', '3', '4', '5', '6']);
const MAGIC = 'ustar\0';
const SPACE = 0x20;

/** null: the library is to be asked. */
export function plainTar(bytes: Buffer): TarEntry[] | null {
  const entries: TarEntry[] = [];
  let longName: string | null = null;
  for (let at = 0; at + BLOCK <= bytes.length;) {
    if (bytes[at] === 0) return isEnd(bytes, at) && longName === null ? entries : null;
    const header = readHeader(bytes, at);
    if (!header) return null;
    const begin = at + BLOCK;
    const content = bytes.subarray(begin, begin + header.size);
    at = begin + Math.ceil(header.size / BLOCK) * BLOCK;
    if (at > bytes.length) return null;
    if (header.type === 'x') {
      longName = longName === null ? pathOf(content) : null;
      if (longName === null) return null;
      continue;
    }
    const file = header.type === '0';
    if (!file && !(BARE.has(header.type) && header.size === 0)) return null;
    const { size, mode, uid, gid } = header;
    entries.push({ name: longName ?? header.name, file, size, mode, uid, gid, content });
    longName = null;
  }
  return null;
}

/** Two blocks of zeros, and nothing but zeros after them. */
function isEnd(bytes: Buffer, at: number): boolean {
  return bytes.length - at >= 2 * BLOCK && bytes.subarray(at).every((byte) => byte === 0);
}

type Header = Omit<TarEntry, 'file' | 'content'> & { type: string };

/** Fields and their places: POSIX 1003.1, pax, «ustar Interchange Format». */
function readHeader(bytes: Buffer, at: number): Header | null {
  if (bytes.toString('latin1', at + 257, at + 263) !== MAGIC) return null;
  const [size, mode, uid, gid, sum] = [
    octal(bytes, at + 124, 12),
    octal(bytes, at + 100, 8),
    octal(bytes, at + 108, 8),
    octal(bytes, at + 116, 8),
    octal(bytes, at + 148, 8),
  ];
  if (size === null || mode === null || uid === null || gid === null || sum !== sumOf(bytes, at)) return null;
  const name = text(bytes, at, 100);
  const prefix = text(bytes, at + 345, 155);
  const whole = prefix === '' ? name : `${prefix}/${name}`;
  return { name: whole, type: String.fromCharCode(bytes[at + 156] ?? 0), size, mode, uid, gid };
}

function text(bytes: Buffer, at: number, length: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

/** Digits up to a space or a zero byte; null for anything else, other notations of large numbers among them. */
function octal(bytes: Buffer, at: number, length: number): number | null {
  const written = /^([0-7]+)[ \0]*$/.exec(bytes.toString('latin1', at, at + length))?.[1];
  return written === undefined ? null : Number.parseInt(written, 8);
}

/** Of all bytes, those of the sum itself counted as spaces. */
function sumOf(bytes: Buffer, at: number): number {
  let sum = 8 * SPACE;
  for (let each = at; each < at + 148; each += 1) sum += bytes[each] as number;
  for (let each = at + 156; each < at + BLOCK; each += 1) sum += bytes[each] as number;
  return sum;
}

/** The one record `LENGTH path=NAME\n`; null where it says anything else. */
function pathOf(records: Buffer): string | null {
  const [, length, name] = /^(\d+) path=([^\n\0]+)\n$/.exec(records.toString('utf8')) ?? [];
  return name !== undefined && Number(length) === records.length ? name : null;
}
