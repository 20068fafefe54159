/** What servers may ask of agents, whether this agent can answer it, and what crosses between eras. Pure. */
import { isObject, type JsonObject } from '../../model/definitions.js';
import type { ServerRequest } from '../../policy/artifact.js';
import { textOf, valueOf } from './json-members.js';
import type { Era } from '../upstream-port.js';

const KIND_OF: Readonly<Record<string, ServerRequest>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
};
/** The rest is between equals only (notes: mcp-proxying). */
const CROSSES = new Set<ServerRequest>(['elicitation']);

export interface Ends {
  /** Of the server, and of the agent. */
  from: Era;
  to: Era;
  granted: readonly ServerRequest[];
  /** As the agent declared them. */
  capabilities: JsonObject;
}

/** null: it may. Otherwise why not, in one word, for the audit. */
export function whyNotAsk(
  method: string,
  params: Buffer,
  { from, to, granted, capabilities }: Ends,
): 'unknown_request' | 'not_granted' | 'not_between_versions' | 'not_supported_by_agent' | null {
  const kind = Object.hasOwn(KIND_OF, method) ? KIND_OF[method] : undefined;
  if (kind === undefined) return 'unknown_request';
  if (!granted.includes(kind)) return 'not_granted';
  if (from !== to && !CROSSES.has(kind)) return 'not_between_versions';
  return canAnswer(kind, params, capabilities) ? null : 'not_supported_by_agent';
}

function canAnswer(kind: ServerRequest, params: Buffer, capabilities: JsonObject): boolean {
  const declared = capabilities[kind];
  if (!isObject(declared)) return false;
  if (kind === 'sampling') return valueOf(params, 'tools') === null || isObject(declared['tools']);
  if (kind === 'roots') return true;
  const mode = textOf(params, 'mode') ?? 'form';
  // Declared without a mode means forms (MCP 2025-11-25, Elicitation, Capabilities).
  if (mode === 'form') return isObject(declared['form']) || declared['url'] === undefined;
  return isObject(declared[mode]);
}

/** What a server may be told that the agent can do: policy, and both ends. */
export function offeredCapabilities({ from, to, granted, capabilities }: Ends): JsonObject {
  if (granted.length === 0) return NOTHING;
  const kinds = granted.filter((kind) => isObject(capabilities[kind]) && (from === to || CROSSES.has(kind)));
  return Object.fromEntries(kinds.map((kind) => [kind, capabilities[kind] ?? {}]));
}

const NOTHING: JsonObject = {};
