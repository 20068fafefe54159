import { describe, expect, it } from 'vitest';
import type { LockedRuntime, LockedSource } from '../../src/model/lock.js';
import { runtimeImage, serverImage, systemImage } from '../../src/sources/names.js';

const project = { name: 'acme', id: 'b9a4' };
const amd64 = 'linux/amd64';
const host = (digest: `sha256:${string}`): LockedRuntime => ({
  type: 'host',
  platforms: { [amd64]: { digest, version: 'v20.19.0' } },
});
const runtime = runtimeImage('node', project, { node: host('sha256:aa') }, amd64);

const npm: Extract<LockedSource, { type: 'npm' }> = {
  type: 'npm',
  declared: '@scope/a@^1',
  package: '@scope/a',
  version: '1.2.3',
  integrity: 'sha512-x',
  tree: 'sha256:11',
  allowScripts: [],
};
const build: Extract<LockedSource, { type: 'build' }> = {
  type: 'build',
  declared: './a',
  context: 'sha256:22',
  network: false,
};
const image: Extract<LockedSource, { type: 'image' }> = {
  type: 'image',
  declared: 'acme/a:1',
  digest: 'acme/a@sha256:33',
  id: 'sha256:44',
};

const named = (source: LockedSource, base = runtime, platform = amd64): ReturnType<typeof serverImage> =>
  serverImage(project, 'files', { source }, { node: base }, platform);

describe('the name of an image', () => {
  it('is known from the lock alone', () => {
    expect(named(npm)).toMatchObject({ address: 'image.files', how: 'build' });
    expect(named(npm).reference).toMatch(/^toolcrib\/acme\/server-files:[0-9a-f]{16}$/);
    expect(runtime.reference).toMatch(/^toolcrib\/acme\/runtime-node:[0-9a-f]{16}$/);
    expect(systemImage(project, 'sha256:55', runtime).reference).toMatch(/^toolcrib\/acme\/system:[0-9a-f]{16}$/);
  });

  it('of an npm server stays while nothing that goes in changes', () => {
    expect(named({ ...npm, declared: '@scope/a@1.2.3' })).toEqual(named(npm));
  });

  const otherRuntime = runtimeImage('node', project, { node: host('sha256:bb') }, amd64);
  it.each<[string, ReturnType<typeof named>, ReturnType<typeof named>]>([
    ['the tree', named({ ...npm, tree: 'sha256:99' }), named(npm)],
    ['the scripts that may run', named({ ...npm, allowScripts: ['sharp'] }), named(npm)],
    ['the base', named(npm, otherRuntime), named(npm)],
    ['the platform', named(npm, runtime, 'linux/arm64'), named(npm)],
    ['the build folder', named({ ...build, context: 'sha256:99' }), named(build)],
    ['whether the build has network', named({ ...build, network: true }), named(build)],
    ['the base of a build', named(build, otherRuntime), named(build)],
    ['the role files', systemImage(project, 'sha256:66', runtime), systemImage(project, 'sha256:55', runtime)],
    [
      'the base of the system',
      systemImage(project, 'sha256:55', otherRuntime),
      systemImage(project, 'sha256:55', runtime),
    ],
  ])('changes with %s', (_, changed, before) => {
    expect(changed.reference).not.toBe(before.reference);
    expect(changed.inputs).not.toBe(before.inputs);
  });

  it('of a declared image is its registry’s digest, else its id', () => {
    expect(named(image)).toMatchObject({ reference: 'acme/a@sha256:33', how: 'pull', inputs: null });
    expect(named({ ...image, digest: null })).toMatchObject({
      reference: 'sha256:44',
      id: 'sha256:44',
      how: 'present',
    });
  });

  it('of a named runtime likewise', () => {
    const locked: LockedRuntime = {
      type: 'image',
      declared: 'node:22-slim',
      digest: 'node@sha256:77',
      id: 'sha256:88',
    };
    expect(runtimeImage('node', project, { node: locked }, amd64)).toMatchObject({
      reference: 'node@sha256:77',
      how: 'pull',
    });
    expect(runtimeImage('node', project, { node: { ...locked, digest: null } }, amd64)).toMatchObject({
      reference: 'sha256:88',
      how: 'present',
    });
  });

  it('cannot be told for a platform that was not locked, or without a runtime', () => {
    expect(() => runtimeImage('node', project, { node: host('sha256:aa') }, 'linux/arm64')).toThrow(
      /linux\/amd64.*linux\/arm64/s,
    );
    expect(() => runtimeImage('node', project, {}, amd64)).toThrow(/no Node runtime/);
  });
});
