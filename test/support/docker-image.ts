/**
 * A small image that runs Node, made FROM scratch out of this host's own Node and the libraries it loads: nothing is
 * pulled. Tests use it where a server, a bridge or a lock needs a container.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { ArchiveFile, Engine } from '../../src/engine/engine.js';
import { writeTar } from '../../src/docker/archive.js';

export interface NodeImageOptions {
  /** Further files, by absolute path in the image. */
  files?: Record<string, string>;
  /** Further lines of the Dockerfile. */
  dockerfile?: string[];
  labels?: Record<string, string>;
}

/** What `role.js hold` does, so that the same image can hold the lock: it ends when its stdin does. */
const ROLE = "process.stdin.resume().on('end', () => process.exit(0));\n";

/** Builds the image and returns its id. `node` is on its PATH; it runs as root unless told otherwise. */
export async function nodeImage(engine: Engine, tag: string, options: NodeImageOptions = {}): Promise<string> {
  const { files = {}, dockerfile = [], labels = {} } = options;
  const copied: Record<string, Buffer> = {
    '/usr/bin/node': readFileSync(process.execPath),
    ...Object.fromEntries(librariesOf(process.execPath).map((path) => [path, readFileSync(realpathSync(path))])),
    '/etc/passwd': Buffer.from('root:x:0:0:root:/:/none\nnobody:x:65532:65532:nobody:/:/none\n'),
    '/toolcrib/role.js': Buffer.from(ROLE),
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
  };
  const lines = ['FROM scratch', 'COPY root/ /', 'ENV PATH=/usr/bin', ...dockerfile];
  const context: ArchiveFile[] = [
    { path: 'Dockerfile', content: Buffer.from(`${lines.join('\n')}\n`) },
    { path: 'root/tmp/', content: Buffer.alloc(0), mode: 0o1777 },
    ...Object.entries(copied).map(([path, content]) => ({ path: `root${path}`, content, mode: 0o755 })),
  ];
  return engine.buildImage(Readable.from([await writeTar(context)]), { tag, labels, network: false });
}

export function librariesOf(binary: string): string[] {
  const listed = execFileSync('ldd', [binary], { encoding: 'utf8' });
  return [...listed.matchAll(/(\/\S+) \(0x/g)].flatMap((match) => match[1] ?? []);
}
