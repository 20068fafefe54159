/** A lock as `toolcrib lock` would make it, and a folder to write it to. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { digestOf, toolHashes } from '../../src/definitions/hash.js';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import type { Definition, Json, ServerDefinitions } from '../../src/model/definitions.js';
import type { Lock, LockedServer, LockedSource } from '../../src/model/lock.js';

export const TREE = {
  name: 'x',
  lockfileVersion: 3,
  packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-aa==' } },
};
const DIGEST = `sha256:${'ab'.repeat(32)}` as const;

export function definitions(tools: Definition[], more: Partial<ServerDefinitions> = {}): ServerDefinitions {
  const empty = { prompts: [], resources: [], resourceTemplates: [] };
  return {
    protocolVersion: '2025-11-25',
    serverInfo: { name: 's', version: '1' },
    capabilities: { tools: {} },
    instructions: null,
    tools,
    ...empty,
    ...more,
  };
}

export function lockedServer(seen: ServerDefinitions, source: LockedSource, tree: Json = null): LockedServer {
  return { source, definitions: seen, hashes: toolHashes(seen), tree };
}

export function sampleLock(): Lock {
  const npm: LockedSource = {
    type: 'npm',
    declared: '@s/p@^1',
    package: '@s/p',
    version: '1.2.3',
    integrity: 'sha512-bb==',
    tree: digestOf(TREE),
    allowScripts: [],
  };
  const read = { name: 'read', description: 'Reads.\nQuickly.', inputSchema: { type: 'object' } };
  return {
    version: 1,
    toolcrib: '0.1.0',
    envelope: { protocolVersion: '2025-11-25', capabilities: {} },
    runtimes: { node: { type: 'host', platforms: { 'linux/amd64': { digest: DIGEST, version: 'v20.1.0' } } } },
    servers: {
      zeta: lockedServer(definitions([{ name: 'go' }]), { type: 'image', declared: 'z:1', digest: null, id: DIGEST }),
      files: lockedServer(definitions([{ name: 'write' }, read]), npm, TREE),
      mine: lockedServer(definitions([]), { type: 'build', declared: './mine', context: DIGEST, network: false }),
    },
  };
}

export async function emptyFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'toolcrib-lock-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function edit(dir: string, file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(join(dir, file), 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing changed in ${file}`);
  await writeFile(join(dir, file), after);
}

export function place({ code, range }: Diagnostic): string {
  return `${code} ${range?.file ?? ''}:${range?.start.line ?? ''}`;
}
