/** The text of toolbox.lock.yaml: pins and hashes, in one fixed order, so that a review shows only what changed. */
import { parse, stringify } from 'yaml';
import type { Envelope } from '../model/definitions.js';
import type { Digest, Lock, LockedSource } from '../model/lock.js';

export interface LockYaml {
  toolcrib: string;
  envelope: Envelope;
  runtimes: Lock['runtimes'];
  servers: Record<string, { source: LockedSource; definitions: Digest; tools: Record<string, Digest> }>;
}

const HEAD = `# Written by \`toolcrib lock\`; not to be edited. Review it together with toolbox.lock.d/: committing it approves
# what the servers showed. Agents are served the definitions that are hashed here, and no others.
`;

export function writeLockYaml(lock: Lock): string {
  const servers = Object.entries(lock.servers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { source, hashes }]) => [name, { source, definitions: hashes.all, tools: sorted(hashes.tools) }]);
  const value = {
    version: 1,
    toolcrib: lock.toolcrib,
    envelope: lock.envelope,
    runtimes: lock.runtimes,
    servers: Object.fromEntries(servers) as LockYaml['servers'],
  };
  return HEAD + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function parseLockYaml(text: string): { yaml: LockYaml } | { problem: string } {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0, logLevel: 'silent' });
  } catch (error) {
    return { problem: `It is no valid YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}` };
  }
  if (!isObject(value)) return { problem: 'It holds no mapping.' };
  if (value.version !== 1) {
    return { problem: `It is of version ${JSON.stringify(value.version)}; this toolcrib reads version 1.` };
  }
  const wrong = formProblem(value);
  return wrong === null ? { yaml: value as unknown as LockYaml } : { problem: wrong };
}

function formProblem(value: Record<string, unknown>): string | null {
  const { toolcrib, envelope, runtimes, servers } = value;
  if (typeof toolcrib !== 'string' || !isObject(envelope) || !isObject(runtimes) || !isObject(servers)) {
    return 'One of toolcrib, envelope, runtimes and servers is missing.';
  }
  for (const [name, server] of Object.entries(servers)) {
    const whole = isObject(server) && isObject(server.source) && isObject(server.tools) && isDigest(server.definitions);
    if (!whole || !Object.values(server.tools as object).every(isDigest)) return `The entry of server ${name} is not whole.`;
    const { type, declared } = server.source as Record<string, unknown>;
    if (!['npm', 'build', 'image'].includes(String(type)) || typeof declared !== 'string') {
      return `The source of server ${name} is of no known kind.`;
    }
  }
  return null;
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
