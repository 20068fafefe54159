/**
 * The members of one JSON object as spans of its bytes, so that a message is changed without being built: what is not
 * touched keeps its bytes, and with them numbers that no double holds.
 */
import { fold } from '../../policy/fold.js';
import { JsonScanner, ScanProblem } from './json-scanner.js';

export interface Member {
  key: string;
  /** From the key's opening quote to behind the value. */
  start: number;
  end: number;
  /** Where the value begins. */
  value: number;
}

const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const LONGEST_KEY = 64 * 1024;

/** null: no JSON object. A key may stand twice; both are told. */
export function membersOf(bytes: Buffer): Member[] | null {
  try {
    return new MemberScanner(bytes, true).members();
  } catch (cause) {
    if (cause instanceof ScanProblem) return null;
    throw cause;
  }
}

/** Readers differ in which of two members of one name they take, and some in what case they want it. */
export function isAmbiguous(value: Buffer, known: readonly string[]): boolean {
  if (value[0] !== OPEN_OBJECT) return false;
  const keys = membersOf(value)?.map(({ key }) => key);
  if (!keys) return true;
  const folded = known.map(fold);
  return new Set(keys).size < keys.length || keys.some((key) => !known.includes(key) && folded.includes(fold(key)));
}

/** The JSON text of one member's value; null: there is none. */
export function valueOf(bytes: Buffer, key: string): Buffer | null {
  const found = membersOf(bytes)?.find((member) => member.key === key);
  return found ? bytes.subarray(found.value, found.end) : null;
}

/** A member that is a string, decoded; null: there is none. */
export function textOf(bytes: Buffer, key: string): string | null {
  const value = valueOf(bytes, key);
  return value?.[0] === QUOTE ? (JSON.parse(value.toString('utf8')) as string) : null;
}

/**
 * The object with some members replaced, left out (null) or, where they were not there, added at its end.
 * @param changes key → JSON text.
 */
export function withMembers(bytes: Buffer, changes: Readonly<Record<string, Buffer | string | null>>): Buffer {
  const parts = innerMembers(bytes, changes);
  return Buffer.concat([OPEN, parts, CLOSE]);
}

/** As `withMembers`, without the braces. */
export function innerMembers(bytes: Buffer, changes: Readonly<Record<string, Buffer | string | null>>): Buffer {
  const pieces: Buffer[] = [];
  const left = new Set(Object.keys(changes));
  const add = (piece: Buffer): void => {
    if (pieces.length > 0) pieces.push(SEPARATOR);
    pieces.push(piece);
  };
  for (const member of membersOf(bytes) ?? []) {
    if (!Object.hasOwn(changes, member.key)) add(bytes.subarray(member.start, member.end));
    else if (left.delete(member.key)) addChanged(add, member.key, changes[member.key]);
  }
  for (const key of left) addChanged(add, key, changes[key]);
  return Buffer.concat(pieces);
}

function addChanged(add: (piece: Buffer) => void, key: string, value: Buffer | string | null | undefined): void {
  if (value === null || value === undefined) return;
  add(Buffer.concat([Buffer.from(`${JSON.stringify(key)}:`), Buffer.from(value)]));
}

const OPEN = Buffer.from('{');
const CLOSE = Buffer.from('}');
const SEPARATOR = Buffer.from(',');

class MemberScanner extends JsonScanner {
  members(): Member[] {
    const found: Member[] = [];
    this.space();
    if (this.bytes[this.at] !== OPEN_OBJECT) this.fail('no object');
    this.enter();
    this.space();
    if (this.next(CLOSE_OBJECT)) return this.#end(found);
    do {
      this.space();
      const start = this.at;
      const key = this.text(LONGEST_KEY);
      this.space();
      this.expect(COLON);
      this.space();
      const value = this.at;
      this.value();
      found.push({ key, start, end: this.at, value });
      this.space();
    } while (this.next(COMMA));
    this.expect(CLOSE_OBJECT);
    return this.#end(found);
  }

  #end(found: Member[]): Member[] {
    this.leave();
    this.space();
    if (this.at !== this.bytes.length) this.fail('something follows the value');
    return found;
  }
}
