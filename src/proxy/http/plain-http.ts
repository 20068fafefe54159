/**
 * The plainest request there is, read from one piece of bytes: a POST with a Content-Length, whole, and nothing behind it.
 * It is nearly every call, and node:http spends more on it than all our checks. Only what can be read in one way is read
 * here; everything else, malformed or merely unusual, is node:http's, which alone decides what is wrong with it.
 * `test/proxy/plain-http.test.ts` holds the two to the same reading.
 */
import { STATUS_CODES } from 'node:http';
import { keepHeader, noHeaders, type Headers } from './headers.js';

export interface PlainHead {
  path: string;
  /** The same object for as long as a connection's requests say the same. */
  headers: Headers;
  /** Bytes of the head with its empty line, and of the body. */
  headBytes: number;
  bodyBytes: number;
  /** The head as it came, before and behind the digits of the length. */
  before: string;
  behind: string;
}

const START = 'POST ';
const END = Buffer.from('\r\n\r\n');
const VERSION = ' HTTP/1.1';
/** What node:http bounds by 16 KiB; whoever needs more than this is its guest. */
const MAX_HEAD = 8 * 1024;
const MAX_FIELDS = 64;
/** Without a query, an escape or anything else that two readers may take for two things. */
const PATH = /^\/[A-Za-z0-9/._~-]*$/;
/** Printable, no space at either end, no tab: what needs no trimming and no decoding. */
const FIELD = /^([A-Za-z0-9-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/;
const LENGTH = /^(?:0|[1-9][0-9]{0,8})$/;
/** They change how a message or a connection is read. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'trailer',
  'te',
  'keep-alive',
  'proxy-connection',
  'content-encoding',
]);

/** @param known what stood before it on this connection: most clients send the same again. @returns null: it is not plain, or not all there. */
export function readPlainHead(bytes: Buffer, known: PlainHead | null): PlainHead | null {
  const end = bytes.indexOf(END);
  if (end < 0 || end > MAX_HEAD) return null;
  const text = bytes.toString('latin1', 0, end);
  return (known && again(text, known)) ?? parse(text);
}

/** Nothing but the length of the body is another. */
function again(text: string, known: PlainHead): PlainHead | null {
  const { path, headers, before, behind } = known;
  const end = text.length - behind.length;
  if (end <= before.length || !text.startsWith(before) || !text.endsWith(behind)) return null;
  const length = text.slice(before.length, end);
  if (!LENGTH.test(length)) return null;
  return { path, headers, headBytes: text.length + END.length, bodyBytes: Number(length), before, behind };
}

function parse(text: string): PlainHead | null {
  const [first = '', ...fields] = text.split('\r\n');
  if (!first.startsWith(START) || !first.endsWith(VERSION) || fields.length > MAX_FIELDS) return null;
  const path = first.slice(START.length, -VERSION.length);
  if (!PATH.test(path)) return null;
  const headers = noHeaders();
  let length: string | null = null;
  let at = first.length;
  let lengthEnds = 0;
  for (const field of fields) {
    at += 2 + field.length;
    const found = FIELD.exec(field);
    if (!found) return null;
    const name = (found[1] ?? '').toLowerCase();
    const value = found[2] ?? '';
    if (name === 'content-length') {
      if (length !== null || !LENGTH.test(value)) return null;
      length = value;
      lengthEnds = at;
    } else if (NOT_PLAIN.has(name) || (name === 'connection' && value.toLowerCase() !== 'keep-alive')) return null;
    else keepHeader(headers, name, value);
  }
  if (headers.host === null || headers.twice !== null || length === null) return null;
  const before = text.slice(0, lengthEnds - length.length);
  const headBytes = text.length + END.length;
  return { path, headers, headBytes, bodyBytes: Number(length), before, behind: text.slice(lengthEnds) };
}

let last: { status: number; headers: Readonly<Record<string, string>>; text: string } | null = null;

/**
 * Of an answer. @param headers without what this says itself: date, connection, length. An object that is sent again is
 * written out once. @param length null: none is said. @throws TypeError a name or a value could end its field
 */
export function headOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  length: number | null,
  closing: boolean,
): string {
  const said = last?.headers === headers && last.status === status ? last.text : written(status, headers);
  const counted = length === null ? '' : `content-length: ${length}\r\n`;
  return `${said}${counted}${dateLine()}${closing ? 'connection: close' : KEPT}\r\n\r\n`;
}

function written(status: number, headers: Readonly<Record<string, string>>): string {
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (!SENDABLE.test(value)) throw new TypeError(`header ${name} holds a character that none may hold`);
    if (name !== 'connection') text += `${name}: ${value}\r\n`;
  }
  last = { status, headers, text };
  return text;
}

const SENDABLE = /^[\t\x20-\x7e]*$/;
export const KEEP_ALIVE_SECONDS = 65;
const KEPT = `connection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_SECONDS}`;
const REASONS: Record<number, string> = Object.fromEntries(
  Object.entries(STATUS_CODES).map(([status, reason]) => [Number(status), reason ?? '']),
);

let dated = NaN;
let date = '';

/** Written out once a second (RFC 9110, 6.6.1). */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dated) {
    dated = second;
    date = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return date;
}
