/** npm sources with the real npm and its registry; and with an npm that misbehaves. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { digestOf } from '../../src/definitions/hash.js';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { Failure } from '../../src/diagnostics/failure.js';
import { npm } from '../../src/sources/npm-client.js';
import { installTree, pinNpm } from '../../src/sources/npm.js';
import type { LockedNpm, NpmSource } from '../../src/sources/npm.js';
import { asJson, entryOf, pinnedTree, refuseUnpinned, refuseWithoutEntry } from '../../src/sources/npm-tree.js';
import type { NpmTree } from '../../src/sources/npm-tree.js';
import { nearest } from '../../src/sources/npm-versions.js';
import { folderOf } from './folder.js';

const amd64 = { platform: 'linux/amd64' };
const where = { address: 'server.files' };
const filesystem = '@modelcontextprotocol/server-filesystem';

function source(name: string, range: string, allowScripts: string[] = []): NpmSource {
  return { type: 'npm', package: name, range, declared: range ? `${name}@${range}` : name, allowScripts };
}

async function refusal(work: Promise<unknown> | (() => unknown)): Promise<Diagnostic> {
  let thrown: unknown = 'no failure';
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    thrown = error;
  }
  const only = thrown instanceof Failure && thrown.diagnostics.length === 1 ? thrown.diagnostics[0] : undefined;
  if (!only) throw new Error(`not one diagnostic: ${String(thrown)}`);
  return only;
}

describe('npm and its registry', () => {
  let pinned: { source: LockedNpm; tree: NpmTree };
  let folder: string;
  beforeAll(async () => {
    pinned = await pinNpm(source(filesystem, '2026.8.31'), amd64, where);
    folder = await mkdtemp(join(tmpdir(), 'toolcrib-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('pins version, integrity and the whole tree', () => {
    expect(pinned.source).toMatchObject({
      type: 'npm',
      declared: `${filesystem}@2026.8.31`,
      package: filesystem,
      version: '2026.8.31',
      integrity: expect.stringMatching(/^sha512-/) as string,
      tree: digestOf(asJson(pinned.tree)),
      allowScripts: [],
    });
    expect(Object.keys(pinned.tree.packages).length).toBeGreaterThan(20);
    for (const [path, each] of Object.entries(pinned.tree.packages)) {
      if (path !== '') expect(each.integrity).toMatch(/^sha512-/);
    }
  });

  it('keeps no address in the tree', () => {
    expect(JSON.stringify(pinned.tree)).not.toMatch(/https?:|"resolved"/);
  });

  it('finds the program to start', () => {
    expect(entryOf(pinned.tree, filesystem)).toEqual(['node', `/app/node_modules/${filesystem}/dist/index.js`]);
  });

  it('installs from the tree alone', async () => {
    await installTree(folder, pinned.source, pinned.tree, amd64, where);
    const entry = entryOf(pinned.tree, filesystem)?.[1]?.replace('/app/', '') ?? '';
    expect((await stat(join(folder, entry))).isFile()).toBe(true);
    const manifest = JSON.parse(await readFile(join(folder, 'node_modules', filesystem, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(manifest.version).toBe('2026.8.31');
  });

  it('takes what fits the engine’s platform and libc, not this machine’s', { timeout: 300_000 }, async () => {
    const target = { platform: 'linux/arm64', libc: 'musl' };
    const chosen = await pinNpm(source('rollup', '4.24.0'), target, where);
    const there = await folderOf({});
    await installTree(there, chosen.source, chosen.tree, target, where);
    expect(await readdir(join(there, 'node_modules/@rollup'))).toEqual(['rollup-linux-arm64-musl']);
  });

  it('refuses a package that is other than pinned, and says not to go on', async () => {
    const path = `node_modules/${filesystem}`;
    const wrong = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
    const tampered: NpmTree = {
      ...pinned.tree,
      packages: { ...pinned.tree.packages, [path]: { ...pinned.tree.packages[path], integrity: wrong } },
    };
    const found = await refusal(installTree(await folderOf({}), pinned.source, tampered, amd64, where));
    expect(found).toMatchObject({ code: 'package_install_failed', ...where });
    expect(found.detail).toContain('something else');
    expect(found.fix).toContain('Do not go on');
  });

  it('does not follow an address that somebody wrote into the lock', async () => {
    const path = `node_modules/${filesystem}`;
    const lured: NpmTree = {
      ...pinned.tree,
      packages: {
        ...pinned.tree.packages,
        [path]: { ...pinned.tree.packages[path], resolved: 'http://127.0.0.1:9/evil.tgz' },
      },
    };
    const target = await folderOf({});
    await installTree(target, pinned.source, lured, amd64, where);
    expect((await stat(join(target, path, 'package.json'))).isFile()).toBe(true);
  });

  it('a version that does not exist: those that do, the nearest first', async () => {
    const found = await refusal(pinNpm(source(filesystem, '2026.8.99'), amd64, where));
    expect(found).toMatchObject({ code: 'package_not_found', ...where });
    expect(found.detail).toContain(`${filesystem} has no version 2026.8.99`);
    expect(found.detail).toMatch(/It has 2026\.8\.31, .*latest is \d/);
  });

  it('a package that does not exist', async () => {
    const found = await refusal(pinNpm(source('@modelcontextprotocol/there-is-no-such-server', '1.0.0'), amd64, where));
    expect(found).toMatchObject({ code: 'package_not_found', ...where });
    expect(found.detail).toContain('There is no package @modelcontextprotocol/there-is-no-such-server');
  });

  it.each(['git+ssh://git@example.com/x.git', 'file:../x', 'https://example.com/x.tgz', 'npm:other@1', 'user/repo'])(
    'a range that is an address or another package is refused unasked: %s',
    async (range) => {
      expect(await refusal(pinNpm(source(filesystem, range), amd64, where))).toMatchObject({
        code: 'package_not_found',
        ...where,
      });
    },
  );
});

describe('an npm that misbehaves', () => {
  const path = process.env.PATH ?? '';
  afterEach(() => vi.unstubAllEnvs());

  /** An npm that runs `script` instead, first on PATH. Its arguments are in $*. */
  async function fakeNpm(script: string): Promise<string> {
    const folder = await folderOf({ 'npm*': `#!/bin/sh\n${script}\n` });
    vi.stubEnv('PATH', `${folder}:${path}`);
    return folder;
  }

  it('is not there', async () => {
    vi.stubEnv('PATH', await folderOf({}));
    const found = await refusal(npm(await folderOf({}), ['ci'], 10));
    expect(found.code).toBe('package_install_failed');
    expect(found.detail).toContain('npm cannot be started');
  });

  it('never ends, and neither does what it started: the deadline holds', async () => {
    await fakeNpm('sleep 60 & sleep 60');
    const found = await refusal(npm(await folderOf({}), ['install'], 0.5));
    expect(found.code).toBe('package_install_failed');
    expect(found.detail).toBe('npm install did not end within 0.5 s.');
  });

  it.each<[string, string, string, RegExp]>([
    [
      'a dependency is missing',
      "npm error code E404\nnpm error 404  The requested resource 'dep@^1' could not be found",
      'package_install_failed',
      /cannot resolve files@1.*dep@\^1/,
    ],
    [
      'a dependency has no such version',
      'npm error code ETARGET\nnpm error notarget No matching version found for @s/dep@9.9.9.',
      'package_install_failed',
      /@s\/dep@9\.9\.9/,
    ],
    [
      'the network is down',
      'npm error code ENOTFOUND\nnpm error network request failed',
      'package_install_failed',
      /network request failed/,
    ],
    [
      'its words are old',
      "npm ERR! code E404\nnpm ERR! 404  'files@1' is not in this registry.",
      'package_not_found',
      /no package files/,
    ],
    ['it says nothing', '', 'package_install_failed', /ended with code 1/],
  ])('%s', async (_, words, code, said) => {
    const folder = await fakeNpm('cat "$(dirname "$0")/words" >&2; exit 1');
    await writeFile(
      join(folder, 'words'),
      `npm warn old lockfile\n${words}\nnpm error A complete log of this run can be found in: /x\n`,
    );
    const found = await refusal(pinNpm(source('files', '1'), amd64, where));
    expect(found).toMatchObject({ code, ...where });
    expect(found.detail).toMatch(said);
    expect(found.detail).not.toMatch(/complete log|npm warn|npm error/);
  });

  const locked = (allowScripts: string[]): LockedNpm => ({
    type: 'npm',
    declared: 'files@1',
    package: 'files',
    version: '1.0.0',
    integrity: 'sha512-x',
    tree: 'sha256:1',
    allowScripts,
  });
  const tree: NpmTree = { lockfileVersion: 3, packages: { '': { dependencies: { files: '^1' } } } };

  it.each<[string, string[], RegExp[]]>([
    ['none', [], [/^ci .*--ignore-scripts /]],
    ['two', ['sharp', 'canvas'], [/^ci .*--ignore-scripts /, /^rebuild .*--ignore-scripts=false -- sharp canvas$/]],
  ])('runs the scripts of those packages that are allowed: %s', async (_, allowed, expected) => {
    const folder = await fakeNpm('echo "$*" >> "$(dirname "$0")/calls"');
    const target = await folderOf({});
    await installTree(target, locked(allowed), tree, { platform: 'linux/arm64', libc: 'glibc 2.36' }, where);
    const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
    expect(calls).toEqual(expected.map((each) => expect.stringMatching(each) as string));
    expect(calls[0]).toContain('--os=linux --cpu=arm64 --libc=glibc');
    expect(calls[0]).toContain('--omit=dev');
    expect(JSON.parse(await readFile(join(target, 'package.json'), 'utf8'))).toMatchObject({
      dependencies: { files: '^1' },
    });
  });

  it('fails in a script that is allowed', async () => {
    await fakeNpm('case "$1" in rebuild) echo "npm error command failed: node-gyp" >&2; exit 1;; esac');
    const found = await refusal(installTree(await folderOf({}), locked(['sharp']), tree, amd64, where));
    expect(found).toMatchObject({ code: 'package_install_failed', ...where });
    expect(found.detail).toContain('node-gyp');
  });

  it('is a file that nobody may run', async () => {
    const folder = await fakeNpm('');
    await chmod(join(folder, 'npm'), 0o644);
    vi.stubEnv('PATH', folder);
    expect((await refusal(npm(await folderOf({}), ['ci'], 10))).detail).toContain('npm cannot be started');
  });
});

describe('the tree', () => {
  const root = { dependencies: { a: '1' } };
  const entry = { version: '1.0.0', integrity: 'sha512-x' };

  it('says what to install and nothing else', () => {
    const noisy = {
      ...entry,
      resolved: 'https://r.example/a.tgz',
      license: 'MIT',
      funding: { url: 'https://x' },
      deprecated: 'old',
      os: ['linux'],
    };
    expect(pinnedTree({ lockfileVersion: 3, packages: { '': root, 'node_modules/a': noisy } })).toEqual({
      lockfileVersion: 3,
      requires: true,
      packages: { '': root, 'node_modules/a': { ...entry, os: ['linux'] } },
    });
  });

  it.each<[string, object]>([
    ['git', { version: '1.0.0', resolved: 'git+ssh://git@example.com/a.git#1' }],
    ['an address', { ...entry, resolved: 'https://example.com/a.tgz' }],
    ['a folder', { resolved: '../a', link: true }],
    ['nowhere', { version: '1.0.0' }],
  ])('from %s is refused, naming the package', async (_, each) => {
    const tree: NpmTree = { lockfileVersion: 3, packages: { '': root, 'node_modules/b/node_modules/a': each } };
    const found = await refusal(() => refuseUnpinned(tree, 'b@1', where));
    expect(found).toMatchObject({ code: 'package_install_failed', ...where });
    expect(found.detail).toContain('depends on a from outside the registry');
  });

  it('takes what another package brings along', () => {
    const tree: NpmTree = {
      lockfileVersion: 3,
      packages: { '': root, 'node_modules/a': entry, 'node_modules/a/node_modules/b': { inBundle: true } },
    };
    expect(() => refuseUnpinned(tree, 'a', where)).not.toThrow();
  });

  it.each<[string, NpmTree['packages'][string]['bin'], string | null]>([
    ['one program', { serve: 'dist/x.js' }, 'dist/x.js'],
    ['one of its own name', { other: 'o.js', 'server-a': './dist/a.js' }, 'dist/a.js'],
    ['one of its whole name', { other: 'o.js', '@s/server-a': 'a.js' }, 'a.js'],
    ['a single path', 'cli.js', 'cli.js'],
    ['several of other names', { x: 'x.js', y: 'y.js' }, null],
    ['none', undefined, null],
  ])('the program of a package with %s', async (_, bin, path) => {
    const tree: NpmTree = {
      lockfileVersion: 3,
      packages: { 'node_modules/@s/server-a': { ...entry, ...(bin ? { bin } : {}) } },
    };
    expect(entryOf(tree, '@s/server-a')).toEqual(
      path === null ? null : ['node', `/app/node_modules/@s/server-a/${path}`],
    );
    if (path !== null) return refuseWithoutEntry(tree, '@s/server-a', where);
    const found = await refusal(() => refuseWithoutEntry(tree, '@s/server-a', where));
    expect(found.fix).toContain('command: [node, /app/node_modules/@s/server-a/');
  });

  it('the nearest versions begin like the one asked for; the newest come first', () => {
    const versions = ['0.9.0', '1.2.0', '1.2.4', '1.3.0', '2.0.0', '2.1.0', '3.0.0'];
    expect(nearest(versions, '^1.2.9')).toEqual(['1.2.4', '1.2.0', '1.3.0', '3.0.0', '2.1.0']);
    expect(nearest(versions, 'beta')).toEqual(['3.0.0', '2.1.0', '2.0.0', '1.3.0', '1.2.4']);
  });
});
