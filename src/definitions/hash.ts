/** Hashes of definitions: SHA-256 over canonical JSON of the whole object, vendor fields included. */
import { hash } from 'node:crypto';
import type { Definition, Json, ServerDefinitions } from '../model/definitions.js';
import type { Digest } from '../model/lock.js';
import { canonicalize } from './canonical.js';

export function sha256Hex(bytes: string | Buffer): string {
  return hash('sha256', bytes, 'hex');
}

export function digestOf(value: Json): Digest {
  return `sha256:${sha256Hex(canonicalize(value))}`;
}

/** Of prompts, or anything else with names; of two of one name, the first. */
export function namedHashes(definitions: readonly Definition[]): Record<string, Digest> {
  const found = new Map<string, Digest>();
  for (const each of definitions) if (!found.has(each.name)) found.set(each.name, digestOf(each));
  return Object.fromEntries(found);
}

/** @throws RangeError when two tools bear one name: neither could be told from the other. */
export function toolHashes(definitions: ServerDefinitions): { tools: Record<string, Digest>; all: Digest } {
  const tools = new Map<string, Digest>();
  for (const tool of definitions.tools) {
    if (tools.has(tool.name)) throw new RangeError(`two tools are named ${tool.name}`);
    tools.set(tool.name, digestOf(tool));
  }
  // Not by assignment: a tool may be named __proto__.
  return { tools: Object.fromEntries(tools), all: digestOf({ ...definitions }) };
}
