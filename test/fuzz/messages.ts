/** Messages of a hostile agent: JSON-RPC written by hand, so that each of its parts can be said in every wrong way. */
import type { Random } from './random.js';

type Text = (random: Random) => string;

const METHODS = [
  ...Array<string>(12).fill('tools/call'),
  ...['tools/list', 'ping', 'initialize', 'server/discover', 'resources/read', 'prompts/get', 'tasks/get'],
  ...['tasks/result', 'tasks/list', 'tasks/cancel', 'tasks/update'],
  ...['tools/Call', 'TOOLS/CALL', 'tools/call ', 'tools\u200b/call', '__proto__', '', 'logging/setLevel'],
  ...['notifications/cancelled', 'notifications/initialized', 'notifications/tools/call', 'subscriptions/listen'],
] as [string, ...string[]];

const NAMES: [string, ...string[]] = [
  ...(['files__read', 'files__read', 'files__list', 'files__write', 'files__write'] as [string, ...string[]]),
  ...['files__delete', 'vault__open', 'files__READ', 'Files__read', 'files__read ', 'files__rеad', 'files__read\u0000'],
  ...[
    'read',
    'vault__open\u0000files__read',
    '__proto__',
    'constructor',
    '',
    'files__',
    'x'.repeat(2000),
    'files__open',
  ],
];

const GRANTED: [string, ...string[]] = ['files__read', 'files__list', 'files__write'];

const PATHS: [string, ...string[]] = [
  ...(['/data/a', '/data/a', '/data', '/data/x/y'] as [string, ...string[]]),
  ...[
    '/data/../etc',
    '/etc/passwd',
    '/data/./a',
    '/datax',
    'data',
    '/data/\u0000',
    '/data/a\\b',
    '/DATA/a',
    '//data/a',
  ],
  ...['/data//a', '/data/', ' /data/a', '/data/a/..', '/data/%2e%2e/x', '/data/\u2024\u2024/x'],
];

const NUMBERS: [string, ...string[]] = [
  ...(['0', '1', '-1', '1.5'] as [string, ...string[]]),
  ...['1e400', '-1e400', '123456789012345678901234567890', '9007199254740993', '-0', '1E5', '0.1e-400', '1e-7'],
  ...['01', '+1', '.5', '1.', '0x10', 'NaN', 'Infinity', '-', '1e'],
];

const ODD: [string, ...string[]] = [
  ...(['null', 'true', 'false', '{}', '[]', '""'] as [string, ...string[]]),
  ...['"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\x41"', '"\t"', "'a'", 'undefined', '"\ufeff"'],
  ...['nul', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"__proto__":{"path":"/data/a"}}', '[1,]', '{"a":1,}', '/**/1'],
];

export function anyMessage(random: Random): Buffer {
  random.heat = random.pick([0.1, 0.1, 0.3, 1]);
  const text = random.chance(0.12) ? batch(random) : message(random);
  const bytes = Buffer.from(random.trick(0.04) ? `\ufeff${text}` : text);
  return random.trick(0.5) ? mutated(bytes, random) : bytes;
}

function batch(random: Random): string {
  const many = random.pick([0, 1, 2, 3, 20, 21, 40]);
  return `[${Array.from({ length: many }, () => message(random)).join(',')}]`;
}

function message(random: Random): string {
  const method = random.chance(0.6) ? 'tools/call' : random.pick(METHODS);
  return object(random, [
    ['jsonrpc', (r) => (!r.trick(0.1) ? '"2.0"' : r.pick(['"1.0"', '2.0', 'null', '"2.\\u0030"']))],
    ...(!random.trick(0.1) ? [['id', anyId] as const] : []),
    ['method', (r) => (!r.trick(0.06) ? string(r, method) : r.pick(ODD))],
    ...(!random.trick(0.08) ? [['params', anyParams] as const] : []),
    ...(random.chance(0.02)
      ? [[random.pick(['result', 'error', 'Method', 'PARAMS', 'extra']), anyValue] as const]
      : []),
  ]);
}

function anyId(random: Random): string {
  if (!random.trick(0.5)) return String(random.below(1000));
  if (random.chance(0.5)) return random.pick(NUMBERS);
  return random.pick([...ODD, '"a"', '"toolcrib-1"', `"${'i'.repeat(300)}"`, '"\\u0031"', '["a"]']);
}

function anyParams(random: Random): string {
  if (random.trick(0.06)) return anyValue(random);
  return object(random, [
    ['name', (r) => (!r.trick(0.06) ? string(r, r.chance(0.6) ? r.pick(GRANTED) : r.pick(NAMES)) : anyValue(r))],
    ...(random.chance(0.9) ? [['arguments', anyArguments] as const] : []),
    ...(random.chance(0.15) ? [['_meta', anyMeta] as const] : []),
    ...(random.trick(0.1) ? [[random.pick(['Name', 'uri', 'cursor', 'task', 'ARGUMENTS']), anyValue] as const] : []),
    ...(random.trick(0.06) ? [['taskId', anyTaskId] as const] : []),
    ...(random.trick(0.06) ? [['requestState', anyValue] as const] : []),
    ...(random.trick(0.06) ? [['inputResponses', anyValue] as const] : []),
  ]);
}

function anyTaskId(random: Random): string {
  return random.pick(['"1"', '"tcs1."', `"tcs1.${'A'.repeat(60)}"`, `"${'t'.repeat(1100)}"`, ...ODD]);
}

function anyArguments(random: Random): string {
  if (random.trick(0.08)) return anyValue(random);
  return object(random, [
    ...(random.chance(0.8)
      ? [['path', (r: Random) => string(r, r.chance(0.5) ? '/data/a' : r.pick(PATHS))] as const]
      : []),
    ...(random.chance(0.3) ? [['n', anyValue] as const] : []),
    ...(random.chance(0.3)
      ? [['mode', (r: Random) => string(r, r.pick(['soft', 'force', 'FORCE', ' force', 'forc\u0435']))] as const]
      : []),
    ...(random.trick(0.1) ? [['owner', anyValue] as const] : []),
    ...(random.trick(0.2) ? [[random.pick(['Path', 'MODE', 'q', '__proto__', 'ｍode']), anyValue] as const] : []),
  ]);
}

function anyMeta(random: Random): string {
  return object(random, [
    ['progressToken', anyId],
    ...(random.chance(0.2) ? [['io.modelcontextprotocol/protocolVersion', () => '"2026-07-28"'] as const] : []),
    ...(random.chance(0.2) ? [['io.modelcontextprotocol/clientCapabilities', anyValue] as const] : []),
    ['acme/x', anyValue],
  ]);
}

function anyValue(random: Random): string {
  if (random.trick(0.04)) return nested(random);
  if (!random.trick(0.9)) return random.pick(['1', '0.5', '"x"', 'true', '[1]', '{"a":1}']);
  if (random.chance(0.4)) return random.pick(NUMBERS);
  if (random.chance(0.3)) return string(random, random.pick(PATHS));
  return random.pick(ODD);
}

/** As deep as a parser's stack is not. */
function nested(random: Random): string {
  const depth = random.pick([60, 64, 65, 500, 10_000, 100_000]);
  return random.chance(0.5)
    ? `${'['.repeat(depth)}${']'.repeat(depth)}`
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** In any order, at times with a member twice: under the same key, under one spelled with escapes, in another case. */
function object(random: Random, members: readonly (readonly [string, Text])[]): string {
  const written = members.map(
    ([key, value]) => `${space(random)}${string(random, key)}${space(random)}:${value(random)}`,
  );
  const again = members[random.below(members.length)];
  if (again && random.chance(0.05)) {
    const [key, value] = again;
    const spelled = random.pick([key, key.toUpperCase(), escaped(key), `${key} `]);
    const raw = spelled.startsWith('\\u') ? `"${spelled}"` : JSON.stringify(spelled);
    written.splice(random.below(written.length + 1), 0, `${raw}:${value(random)}`);
  }
  if (random.chance(0.1)) written.reverse();
  return `{${written.join(',')}${random.trick(0.01) ? ',' : ''}${space(random)}}`;
}

function string(random: Random, text: string): string {
  const plain = JSON.stringify(text);
  if (!random.trick(0.2) || text === '') return plain;
  const at = random.below(text.length);
  return `${JSON.stringify(text.slice(0, at)).slice(0, -1)}${escaped(text.slice(at, at + 1))}${JSON.stringify(text.slice(at + 1)).slice(1)}`;
}

function escaped(text: string): string {
  return [...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}

function space(random: Random): string {
  return !random.trick(0.06) ? '' : random.pick([' ', '\n', '\r\n', '\t', '\u00a0', '\u2028', '\f']);
}

const INVALID = ['c080', 'eda080', 'f5808080', 'ff', 'e28028', 'c3'].map((hex) => Buffer.from(hex, 'hex')) as [
  Buffer,
  ...Buffer[],
];

export function mutated(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random.below(8));
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (random.below(8)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      return flipped;
    }
    case 1:
      return Buffer.concat([before, Buffer.from([random.below(256)]), after]);
    case 2:
      return Buffer.concat([before, bytes.subarray(to)]);
    case 3:
      return before;
    case 4:
      return Buffer.concat([before, bytes.subarray(at, to), after]);
    case 5:
      return Buffer.concat([before, random.pick(INVALID), after]);
    case 6:
      return Buffer.concat([
        bytes,
        Buffer.from(random.pick([' ', '\n', '\u0000', '{}', ',', ']', '\n{"a":1}'])),
        Buffer.alloc(0),
      ]);
    default:
      return Buffer.concat([
        before,
        Buffer.from(random.pick(['"', '\\', '{', '}', '[', ']', ':', ',', '\n', 'e']), 'utf8'),
        after,
      ]);
  }
}
