/** The text of toolbox.lock.yaml: pins and hashes, in one fixed order and form, so that a review shows only what changed. */
import type { Digest, Lock, LockedSource } from '../model/lock.js';
import { reviewableName } from './reviewable.js';

/** What the file holds: the lock without the definitions and trees, which have files of their own. */
export interface LockYaml {
  version: 1;
  toolcrib: string;
  envelope: Lock['envelope'];
  runtimes: Lock['runtimes'];
  servers: Record<string, { source: LockedSource; definitions: Digest; tools: Record<string, Digest> }>;
}

const HEAD = `# Written by \`toolcrib lock\`; not to be edited. Review it together with toolbox.lock.d/: committing it approves
# what the servers showed. Agents are served the definitions that are hashed here, and no others.
`;

export function writeLockYaml({ toolcrib, envelope, runtimes, servers }: Lock): string {
  const pinned = Object.entries(servers).map(([name, { source, hashes }]) => [
    name,
    { source, definitions: hashes.all, tools: sorted(hashes.tools) },
  ]);
  const value: LockYaml = {
    version: 1,
    toolcrib,
    envelope,
    runtimes: sorted(runtimes),
    servers: sorted(Object.fromEntries(pinned) as LockYaml['servers']),
  };
  return HEAD + mapping(value, '');
}

function sorted<Value extends object>(record: Value): Value {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))) as Value;
}

function mapping(value: object, indent: string): string {
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]: [string, unknown]) => `${indent}${scalar(key)}:${below(each, indent)}`)
    .join('');
}

function below(value: unknown, indent: string): string {
  if (Array.isArray(value))
    return value.length === 0 ? ' []\n' : `\n${value.map((each: unknown) => `${indent}  - ${flow(each)}\n`).join('')}`;
  if (typeof value !== 'object' || value === null) return ` ${scalar(value)}\n`;
  return Object.keys(value).length === 0 ? ' {}\n' : `\n${mapping(value, `${indent}  `)}`;
}

/** Inside lists: JSON, which is YAML. */
function flow(value: unknown): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, each]) => `${quoted(key)}: ${flow(each)}`)
    .join(', ')}}`;
}

/** Plain only where YAML of every age reads it as this text. */
function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const plain = /^[A-Za-z_/][A-Za-z0-9_./:@+~^-]*$/.test(value) && !value.endsWith(':');
  return plain && !/^(true|false|yes|no|on|off|y|n|null|nan|inf)$/i.test(value) ? value : quoted(value);
}

/** A file that is read by people: what looks like something else is escaped. */
function quoted(text: string): string {
  return `"${reviewableName(text)}"`;
}
