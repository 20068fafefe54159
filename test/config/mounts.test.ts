/** Mounts: what of the host a server may see, with symlinks resolved. */
import { mkdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LoadOptions } from '../../src/config/load.js';
import { folder, HEAD, load, place, valid } from './support.js';

async function judge(
  source: string,
  options: Partial<LoadOptions> = {},
  project = '',
  prepare?: (dir: string) => Promise<unknown>,
): Promise<string[]> {
  const text = `${HEAD.replace('}', `${project}}`)}servers: {a: {image: x, mounts: [{source: "${source}", target: /data}]}}\n`;
  const dir = await folder({ 'toolbox.yaml': text, 'docs/a.txt': 'a' });
  await prepare?.(dir);
  const { diagnostics } = await load(dir, options);
  return diagnostics.map(place);
}

const REFUSED = ['error mount_not_allowed toolbox.yaml:5:43'];

describe('sources', () => {
  it.each([
    '/',
    '/proc',
    '/proc/1',
    '/sys/fs',
    '/dev',
    '/run',
    '/run/user/0',
    '/var/run',
    '/var/run/docker.sock',
    '/var/lib/docker/volumes',
    '/var',
    '/var/lib',
    '~',
    '~/x',
    '/etc',
    '..',
    '/usr/../proc',
  ])('%s is refused', async (source) => expect(await judge(source)).toEqual(REFUSED));
  it('one that is not there', async () =>
    expect(await judge('./none')).toEqual(['error mount_source_missing toolbox.yaml:5:43']));
  it('one below a file', async () =>
    expect(await judge('./docs/a.txt/b')).toEqual(['error mount_source_missing toolbox.yaml:5:43']));
  it('a folder and a file of the project', async () => {
    expect(await judge('./docs')).toEqual([]);
    expect(await judge('docs/a.txt')).toEqual([]);
  });
  it('a symlink out of the project, or to what is forbidden', async () => {
    expect(await judge('./out', {}, '', (dir) => symlink('/etc', join(dir, 'out')))).toEqual(REFUSED);
    expect(await judge('./out/1', {}, '', (dir) => symlink('/proc', join(dir, 'out')))).toEqual(REFUSED);
  });
  it('a symlink inside the project is resolved', async () => {
    const dir = await folder({
      'toolbox.yaml': `${HEAD}servers: {a: {image: x, mounts: [{source: ./link, target: /data/}]}}\n`,
      'docs/a': '',
    });
    await symlink('docs', join(dir, 'link'));
    expect((await valid(dir)).servers[0]?.mounts).toMatchObject([
      { type: 'bind', source: join(dir, 'docs'), target: '/data', readonly: false },
    ]);
  });
  it('a socket, and the folder of the engine’s', async () => {
    const listen = async (dir: string): Promise<void> => {
      const server = createServer().listen(join(dir, 'docs', 's'));
      await new Promise((resolve) => server.once('listening', resolve));
      onTestFinished(() => void server.close());
    };
    expect(await judge('./docs/s', {}, '', listen)).toEqual(REFUSED);
    expect(
      await judge('./docs', { env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }, ', mount_roots: [/nowhere]'),
    ).toEqual(['error mount_not_allowed toolbox.yaml:3:79']);
    expect(
      await judge('/nowhere', { checkMounts: () => false, env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }),
    ).toEqual(REFUSED);
    expect(await judge('/nowhere', { checkMounts: () => false }, ', engine: {socket: /nowhere/docker.sock}')).toEqual([
      'error mount_not_allowed toolbox.yaml:5:43',
    ]);
  });
  it('a path below a mount root', async () => {
    const other = await folder({ 'data/a': '' });
    expect(await judge(`${other}/data`)).toEqual(REFUSED);
    expect(await judge(`${other}/data`, {}, `, mount_roots: ["${other}"]`)).toEqual([]);
  });
  it('a mount root that would allow everything', async () => {
    expect(await judge('./docs', {}, ', mount_roots: [/]')).toEqual(['error mount_not_allowed toolbox.yaml:3:79']);
  });
  it('on another machine paths are compared as text, and need not be there', async () => {
    const remote = { checkMounts: () => false };
    expect(await judge('/srv/none', remote, ', mount_roots: [/srv]')).toEqual([]);
    expect(await judge('/srv/../proc', remote, ', mount_roots: [/srv]')).toEqual(REFUSED);
    expect(await judge('/opt', remote)).toEqual(REFUSED);
  });
  it('relative to the file, not to the command', async () => {
    const dir = await folder({
      'sub/toolbox.yaml': `${HEAD}servers: {a: {image: x, mounts: [{source: ./docs, target: /data}]}}\n`,
    });
    await mkdir(join(dir, 'sub/docs'));
    const config = await valid(dir, { files: ['sub'] });
    expect(config.servers[0]?.mounts[0]?.source).toBe(join(dir, 'sub/docs'));
    expect([config.root, config.files]).toEqual([join(dir, 'sub'), ['sub/toolbox.yaml']]);
  });
});

describe('targets', () => {
  const targets = async (...list: string[]): Promise<string[]> => {
    const mounts = list.map((target) => `{volume: v, target: "${target}"}`).join(', ');
    const dir = await folder({
      'toolbox.yaml': `${HEAD}volumes: {v: {}}\nservers: {a: {image: x, mounts: [${mounts}]}}\n`,
    });
    return (await load(dir)).diagnostics.map(place);
  };
  it.each(['/', '/proc', '/sys/x', '/dev/shm', '/tmp'])('%s is taken', async (target) => {
    expect(await targets(target)).toEqual(['error mount_not_allowed toolbox.yaml:6:54']);
  });
  it.each(['data', './data', '/a/../b', '/a/./b', '//a', '/a:b', '/a\\\\b'])('%s is no target', async (target) => {
    expect(await targets(target)).toEqual(['error wrong_type toolbox.yaml:6:54']);
  });
  it('twice the same', async () => {
    expect(await targets('/data', '/data/')).toEqual(['error mount_not_allowed toolbox.yaml:6:84']);
    expect(await targets('/data', '/data/more')).toEqual([]);
  });
  it('a volume that is not declared', async () => {
    const text = `${HEAD}volumes: {notes: {}}\nservers: {a: {image: x, mounts: [{volume: note, target: /n}]}}\n`;
    const { diagnostics } = await load(await folder({ 'toolbox.yaml': text }));
    expect(diagnostics.map((each) => `${place(each)} ${each.fix}`)).toEqual([
      'error undefined_reference toolbox.yaml:6:43 Did you mean `notes`?',
    ]);
  });
});

describe('build folders', () => {
  const build = async (declared: string, prepare?: (dir: string) => Promise<unknown>): Promise<string[]> => {
    const dir = await folder({
      'toolbox.yaml': `${HEAD}servers: {a: {build: "${declared}"}}\n`,
      'mine/Dockerfile': 'FROM scratch\n',
    });
    await prepare?.(dir);
    return (await load(dir)).diagnostics.map(({ code, detail }) => `${code} ${detail}`);
  };
  it('one of the project', async () => expect(await build('./mine')).toEqual([]));
  it('without a Dockerfile', async () =>
    expect((await build('.'))[0]).toMatch(/^build_folder There is no `Dockerfile`/));
  it('outside the project', async () => expect((await build('/etc'))[0]).toMatch(/^build_folder .* lies outside/));
  it('a link out of the project', async () => {
    expect((await build('./link', (dir) => symlink('/etc', join(dir, 'link'))))[0]).toMatch(
      /^build_folder .* lies outside/,
    );
  });
});
