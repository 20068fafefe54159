import { chmod, mkdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/diagnostics/failure.js';
import { buildDigest, buildEntries } from '../../src/sources/build-folder.js';
import type { BuildSource } from '../../src/sources/build-folder.js';
import { tarOf } from '../../src/sources/context.js';
import { folderOf } from './folder.js';

const files = { Dockerfile: 'FROM scratch\n', 'bin/run*': '#!/bin/sh\n', 'src/a.js': '1', current: '-> src/a.js' };

const source = (folder: string, dockerfile = 'Dockerfile'): BuildSource => ({
  type: 'build',
  declared: './server',
  folder,
  dockerfile,
  network: false,
});
const pathsOf = async (folder: string): Promise<string[]> =>
  (await buildEntries(source(folder))).map((entry) => entry.path);

describe('the digest of a build folder', () => {
  it('is the same for the same files elsewhere, later, in another order', async () => {
    const one = await folderOf(files);
    const other = await folderOf(Object.fromEntries(Object.entries(files).reverse()));
    await utimes(join(other, 'src/a.js'), 1, 1);
    await mkdir(join(other, 'empty'));
    expect(await buildDigest(source(other))).toBe(await buildDigest(source(one)));
  });

  it.each<[string, (folder: string) => Promise<void>]>([
    ['a content', (folder) => writeFile(join(folder, 'src/a.js'), '2')],
    ['a name', (folder) => rename(join(folder, 'src/a.js'), join(folder, 'src/b.js'))],
    ['the executable bit', (folder) => chmod(join(folder, 'src/a.js'), 0o755)],
    ['a new file', (folder) => writeFile(join(folder, 'src/b.js'), '')],
    ['the Dockerfile', (folder) => writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nLABEL a=b\n')],
  ])('changes with %s', async (_, change) => {
    const folder = await folderOf(files);
    const before = await buildDigest(source(folder));
    await change(folder);
    expect(await buildDigest(source(folder))).not.toBe(before);
  });

  it('tells a link from a file with its target as content', async () => {
    const one = await folderOf({ ...files, current: 'src/a.js' });
    expect(await buildDigest(source(one))).not.toBe(await buildDigest(source(await folderOf(files))));
  });

  it('counts which file is the Dockerfile, not how its path is written', async () => {
    const folder = await folderOf({ ...files, 'other/Dockerfile': 'FROM scratch\n' });
    const other = await buildDigest(source(folder, 'other/Dockerfile'));
    expect(other).not.toBe(await buildDigest(source(folder)));
    expect(await buildDigest(source(folder, './other/Dockerfile'))).toBe(other);
  });
});

describe('what is sent to the engine', () => {
  it('leaves out what .dockerignore says, and never the Dockerfile', async () => {
    const folder = await folderOf({ ...files, '.dockerignore': 'src\nDockerfile\nbin\n!bin/run' });
    expect(await pathsOf(folder)).toEqual(['.dockerignore', 'Dockerfile', 'bin/run', 'current']);
  });

  it('keeps a Dockerfile inside a folder that is left out', async () => {
    const folder = await folderOf({
      ...files,
      '.dockerignore': 'docker',
      'docker/Dockerfile': 'FROM scratch',
      'docker/x': '',
    });
    const paths = (await buildEntries(source(folder, 'docker/Dockerfile'))).map((entry) => entry.path);
    expect(paths.filter((path) => path.startsWith('docker/'))).toEqual(['docker/Dockerfile']);
  });

  it('leaves out git and what the lock writes, which could never agree with its own hash', async () => {
    const own = {
      '.git/HEAD': 'x',
      'toolbox.lock.yaml': 'x',
      'toolbox.lock.d/a.json': 'x',
      'toolbox.tokens/a.yaml': 'x',
    };
    expect(await pathsOf(await folderOf({ ...files, ...own }))).toEqual([
      'Dockerfile',
      'bin/run',
      'current',
      'src/a.js',
    ]);
    const asked = await folderOf({ ...files, ...own, '.dockerignore': '!.git' });
    expect(await pathsOf(asked)).toContain('.git/HEAD');
  });

  it('is a tar of files as they are, folders that everyone may enter, links as links, nobody’s, of no time', async () => {
    const long = `src/${'d'.repeat(90)}/${'f'.repeat(90)}.js`;
    const entries = await buildEntries(source(await folderOf({ ...files, [long]: 'long' })));
    const seen: Record<string, unknown> = {};
    const reader = extract();
    reader.on('entry', (header, stream, next) => {
      const { name, type, mode, uid, gid, mtime, linkname } = header;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk) => chunks.push(chunk as Buffer));
      stream.on('end', () => {
        seen[name.replace(/\/$/, '')] = [
          type,
          mode,
          uid,
          gid,
          mtime?.getTime(),
          linkname ?? Buffer.concat(chunks).toString(),
        ];
        next();
      });
    });
    await pipeline(tarOf(entries), reader as unknown as NodeJS.WritableStream);
    expect(seen).toMatchObject({
      bin: ['directory', 0o755, 0, 0, 0, ''],
      'bin/run': ['file', 0o755, 0, 0, 0, '#!/bin/sh\n'],
      'src/a.js': ['file', 0o644, 0, 0, 0, '1'],
      current: ['symlink', 0o644, 0, 0, 0, 'src/a.js'],
      [long]: ['file', 0o644, 0, 0, 0, 'long'],
    });
  });

  it.each<[string, (folder: string) => BuildSource, RegExp]>([
    ['without a Dockerfile', (folder) => source(folder, 'Containerfile'), /has no Containerfile/],
    ['that is not there', (folder) => source(join(folder, 'nowhere')), /cannot be read.*nowhere/],
  ])('a folder %s is said', async (_, broken, said) => {
    const folder = await folderOf(files);
    const where = { address: 'server.a' };
    const error: unknown = await buildEntries(broken(folder), where).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).diagnostics).toMatchObject([{ code: 'build_failed', address: 'server.a' }]);
    expect((error as Failure).diagnostics[0]?.detail).toMatch(said);
  });
});
