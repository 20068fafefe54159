/**
 * The plainest request there is, read from one piece of bytes: a POST with a Content-Length, whole, and nothing behind it.
 * It is nearly every call, and node:http spends more on it than all our checks. Only what can be read in one way is read
 * here; everything else, malformed or merely unusual, is node:http's, which alone decides what is wrong with it.
 * `test/proxy/plain-http.test.ts` holds the two to the same reading.
 */
import { STATUS_CODES } from 'node:http';
import { keepHeader, noHeaders, type Headers } from './headers.js';

export interface PlainHead {
  /** As it came, without its empty line. */
  text: string;
  path: string;
  headers: Headers;
  /** Bytes of the head with its empty line, and of the body. */
  headBytes: number;
  bodyBytes: number;
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
  if (known?.text === text) return known;
  return parse(text, end + END.length);
}

function parse(text: string, headBytes: number): PlainHead | null {
  const [first = '', ...fields] = text.split('\r\n');
  if (!first.startsWith(START) || !first.endsWith(VERSION) || fields.length > MAX_FIELDS) return null;
  const path = first.slice(START.length, -VERSION.length);
  if (!PATH.test(path)) return null;
  const headers = noHeaders();
  for (const field of fields) {
    const found = FIELD.exec(field);
    if (!found) return null;
    const name = (found[1] ?? '').toLowerCase();
    const value = found[2] ?? '';
    if (NOT_PLAIN.has(name) || (name === 'connection' && value.toLowerCase() !== 'keep-alive')) return null;
    keepHeader(headers, name, value);
  }
  const { host, contentLength, twice } = headers;
  if (host === null || twice !== null || contentLength === null || !LENGTH.test(contentLength)) return null;
  return { text, path, headers, headBytes, bodyBytes: Number(contentLength) };
}

/** Of an answer. @throws TypeError a name or a value could end its field */
export function headOf(status: number, headers: Readonly<Record<string, string>>, closing: boolean): string {
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (!SENDABLE.test(value)) throw new TypeError(`header ${name} holds a character that none may hold`);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}${dateLine()}${closing ? 'connection: close' : KEPT}\r\n\r\n`;
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
