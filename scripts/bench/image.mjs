/** The fixture as an image, made of this host's own Node: nothing is pulled or built, only imported. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { call } from './engine.mjs';
import { here } from './processes.mjs';

export async function importFixture(repo, tag, folder) {
  const root = path.join(folder, 'root');
  const copy = (from, to) => {
    mkdirSync(path.dirname(path.join(root, to)), { recursive: true });
    copyFileSync(realpathSync(from), path.join(root, to));
    chmodSync(path.join(root, to), 0o755);
  };
  copy(process.execPath, '/usr/bin/node');
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
  for (const [, library] of libraries) copy(library, library);
  copy(path.join(here, 'fixture.cjs'), '/fixture.cjs');
  mkdirSync(path.join(root, 'tmp'), { recursive: true });
  mkdirSync(path.join(root, 'etc'), { recursive: true });
  writeFileSync(path.join(root, 'etc/passwd'), 'nobody:x:65532:65532::/:/none\n');
  const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const changes = ['ENTRYPOINT ["node","/fixture.cjs"]', 'ENV PATH=/usr/bin', 'USER 65532:65532'];
  const query = changes.map((change) => `changes=${encodeURIComponent(change)}`).join('&');
  await call('POST', `/images/create?fromSrc=-&repo=${encodeURIComponent(repo)}&tag=${tag}&${query}`, tar.stdout);
  return `${repo}:${tag}`;
}
