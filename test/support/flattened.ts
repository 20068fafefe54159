/**
 * An image that somebody else could have made: another one's files in one layer, nothing of its configuration but PATH,
 * and the whole C library, as every distribution has it.
 */
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { writeTar } from '../../src/docker/archive.js';
import { did } from './by-hand.js';
import { librariesOf } from './docker-image.js';
import { HOST } from './engine-state.js';

/** What wheels may load besides what Python itself does (PEP 599). */
const OF_LIBC = ['librt.so.1', 'libutil.so.1', 'libnsl.so.1', 'libresolv.so.2'];

export async function flattened(image: string, reference: string): Promise<void> {
  const { Id } = JSON.parse(await did('POST', '/containers/create', { Image: image, Cmd: ['none'] })) as { Id: string };
  try {
    await complete(Id);
    await copied(`/containers/${Id}/export`, reference);
  } finally {
    await did('DELETE', `/containers/${Id}?force=1`);
  }
}

async function complete(container: string): Promise<void> {
  const libc = librariesOf(process.execPath).find((path) => path.includes('/libc.so')) ?? '';
  const there = OF_LIBC.filter((name) => existsSync(join(dirname(libc), name)));
  const tar = await writeTar(
    there.map((name) => ({ path: name, content: readFileSync(join(dirname(libc), name)), mode: 0o755 })),
  );
  const path = `/containers/${container}/archive?path=${encodeURIComponent(dirname(libc))}`;
  const socketPath = HOST.replace(/^unix:\/\//, '');
  await new Promise<void>((resolve, reject) => {
    const request = http.request(
      { socketPath, method: 'PUT', path, headers: { 'Content-Type': 'application/x-tar' } },
      (answer) => {
        answer.resume();
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`${answer.statusCode} from ${path}`));
      },
    );
    request.on('error', reject).end(tar);
  });
}

function copied(from: string, reference: string): Promise<void> {
  const socketPath = HOST.replace(/^unix:\/\//, '');
  const [repo = '', tag = ''] = reference.split(':');
  const query = new URLSearchParams({ fromSrc: '-', repo, tag, changes: 'ENV PATH=/usr/local/bin:/usr/bin:/bin' });
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath, path: from }, (exported) => {
        const made = http.request(
          { socketPath, method: 'POST', path: `/images/create?${query.toString()}` },
          (answer) => {
            let said = '';
            answer.on('data', (chunk: Buffer) => (said += chunk.toString()));
            answer.on('end', () => {
              if (answer.statusCode === 200 && !said.includes('"error"')) resolve();
              else reject(new Error(`${answer.statusCode} ${said}`));
            });
          },
        );
        made.on('error', reject);
        exported.on('error', reject).pipe(made);
      })
      .on('error', reject);
  });
}
