/** The system image: this package's own role files on the Node runtime. Proxy, bridge, control and the lock run in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../diagnostics/failure.js';
import { entriesOf } from './context.js';
import type { ContextEntry } from './context.js';

/** Where volumes will be: without them, an engine makes the mount points of a read-only root itself, or fails to. */
const FOLDERS = [
  '/var/lib/toolcrib/policy',
  '/var/lib/toolcrib/ack',
  '/var/lib/toolcrib/audit',
  '/var/log/toolcrib',
  '/run/toolcrib',
  '/seed',
];

/** @param distribution folder of the built program. @param base id of the Node runtime's image. */
export async function systemEntries(distribution: string, base: string): Promise<ContextEntry[]> {
  const { role } = JSON.parse(await readFile(join(distribution, 'manifest.json'), 'utf8')) as { role: string[] };
  const wanted = new Set(role);
  const files = await entriesOf(distribution, 'toolcrib/', {
    includes: (path) => wanted.has(path),
    prunes: () => false,
  });
  refuseIncomplete(files, role, distribution);
  const text = dockerfile(base);
  return [{ path: 'Dockerfile', type: 'text', text, executable: false }, { path: 'empty', type: 'folder' }, ...files];
}

function refuseIncomplete(files: ContextEntry[], role: string[], distribution: string): void {
  const there = new Set(files.map((file) => file.path));
  const missing = role.find((path) => !there.has(`toolcrib/${path}`));
  if (missing === undefined) return;
  fail('internal', `This toolcrib is incomplete: ${join(distribution, missing)} is missing.`, 'Install it again.');
}

function dockerfile(base: string): string {
  const copies = FOLDERS.map((folder) => `COPY empty ${folder}\n`).join('');
  return `FROM ${base}\nCOPY toolcrib /toolcrib\n${copies}ENTRYPOINT ["node", "/toolcrib/role.js"]\nCMD []\n`;
}
