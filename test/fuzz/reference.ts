/** What may come to a server, judged anew from the bytes that came: by JSON.parse, a count of keys, and the policy's words. */
import { isObject, type JsonObject } from '../../src/model/definitions.js';
import { grant } from '../proxy/world.js';

/** The policy of the run; `mayReach` says the same in other words. */
export const GRANTS = [
  grant('files', ['read'], {
    arguments: { read: { properties: { path: { within: '/data' } } } },
    set: { owner: 'acme' },
  }),
  grant('files', ['list', 'write']),
  grant('files', ['write'], { effect: 'deny', arguments: { write: { properties: { mode: { enum: ['force'] } } } } }),
  grant('liar', ['say']),
  grant('web', ['say']),
  grant('sse', ['say']),
  grant('aside', ['say']),
];

/** Of the proxy's own. */
const OWN = new Set(['initialize', 'tools/list', 'ping', 'notifications/initialized', 'notifications/cancelled']);

/** Why it may not have come; null: it may. */
export function objection(server: string, line: string): string | null {
  const message = JSON.parse(line) as JsonObject;
  const { method, params } = message;
  if (method === undefined) return null; // an answer to what the server asked
  if (typeof method !== 'string') return 'its method is no string';
  if (OWN.has(method)) return null;
  if (method !== 'tools/call') return `${method} is not granted`;
  if (!isObject(params)) return 'it has no params';
  if (keysIn(line) !== keysOf(message)) return 'a key stands twice';
  const { name, arguments: sent } = params;
  if (['liar', 'web', 'sse', 'aside'].includes(server)) return name === 'say' ? null : 'not granted';
  if (server !== 'files') return 'nothing of this server is granted';
  const args: unknown = sent ?? {};
  if (!isObject(args)) return 'arguments are no object';
  if (name === 'read') {
    if (args['owner'] !== 'acme') return 'owner is not what was set';
    if (!Object.keys(args).every((key) => ['path', 'n', 'mode', 'owner'].includes(key))) return 'an unknown argument';
    return typeof args['path'] === 'string' && isWithin(args['path']) ? null : 'path is not within /data';
  }
  if (name === 'write') {
    const force = Object.entries(args).some(
      ([key, value]) => fold(key) === 'mode' && (key !== 'mode' || fold(JSON.stringify(value)) === '"force"'),
    );
    return force ? 'mode force is denied' : null;
  }
  return name === 'list' ? null : `${JSON.stringify(name)} is not granted`;
}

function isWithin(path: string): boolean {
  const [empty, root, ...rest] = path.split('/');
  return (
    empty === '' &&
    root === 'data' &&
    !/[\\\0]/.test(path) &&
    rest.every((each, i) => each !== '.' && each !== '..' && (each !== '' || i === rest.length - 1))
  );
}

const fold = (text: string): string => text.normalize('NFKC').replaceAll(' ', '').toLowerCase();

/** Strings that are followed by a colon. */
function keysIn(text: string): number {
  let keys = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) keys++;
  return keys;
}

function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + keysOf(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}
