/**
 * An artifact's bytes → Policy, or why not. A file counts only when its content matches its name, its form is
 * known to the last field, and every rule in it can be enforced.
 */
import { createHash } from 'node:crypto';
import type { Policy } from './artifact.js';
import { misfit } from './form.js';
import { artifactSchema } from './format.js';
import { ruleProblems } from './rule.js';

const FILE_NAME = /^(\d{8})-([0-9a-f]{64})\.json$/;

/** What a policy's file name promises: its number, and the hex SHA-256 of its content. */
export function parseArtifactName(name: string): { seq: number; digest: string } | null {
  const found = FILE_NAME.exec(name);
  return found?.[1] && found[2] ? { seq: Number(found[1]), digest: found[2] } : null;
}

/** Whether the content is what the file name promises. */
export function verify(name: string, bytes: Uint8Array): boolean {
  const promised = parseArtifactName(name);
  return promised !== null && createHash('sha256').update(bytes).digest('hex') === promised.digest;
}

export type ReadResult = { policy: Policy } | { error: string };

export function readPolicy(bytes: Uint8Array): ReadResult {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return { error: 'is not JSON in UTF-8' };
  }
  const format: unknown = typeof value === 'object' && value !== null && 'format' in value ? value.format : null;
  if (format !== 1) return { error: `has format ${JSON.stringify(format)}; this proxy knows format 1` };
  const wrong = misfit(artifactSchema, value);
  if (wrong !== null) return { error: wrong };
  const policy = value as Policy;
  const problem = inconsistency(policy);
  return problem === null ? { policy } : { error: problem };
}

function inconsistency(policy: Policy): string | null {
  const prefixes = new Set<string>();
  for (const [name, server] of Object.entries(policy.servers)) {
    if (prefixes.has(server.prefix)) return `two servers have the prefix ${server.prefix}`;
    prefixes.add(server.prefix);
    if (server.serving !== null && !Object.hasOwn(server.generations, String(server.serving))) {
      return `server ${name} serves generation ${server.serving}, which the policy does not describe`;
    }
    for (const [number, generation] of Object.entries(server.generations)) {
      const problem = undefinedTools(policy, generation);
      if (problem) return `server ${name}, generation ${number}: ${problem}`;
    }
  }
  const fine = new Set<string>();
  for (const [agent, { grants }] of Object.entries(policy.agents)) {
    for (const grant of grants) {
      if (grant.expires !== null && Number.isNaN(Date.parse(grant.expires))) return `${grant.rule}: unreadable expiry`;
      for (const [tool, rule] of Object.entries(grant.arguments)) {
        const first = ruleProblems(rule, fine)[0];
        if (first) return `agent ${agent}, ${grant.rule}, rule of ${tool}: ${first.path.join('.')} ${first.message}`;
      }
    }
  }
  const undated = Object.values(policy.tokens).find((t) => t.expires !== null && Number.isNaN(Date.parse(t.expires)));
  return undated ? `token ${undated.id}: unreadable expiry` : null;
}

function undefinedTools(policy: Policy, generation: Policy['servers'][string]['generations'][string]): string | null {
  const definitions = policy.definitions[generation.definitions];
  if (!definitions) return 'its definitions are missing';
  const defined = new Set(definitions.tools.map((tool) => tool.name));
  if (defined.size !== definitions.tools.length) return 'a tool is defined twice';
  const hashed = Object.keys(generation.tools);
  const lost = hashed.find((tool) => !defined.has(tool));
  if (lost !== undefined) return `tool ${lost} has a hash but no definition`;
  return hashed.length === defined.size ? null : 'a tool has no hash';
}
