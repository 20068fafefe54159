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

/** The members of a tools/call's params. */
export function callMembers(tool: string, args: Buffer | null): Buffer {
  const name = `"name":${JSON.stringify(tool)}`;
  return args ? Buffer.concat([Buffer.from(`${name},"arguments":`), args]) : Buffer.from(name);
}

/** The line of a request, with its end. @param members of its params, without braces. */
export function requestLine(id: number, method: string, members: Buffer, meta: Buffer | null): Buffer {
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":{`);
  if (!meta) return Buffer.concat([head, members, END]);
  return Buffer.concat([head, members, members.length > 0 ? NEXT_META : FIRST_META, meta, END]);
}

const FIRST_META = Buffer.from('"_meta":');
const NEXT_META = Buffer.from(',"_meta":');
const END = Buffer.from('}}\n');

/** The answer to the agent: its own id, the server's bytes. */
export function answerLine(id: Buffer, key: 'result' | 'error', value: Buffer): Buffer {
  return Buffer.concat([HEAD, id, Buffer.from(`,"${key}":`), value, TAIL]);
}

const HEAD = Buffer.from('{"jsonrpc":"2.0","id":');
const TAIL = Buffer.from('}');
