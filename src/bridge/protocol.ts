/**
 * What the proxy may ask the bridge: one JSON line asks, one JSON line answers. After a good `open`
 * the connection *is* the server's stdin and stdout, and for as long as it stands the container runs. With a server that
 * speaks HTTP it carries nothing, and standing is all that it does. With `instance` a copy of the server's template is
 * made, runs, and is removed when the connection ends.
 */
import type { Code } from '../diagnostics/codes.js';
import { NAME_PATTERN } from '../model/address.js';
import { INSTANCE_PATTERN } from '../model/transport.js';

/** Bytes of the asking line, newline included. */
export const MAX_REQUEST = 4096;
/** How long a client may take to send it. */
export const REQUEST_DEADLINE_MS = 5000;

/** Which container: a generation of a server, or an instance of one that is a template. */
export interface Target {
  server: string;
  generation: number;
  instance: string | null;
}

export type Request = ({ op: 'open' | 'close' } & Target) | { op: 'list' };

export type RefusalCode =
  | 'bad_request'
  | 'unknown_server'
  | 'ambiguous_server'
  /** A template was opened without an instance, or an instance asked of what is none. */
  | 'instance_required'
  | 'instance_unexpected'
  | 'too_many'
  | 'replaced'
  | 'closed'
  | 'shutting_down'
  | Code;

export interface Refusal {
  ok: false;
  code: RefusalCode;
  error: string;
}

export interface ServerReport extends Target {
  state: 'waiting' | 'starting' | 'running' | 'stopping' | 'stopped';
  /** Starts after the first, since the bridge started. */
  restarts: number;
  lastError: string | null;
  /** The last lines it wrote to stderr, oldest first. */
  stderr: string[];
}

/** `address`: of a server that speaks HTTP, on its network, for a proxy that is no container and knows no names there. */
export type Answer = { ok: true; address?: string } | { ok: true; servers: ServerReport[] } | Refusal;

/** One line of the bridge's own log: a server's stderr, or an event. `server` is null for the bridge itself. */
export interface LogLine {
  /** ISO 8601. */
  time: string;
  server: string | null;
  generation: number | null;
  instance?: string;
  /** Of a server that speaks HTTP, its stdout as well. */
  stderr?: string;
  /** The stderr line was cut at its limit. */
  truncated?: true;
  event?: string;
  detail?: string;
}

const TARGET = ['op', 'server', 'generation', 'instance'] as const;
const FIELDS = { open: TARGET, close: TARGET, list: ['op'] } as const;
const MAX_GENERATION = 1e9;

/** Reads a request strictly: exactly the fields of its op. A text is what is wrong with it. */
export function parseRequest(line: string): Request | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'the first line is not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the first line is not an object';
  const asked = value as Record<string, unknown>;
  const op = asked.op;
  if (op !== 'open' && op !== 'close' && op !== 'list') return '"op" is none of open, close, list';
  const allowed: readonly string[] = FIELDS[op];
  const unknown = Object.keys(asked).find((key) => !allowed.includes(key));
  if (unknown !== undefined) return `unknown field ${JSON.stringify(unknown)}`;
  if (op === 'list') return { op };
  const { server, generation } = asked;
  if (typeof server !== 'string' || !NAME_PATTERN.test(server)) return '"server" is not a server name';
  const counted = typeof generation === 'number' && Number.isInteger(generation);
  if (!counted || generation < 1 || generation > MAX_GENERATION) return '"generation" is not a positive integer';
  const { instance = null } = asked;
  if (instance !== null && (typeof instance !== 'string' || !INSTANCE_PATTERN.test(instance)))
    return '"instance" is not an instance key';
  return { op, server, generation, instance };
}
