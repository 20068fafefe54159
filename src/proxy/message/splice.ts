/** Builds the bytes that go upstream out of the bytes that came: nothing is parsed and written anew. */
import type { JsonObject } from '../../model/definitions.js';
import type { NamedSpan, Span } from './scan.js';

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

/** The members of params of a tools/call, and of a prompts/get. */
export function callMembers(tool: string, args: Buffer | null): Buffer {
  if (!args) return Buffer.from(`"name":${JSON.stringify(tool)}`);
  const name = written(tool, (quoted) => `"name":${quoted},"arguments":`, TOOLS);
  return Buffer.concat([name, args], name.length + args.length);
}

/**
 * With members of params that no version of the protocol names, as they came: extensions and vendors put things beside
 * what is decided on. No key stands twice, nor beside one that differs in case alone (scan.ts).
 */
export function withOthers(members: Buffer, bytes: Buffer, others: readonly NamedSpan[] | null): Buffer {
  if (others === null) return members;
  const all = others.flatMap(({ key, start, end }) => {
    // In many a reader it is no member but what the object is made of.
    if (key === '__proto__') return [];
    return [Buffer.from(`,${JSON.stringify(key)}:`), oneLine(bytes.subarray(start, end))];
  });
  return Buffer.concat([members, ...all]);
}

/** The line of a request, with its end. @param members of its params, without braces. */
export function requestLine(id: number, method: string, members: Buffer, meta: Buffer | null): Buffer {
  const head = `{"jsonrpc":"2.0","id":${id}`;
  const between = written(method, (quoted) => `,"method":${quoted},"params":{`, METHODS);
  const before = members.length > 0 ? NEXT_META : FIRST_META;
  const length = head.length + between.length + members.length + (meta ? before.length + meta.length : 0) + END.length;
  // One piece of memory, written once: this is every call's.
  const line = Buffer.allocUnsafe(length);
  let at = line.write(head, 0, 'latin1');
  at = put(between, line, at);
  at = put(members, line, at);
  if (meta) at = put(meta, line, put(before, line, at));
  put(END, line, at);
  return line;
}

function put(bytes: Buffer, into: Buffer, at: number): number {
  into.set(bytes, at);
  return at + bytes.length;
}

const MOST_WRITTEN = 1024;
const METHODS = new Map<string, Buffer>();
const TOOLS = new Map<string, Buffer>();

/** What stands in request after request is written out once. */
function written(name: string, around: (quoted: string) => string, known: Map<string, Buffer>): Buffer {
  const before = known.get(name);
  if (before) return before;
  if (known.size >= MOST_WRITTEN) known.clear();
  const made = Buffer.from(around(JSON.stringify(name)));
  known.set(name, made);
  return made;
}

const FIRST_META = Buffer.from('"_meta":');
const NEXT_META = Buffer.from(',"_meta":');
const END = Buffer.from('}}\n');

/** The answer to the agent: its own id, the server's bytes. */
export function answerLine(id: Buffer, key: 'result' | 'error', value: Buffer): Buffer {
  return Buffer.concat([HEAD, id, KEYS[key], value, TAIL]);
}

const KEYS = { result: Buffer.from(',"result":'), error: Buffer.from(',"error":') };
const HEAD = Buffer.from('{"jsonrpc":"2.0","id":');
const TAIL = Buffer.from('}');
