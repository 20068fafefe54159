/** pypi sources with the real pip and its index; and with a Python that misbehaves. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PypiSource } from '../../src/sources/pypi.js';
import { installWheels, pinPypi } from '../../src/sources/pypi.js';
import { digestOf } from '../../src/definitions/hash.js';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { Failure } from '../../src/diagnostics/failure.js';
import type { Engine } from '../../src/engine/engine.js';
import { consoleScript, scriptsOf } from '../../src/sources/console-script.js';
import { hostPython } from '../../src/sources/host-python.js';
import type { HostPython } from '../../src/sources/host-python.js';
import type { Maker } from '../../src/sources/maker.js';
import { asJson, pinnedWheels } from '../../src/sources/pypi-tree.js';
import { platformTags, targetOf } from '../../src/sources/python-target.js';
import type { PythonTarget } from '../../src/sources/python-target.js';
import { folderOf } from './folder.js';

const where = { address: 'server.clock' };
const amd64: PythonTarget = { platform: 'linux/amd64', python: '3.11.2', libc: 'glibc 2.36' };
const maker: Maker = {
  engine: {} as Engine,
  project: { name: 'acme', id: 'x' },
  host: { path: process.execPath, version: process.version, platform: 'linux/amd64' },
  python: hostPython,
  platform: 'linux/amd64',
  onLine: () => undefined,
};

function source(name: string, range: string, extras: string[] = []): PypiSource {
  return { type: 'pypi', package: name, extras, range, declared: `${name}@${range}` };
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

describe('pip and its index', () => {
  const anyio = source('anyio', '==4.16.0');
  let pinned: Awaited<ReturnType<typeof pinPypi>>;
  let python: HostPython;
  beforeAll(async () => {
    python = await hostPython();
    pinned = await pinPypi(source('pydantic-core', '==2.50.5'), undefined, amd64, maker, where);
  });

  it('pins the version, and every file of the tree by its hash', () => {
    expect(pinned.source).toMatchObject({ type: 'pypi', package: 'pydantic-core', version: '2.50.5' });
    const [own, dependency] = pinned.tree['linux/amd64']?.wheels ?? [];
    expect(own).toMatchObject({ name: 'pydantic-core', version: '2.50.5' });
    expect(own?.file).toMatch(/cp311-cp311-manylinux.*x86_64\.whl$/);
    expect(own?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(dependency?.name).toBe('typing-extensions');
  });

  it('adds what another platform needs, in the same versions, and leaves what is pinned', async () => {
    const arm64 = { ...amd64, platform: 'linux/arm64', libc: 'musl 1.2' };
    const again = await pinPypi(source('pydantic-core', '==2.50.5'), pinned, arm64, maker, where);
    expect(again.tree['linux/amd64']).toEqual(pinned.tree['linux/amd64']);
    expect(again.tree['linux/arm64']?.wheels[0]?.file).toMatch(/cp311-cp311-musllinux_1_\d_aarch64\.whl$/);
    expect(again.source.wheels['linux/arm64']).toBe(digestOf(asJson(again.tree['linux/arm64'] ?? fail())));
    expect(again.source.wheels['linux/amd64']).toBe(pinned.source.wheels['linux/amd64']);
    expect(await pinPypi(source('pydantic-core', '==2.50.5'), again, arm64, maker, where)).toEqual(again);
  });

  it('takes the dependencies of the Python there, not of this one', async () => {
    const names = async (version: string): Promise<string[]> => {
      const chosen = await pinPypi(anyio, undefined, { ...amd64, python: version }, maker, where);
      return chosen.tree['linux/amd64']?.wheels.map(({ name }) => name) ?? [];
    };
    // `exceptiongroup; python_version < "3.11"`
    expect(await names('3.10.4')).toContain('exceptiongroup');
    expect(await names('3.13.1')).not.toContain('exceptiongroup');
  });

  it('installs exactly the pinned files, and refuses others', async () => {
    const wheels = pinned.tree['linux/amd64'] ?? fail();
    const folder = await folderOf({});
    await installWheels(folder, pinned.source, wheels, amd64, python, where);
    expect((await stat(join(folder, 'site-packages/pydantic_core/__init__.py'))).isFile()).toBe(true);
    const tampered = { ...wheels, wheels: wheels.wheels.map((each) => ({ ...each, sha256: '0'.repeat(64) })) };
    const found = await refusal(installWheels(await folderOf({}), pinned.source, tampered, amd64, python, where));
    expect(found).toMatchObject({ code: 'package_install_failed', ...where });
    expect(found.detail).toContain('something else for pydantic-core@2.50.5');
    expect(found.fix).toContain('Do not go on');
  });

  it('a version that does not exist: those that do', async () => {
    const found = await refusal(pinPypi(source('anyio', '==99'), undefined, amd64, maker, where));
    expect(found).toMatchObject({ code: 'package_not_found', ...where });
    expect(found.detail).toMatch(/anyio has no version 99 .* It has 4\.\d+\.\d+, .* others\./);
  });

  it('a package that does not exist', async () => {
    const name = 'there-is-no-such-mcp-server-at-all';
    const found = await refusal(pinPypi(source(name, ''), undefined, amd64, maker, where));
    expect(found).toMatchObject({ code: 'package_not_found', ...where });
    expect(found.detail).toContain(`no package ${name}`);
  });
});

describe('a Python that misbehaves', () => {
  const path = process.env.PATH ?? '';
  afterEach(() => vi.unstubAllEnvs());

  /** A python3 that runs `script` instead, first on PATH. */
  async function fakePython(script: string): Promise<void> {
    vi.stubEnv('PATH', `${await folderOf({ 'python3*': `#!/bin/sh\n${script}\n` })}:${path}`);
  }
  const facts = (more: object): string =>
    `echo '${JSON.stringify({ version: '3.11.2', libc: 'glibc 2.36', path: '/usr/bin/python3.11', implementation: 'CPython', stdlib: '/usr/lib/python3.11', platform: 'linux', machine: 'x86_64', pip: '23.0', ...more })}'`;

  it('is not there', async () => {
    vi.stubEnv('PATH', await folderOf({}));
    const found = await refusal(hostPython());
    expect(found.code).toBe('runtime_unavailable');
    expect(found.detail).toContain('cannot be started');
    expect(found.fix).toContain('Python 3 on PATH');
  });

  it('is too old', async () => {
    await fakePython(facts({ version: '3.8.10' }));
    expect((await refusal(hostPython())).detail).toContain('3.8.10 (/usr/bin/python3.11); toolcrib needs 3.9');
  });

  it('says something else', async () => {
    await fakePython('echo "pyenv: python3: command not found" >&2; exit 127');
    expect((await refusal(hostPython())).detail).toContain('pyenv: python3: command not found');
  });

  it.each([
    ['none', null, 'has no pip'],
    ['an old one', '20.3.4', 'has pip 20.3.4'],
  ])('has no pip that would do: %s', async (_, pip, said) => {
    await fakePython(facts({ pip }));
    const found = await refusal(pinPypi(source('a', ''), undefined, amd64, maker, where));
    expect(found.code).toBe('package_install_failed');
    expect(found.detail).toContain(said);
  });

  it('cannot reach its index', async () => {
    await fakePython(`case "$1$2" in -mpip) echo "ERROR: no route to the index" >&2; exit 1;; *) ${facts({})};; esac`);
    const found = await refusal(pinPypi(source('a', ''), undefined, amd64, maker, where));
    expect(found).toMatchObject({ code: 'package_install_failed', ...where });
    expect(found.detail).toContain('no route to the index');
  });
});

describe('what pip reports', () => {
  const report = (item: object): object => ({ install: [{ metadata: { name: 'A_b', version: '1' }, ...item }] });
  it.each([
    ['a repository', report({ is_direct: true, download_info: { url: 'git+https://example.com/a' } })],
    [
      'a source distribution',
      report({ download_info: { url: 'https://x/a-1.tar.gz', archive_info: { hashes: { sha256: 'x' } } } }),
    ],
    ['no hash', report({ download_info: { url: 'https://x/a-1-py3-none-any.whl', archive_info: {} } })],
  ])('%s is refused: nothing pins it', async (_, said) => {
    const found = await refusal(() => pinnedWheels(said, amd64, 'b@1', where));
    expect(found).toMatchObject({ code: 'package_install_failed', ...where });
    expect(found.detail).toContain('A_b');
  });
});

describe('what is chosen by', () => {
  it('is the libc and the architecture, the newest first', () => {
    expect(platformTags(amd64).slice(0, 3)).toEqual([
      'manylinux_2_36_x86_64',
      'manylinux_2_35_x86_64',
      'manylinux_2_34_x86_64',
    ]);
    expect(platformTags(amd64)).toEqual(
      expect.arrayContaining(['manylinux2014_x86_64', 'manylinux1_x86_64', 'linux_x86_64']),
    );
    expect(platformTags({ platform: 'linux/arm64', python: '3.13.0', libc: 'musl 1.2' })).toEqual([
      'musllinux_1_2_aarch64',
      'musllinux_1_1_aarch64',
      'musllinux_1_0_aarch64',
      'linux_aarch64',
    ]);
  });

  it('stands in the lock; one that does not tell is no guess', async () => {
    const image = { type: 'image', declared: 'python:3.13', digest: null, id: 'sha256:1' } as const;
    const told = { ...image, version: '3.13.1', libc: 'glibc 2.41' };
    expect(targetOf(told, 'linux/arm64', where)).toEqual({
      platform: 'linux/arm64',
      python: '3.13.1',
      libc: 'glibc 2.41',
    });
    expect((await refusal(() => targetOf(image, 'linux/arm64', where))).code).toBe('lock_stale');
  });
});

describe('the program that a package starts', () => {
  const site = (entryPoints: string, more: Record<string, string> = {}): Promise<string> =>
    folderOf({ 'mcp_server_time-1.0.dist-info/entry_points.txt': entryPoints, ...more });

  it.each([
    [
      'the one of its name',
      '[console_scripts]\nother = a:b\nmcp-server-time = mcp_server_time.cli:app.main\n',
      'app.main()',
    ],
    ['the only one', '[gui_scripts]\nx = y:z\n[console_scripts]\nserve=a.b:main [extra]\n', 'from a.b import main'],
  ])('%s', async (_, text, said) => {
    expect((await consoleScript(await site(text), 'mcp-server-time'))?.text).toContain(said);
  });

  it('itself, where it runs as a module; else none', async () => {
    const module = { 'mcp_server_time/__main__.py': '' };
    expect((await consoleScript(await site('', module), 'mcp-server-time'))?.text).toContain('"mcp_server_time"');
    const several = '[console_scripts]\na = x:y\nb = x:y\n';
    expect(await consoleScript(await site(several), 'mcp-server-time')).toBeNull();
  });

  it('is no place for code', () => {
    expect(scriptsOf('[console_scripts]\na = os:system("x")\n../b = x:y\nc = x:y;import os\n')).toEqual([]);
  });
});

function fail(): never {
  throw new Error('it is not there');
}
