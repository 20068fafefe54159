/**
 * Results and errors of one era in the terms of the other (notes: mcp-proxying, the table of pairings). Pure, and over
 * spans: what is not named here keeps its bytes.
 */
import { textOf, valueOf, withMembers } from './json-members.js';
import type { Era } from '../upstream-port.js';

/** What becomes of a definition's outputSchema and structuredContent where an older agent knows only objects. */
export const WRAPPER = 'result';

const OPEN_OBJECT = 0x7b;
/** Methods whose results say how long they may be kept (MCP 2026-07-28, Caching). */
const CACHEABLE = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'server/discover',
]);

export interface Direction {
  /** Of the server. */
  from: Era;
  /** Of the agent. */
  to: Era;
  method: string;
}

/** @param wraps the tool's outputSchema is not an object's, so that the older agent was shown a wrapped one. */
export function translateResult(value: Buffer, { from, to, method }: Direction, wraps = false): Buffer {
  if (value[0] !== OPEN_OBJECT) return value;
  if (to === 'modern') return forModern(value, from, method);
  return from === 'legacy' ? value : forLegacy(value, wraps);
}

function forModern(value: Buffer, from: Era, method: string): Buffer {
  // One agent's share, whatever the server thinks of its own.
  const cache = CACHEABLE.has(method) ? { ttlMs: ttlOf(value, from), cacheScope: '"private"' } : {};
  if (from === 'modern') return CACHEABLE.has(method) ? withMembers(value, cache) : value;
  return withMembers(value, { resultType: '"complete"', ...cache });
}

function ttlOf(value: Buffer, from: Era): string {
  const said = from === 'modern' ? Number(valueOf(value, 'ttlMs')?.toString('latin1') ?? 0) : 0;
  return String(Number.isSafeInteger(said) && said > 0 ? said : 0);
}

function forLegacy(value: Buffer, wraps: boolean): Buffer {
  const content = valueOf(value, 'structuredContent');
  const wrapped = content !== null && (wraps || content[0] !== OPEN_OBJECT);
  return withMembers(value, {
    resultType: null,
    ttlMs: null,
    cacheScope: null,
    ...(wrapped && { structuredContent: Buffer.concat([Buffer.from(`{"${WRAPPER}":`), content, Buffer.from('}')]) }),
  });
}

/** @param error JSON text of the error object. */
export function translateError(error: Buffer, { from, to }: Pick<Direction, 'from' | 'to'>): Buffer {
  if (from === to) return error;
  const code = codeOf(error);
  // What the newer one no longer allows; -32042 is dealt with before (input-required.ts).
  if (to === 'modern' && code === -32002) return withMembers(error, { code: '-32602' });
  if (to === 'modern' && code === -32042) return withMembers(error, { code: '-32603' });
  // What the older one never heard of.
  if (to === 'legacy' && code !== null && code <= -32020 && code >= -32099)
    return withMembers(error, { code: '-32603' });
  return error;
}

export function codeOf(error: Buffer): number | null {
  const code = Number(valueOf(error, 'code')?.toString('latin1') ?? NaN);
  return Number.isInteger(code) ? code : null;
}

export function messageOf(error: Buffer): string {
  return textOf(error, 'message') ?? '';
}
