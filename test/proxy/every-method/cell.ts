/**
 * One cell of the table of methods: who asks which server, what came of it, and how each is written down. Peers record
 * everything, so that a row says what reached its server to the member.
 */
import { isObject, type Json, type JsonObject } from '../../../src/model/definitions.js';
import type { Era } from '../../../src/mcp/wire.js';
import { wordOf, type RawAgent } from '../raw-agent.js';
import { LegacyRecording, ModernRecording, offers } from '../recording-servers.js';

/** In the order in which lists show them. By transport and generation: stdio or HTTP, of those with sessions and without. */
export const SERVERS = ['old', 'new', 'pipe', 'line'] as const;
export type Server = (typeof SERVERS)[number];
export const OF: Readonly<Record<Server, Era>> = { old: 'legacy', new: 'modern', pipe: 'legacy', line: 'modern' };
/** May call what asks, and be asked nothing; may do nothing at all. */
export type Who = 'bot' | 'bare' | 'none';

export const recordings = {
  pipe: new LegacyRecording(offers('pipe', false)),
  old: new LegacyRecording(offers('old', false)),
  new: new ModernRecording(offers('new', true)),
  line: new ModernRecording(offers('line', true)),
};

export interface Cell {
  agent: RawAgent;
  /** The agent's. */
  era: Era;
  server: Server;
  of: Era;
  equals: boolean;
  granted: boolean;
  /** Name of a tool or prompt as the agent knows it. */
  named: (name: string) => string;
  /** Begins its resources. */
  uri: (path: string) => string;
}

/** Method, params, and what of `_meta` is not the same in every request; an answer has its result or error code. */
export type Sent = [string, Json, JsonObject?];

export interface Told {
  gets: unknown;
  reaches?: Sent[];
  /** `decision method tool reason`, of this agent; and of nobody, where that server asks. */
  audit: string[];
}

export interface Row {
  what: string;
  /** Who tries it without a grant of it. */
  without: Exclude<Who, 'bot'>;
  /** Left out: everywhere. */
  where?: (of: Era) => boolean;
  does: (cell: Cell) => Promise<unknown>;
  granted: (cell: Cell) => Told;
  denied: (cell: Cell) => Told;
}

export const brief = ({ result, error, status }: JsonObject): unknown => {
  if (isObject(error)) return [status, error['code'], error['message']];
  if (!isObject(result)) return status;
  const { resultType: _, ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
  return rest;
};
/** What the tool said, or why there is nothing. */
export const said = (answer: JsonObject): unknown => {
  const { result } = answer;
  if (!isObject(result) || !Array.isArray(result['content'])) return brief(answer);
  const [first] = result['content'] as JsonObject[];
  const text = wordOf(first?.['text']);
  return /^Refused by toolcrib \((\w+)\)/.exec(text)?.[1] ?? (JSON.parse(text) as Json);
};
export const told = (messages: readonly JsonObject[]): unknown[] => {
  const all = messages.map(({ method, params }) => JSON.stringify([method, params]));
  return [...new Set(all)].map((text) => JSON.parse(text) as unknown);
};
export const listed = (answer: JsonObject): unknown =>
  isObject(answer['result']) ? Object.values(answer['result']).find((each) => Array.isArray(each)) : brief(answer);

export function rendered(message: JsonObject, all: readonly JsonObject[]): Sent {
  const { method, result, error, params } = message;
  if (typeof method !== 'string') return ['answer', result ?? (isObject(error) ? (error['code'] ?? null) : null)];
  const { _meta, requestId, reason: _, ...rest } = isObject(params) ? params : {};
  const meta: JsonObject = {};
  for (const [key, value] of Object.entries(isObject(_meta) ? _meta : {})) {
    const short = key.replace('io.modelcontextprotocol/', '');
    if (short === 'clientCapabilities') meta['can'] = Object.keys(value as JsonObject).sort();
    else if (key === 'progressToken') meta[key] = '#';
    else if (short !== 'protocolVersion' && short !== 'clientInfo') meta[short] = value;
  }
  if (requestId === undefined) return [method, rest, meta];
  const known = all.some(({ id, method: one }) => one !== undefined && id === requestId);
  return [method, { ...rest, requestId: known ? 'the call' : requestId }, meta];
}

/** What reaches the server of a request: a modern one is told with each what its agent can do, as far as policy lets it. */
export function sent({ of, era, granted }: Cell, method: string, params: JsonObject, meta: JsonObject = {}): Sent {
  if (of === 'legacy') return [method, params, meta];
  const asks = !granted ? [] : era === 'modern' ? ['elicitation', 'roots', 'sampling'] : ['elicitation'];
  const tasks = era === 'modern' && /^(?:tools\/call|tasks)/.test(method) ? ['extensions'] : [];
  return [method, params, { ...meta, can: [...asks, ...tasks].sort() }];
}
export const callOf = (cell: Cell, name: string, more: JsonObject = {}, meta: JsonObject = {}): Sent =>
  sent(cell, 'tools/call', { name, arguments: {}, ...more }, meta);

export const MORE: JsonObject = { 'acme/x': { n: 1 } };
export const call = ({ agent, named }: Cell, tool: string, more: JsonObject = {}): Promise<JsonObject> =>
  agent.ask('tools/call', { name: named(tool), arguments: {}, ...more });

export const UNKNOWN_TOOL = [200, -32602, 'Unknown tool'];
export const noMethod = ({ era }: Pick<Cell, 'era'>): unknown => [
  era === 'modern' ? 404 : 200,
  -32601,
  'Method not found',
];
export const allowed = (method: string, what: string): string => `allow ${method} ${what} granted`;
export const missing = (...methods: string[]): string[] => methods.map((method) => `deny ${method} method_not_found`);
export const noTool = ({ named }: Cell, name: string): string => `deny tools/call ${named(name)} not_granted`;
export const CANCELLED: Sent = ['notifications/cancelled', { requestId: 'the call' }, {}];
export const STAMP = { 'io.modelcontextprotocol/subscriptionId': 1 };
/** The agent's own request, where it is one of its version. */
export const inEra = <T>({ era }: Cell, own: Era, value: T): T[] => (era === own ? [value] : []);

export function both(told: (cell: Cell) => Told): Pick<Row, 'granted' | 'denied'> {
  return { granted: told, denied: told };
}
