/** What `npm pack` makes: small, complete, and at work in an empty folder without the repository. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/project.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MEGABYTE = 1_000_000;

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

function ran(command: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { cwd, env: { ...process.env, NO_COLOR: '1', ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

interface Manifest {
  version: string;
  digest: string;
  role: string[];
  files: Record<string, string>;
}

describe('the package', () => {
  let folder = '';
  let tarball = '';
  let empty = '';
  let installed = '';

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'toolcrib-package-'));
    const packed = await ran('npm', ['pack', '--silent', '--pack-destination', folder], root);
    expect(packed.stderr + packed.stdout).toContain('.tgz');
    tarball = path.join(folder, (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? 'none');
    empty = path.join(folder, 'empty');
    await mkdir(empty);
    // Nothing to fetch: it has no dependencies.
    const install = await ran('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], empty);
    expect(install).toMatchObject({ code: 0 });
    installed = path.join(empty, 'node_modules/toolcrib');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const toolcrib = (...args: string[]): Promise<Ran> =>
    ran(path.join(empty, 'node_modules/.bin/toolcrib'), args, path.join(folder, 'work'));

  it('is at most 2 MB', async () => {
    expect((await stat(tarball)).size).toBeLessThanOrEqual(2 * MEGABYTE);
  });

  it('brings no other package along', async () => {
    expect((await readdir(path.join(empty, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
      'toolcrib',
    ]);
  });

  it('holds the programs, the schema and the licences, and neither sources nor tests', async () => {
    const top = await readdir(installed);
    expect(top).toEqual(
      expect.arrayContaining(['dist', 'schemas', 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']),
    );
    expect(top).not.toEqual(expect.arrayContaining(['src']));
    expect(top).not.toEqual(expect.arrayContaining(['test']));
    expect(await readdir(path.join(installed, 'schemas'))).toContain('toolbox.schema.json');
    const licences = await readFile(path.join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['yaml', 'commander', 're2js', 'chokidar', 'tar-stream'])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('has a manifest that tells the truth about its files', async () => {
    const manifest = JSON.parse(await readFile(path.join(installed, 'dist/manifest.json'), 'utf8')) as Manifest;
    const sha256 = (data: string | Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;
    for (const [name, hash] of Object.entries(manifest.files)) {
      expect(sha256(await readFile(path.join(installed, 'dist', name)))).toBe(hash);
    }
    expect(manifest.role).toContain('role.js');
    expect(manifest.digest).toBe(sha256(manifest.role.map((name) => `${name} ${manifest.files[name]}\n`).join('')));
  });

  it('works from an empty folder', async () => {
    await mkdir(path.join(folder, 'work'));
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await toolcrib('version')).toEqual({ code: 0, stdout: `toolcrib ${version}\n`, stderr: '' });
    expect(await toolcrib('validate')).toMatchObject({ code: 1 });
    expect(await toolcrib('init')).toMatchObject({ code: 0 });
    expect(await toolcrib('validate')).toMatchObject({ code: 0 });
    expect(JSON.parse((await toolcrib('schema')).stdout)).toHaveProperty('$schema');
  });

  it('has container roles that load without the repository', async () => {
    const role = await ran(process.execPath, [path.join(installed, 'dist/role.js'), 'no-such-role'], folder);
    expect(role.code).toBe(1);
    expect(role.stdout + role.stderr).toContain('no-such-role');
  });

  it('has a proxy that shows its metrics', async () => {
    const places = Object.fromEntries(
      ['POLICY', 'ACK', 'AUDIT', 'RUN'].map((name) => [`TOOLCRIB_${name}`, path.join(folder, 'proxy', name)]),
    );
    for (const place of Object.values(places)) await mkdir(place, { recursive: true });
    const port = await freePort();
    const env = {
      ...process.env,
      ...places,
      TOOLCRIB_PROJECT: 'packed',
      TOOLCRIB_PROJECT_ID: randomUUID(),
      TOOLCRIB_LISTEN_HOST: '127.0.0.1',
      TOOLCRIB_LISTEN_PORT: '0',
      TOOLCRIB_ADMIN_PORT: String(port),
    };
    const proxy = execFile(process.execPath, [path.join(installed, 'dist/role.js'), 'proxy'], { cwd: folder, env });
    try {
      const text = await vi.waitFor(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), {
        timeout: 20_000,
        interval: 50,
      });
      expect(text).toContain('# TYPE');
    } finally {
      proxy.kill('SIGKILL');
    }
  });
});
