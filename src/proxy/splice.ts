/** Builds the bytes that go upstream out of the bytes that came: nothing is parsed and written anew. */
import type { JsonObject } from '../model/definitions.js';
import type { Span } from './scan.js';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const CLOSE_OBJECT = 0x7d;

/** `null`: no arguments at all. @param set fixed by policy, put before what the agent sent; names never collide. */
export function splicedArguments(bytes: Buffer, sent: Span | null, set: JsonObject): Buffer | null {
  const fixed = Object.keys(set).length === 0 ? '' : JSON.stringify(set).slice(1, -1);
  if (!sent) return fixed === '' ? null : Buffer.from(`{${fixed}}`);
  const own = oneLine(bytes.subarray(sent.start, sent.end));
  if (fixed === '') return own;
  let first = 1;
  while (own[first] === SPACE || own[first] === 0x09) first++;
  const comma = own[first] === CLOSE_OBJECT ? '' : ',';
  return Buffer.concat([Buffer.from(`{${fixed}${comma}`), own.subarray(1)]);
}

/** Upstream frames by line. In valid JSON a raw line feed can only be white space, so a space says the same. */
export function oneLine(bytes: Buffer): Buffer {
  if (!bytes.includes(LINE_FEED) && !bytes.includes(RETURN)) return bytes;
  return Buffer.from(bytes.map((byte) => (byte === LINE_FEED || byte === RETURN ? SPACE : byte)));
}

/** The line of a tools/call, with its end. */
export function callLine(id: number, tool: string, args: Buffer | null, meta: Buffer | null): Buffer {
  const parts: Buffer[] = [
    Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":${JSON.stringify(tool)}`),
  ];
  if (args) parts.push(ARGUMENTS, args);
  if (meta) parts.push(META, meta);
  parts.push(END);
  return Buffer.concat(parts);
}

const ARGUMENTS = Buffer.from(',"arguments":');
const META = Buffer.from(',"_meta":');
const END = Buffer.from('}}\n');

/** The answer to the agent: its own id, the server's bytes. */
export function answerLine(id: Buffer, key: 'result' | 'error', value: Buffer): Buffer {
  return Buffer.concat([HEAD, id, Buffer.from(`,"${key}":`), value, TAIL]);
}

const HEAD = Buffer.from('{"jsonrpc":"2.0","id":');
const TAIL = Buffer.from('}');
