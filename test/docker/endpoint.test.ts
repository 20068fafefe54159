import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEndpoint } from '../../src/docker/endpoint.js';
import { sshArguments } from '../../src/docker/ssh.js';
import { hasVersion } from '../../src/docker/pull.js';
import { registryAuth, registryOf } from '../../src/docker/registry-auth.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'toolcrib-endpoint-'));
  await mkdir(join(home, '.docker'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function context(name: string, docker: object, tls: Record<string, string> = {}): Promise<void> {
  const key = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker', 'contexts', 'meta', key);
  await mkdir(meta, { recursive: true });
  await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker } }));
  const folder = join(home, '.docker', 'contexts', 'tls', key, 'docker');
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(tls)) await writeFile(join(folder, file), text);
}

const config = (value: object): Promise<void> => writeFile(join(home, '.docker', 'config.json'), JSON.stringify(value));

describe('where the engine is', () => {
  test.each([
    ['unix:///run/x.sock', { type: 'unix', path: '/run/x.sock', url: 'unix:///run/x.sock' }],
    ['unix://', { type: 'unix', path: '/var/run/docker.sock' }],
    ['tcp://box:1234', { type: 'tcp', host: 'box', port: 1234, tls: null, prefix: '' }],
    ['box:1234', { type: 'tcp', host: 'box', port: 1234 }],
    ['tcp://box', { type: 'tcp', host: 'box', port: 2375 }],
    ['tcp://[::1]:99/docker/', { type: 'tcp', host: '::1', port: 99, prefix: '/docker' }],
    ['ssh://me@box:22/run/d.sock', { type: 'ssh', host: 'box', user: 'me', port: '22', socket: '/run/d.sock' }],
    ['ssh://box', { type: 'ssh', host: 'box', user: '', port: '', socket: '' }],
  ])('DOCKER_HOST=%s', async (host, wanted) => {
    expect(await findEndpoint({ DOCKER_HOST: host }, home)).toMatchObject({ ...wanted, from: 'DOCKER_HOST' });
  });

  test.each(['npipe:////./pipe/docker', 'tcp://', 'ftp://box', 'tcp://box:notaport'])(
    'DOCKER_HOST=%s is refused with words',
    async (host) => {
      await expect(findEndpoint({ DOCKER_HOST: host }, home)).rejects.toMatchObject({
        diagnostics: [{ code: 'engine_unreachable', detail: expect.stringContaining('DOCKER_HOST') as string }],
      });
    },
  );

  test('DOCKER_TLS_VERIFY takes its material from DOCKER_CERT_PATH', async () => {
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(home, `${name}.pem`), name);
    const env = { DOCKER_HOST: 'tcp://box', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: home };
    const tls = { ca: Buffer.from('ca'), cert: Buffer.from('cert'), key: Buffer.from('key'), verify: true };
    expect(await findEndpoint(env, home)).toMatchObject({ port: 2376, tls });
  });

  test('without anything it is the usual socket', async () => {
    expect(await findEndpoint({}, home)).toMatchObject({ url: 'unix:///var/run/docker.sock', from: 'default' });
  });

  test('the current context counts, with its TLS material', async () => {
    await context('prod', { Host: 'tcp://prod:2376', SkipTLSVerify: false }, { 'ca.pem': 'CA' });
    await config({ currentContext: 'prod' });
    expect(await findEndpoint({}, home)).toMatchObject({
      host: 'prod',
      from: 'context prod',
      tls: { ca: Buffer.from('CA'), cert: null, verify: true },
    });
  });

  test('DOCKER_CONTEXT beats the current one, DOCKER_HOST beats both', async () => {
    await context('a', { Host: 'ssh://a' });
    await context('b', { Host: 'ssh://b' });
    await config({ currentContext: 'a' });
    expect(await findEndpoint({ DOCKER_CONTEXT: 'b' }, home)).toMatchObject({ host: 'b' });
    expect(await findEndpoint({ DOCKER_CONTEXT: 'b', DOCKER_HOST: 'tcp://c' }, home)).toMatchObject({ host: 'c' });
    expect(await findEndpoint({ DOCKER_CONTEXT: 'default' }, home)).toMatchObject({ from: 'default' });
  });

  test('a context that is not there, and a config.json that is none, are said so', async () => {
    await expect(findEndpoint({ DOCKER_CONTEXT: 'gone' }, home)).rejects.toThrow(
      /context gone: there is no Docker context/,
    );
    await writeFile(join(home, '.docker', 'config.json'), '{');
    await expect(findEndpoint({}, home)).rejects.toThrow(/config\.json: it is not JSON/);
  });

  test('DOCKER_CONFIG moves the folder', async () => {
    await context('moved', { Host: 'ssh://moved' });
    const env = { DOCKER_CONFIG: join(home, '.docker'), DOCKER_CONTEXT: 'moved' };
    expect(await findEndpoint(env, '/nowhere')).toMatchObject({ host: 'moved' });
  });
});

test('ssh is asked as Docker’s CLI asks it, and a host cannot become an option', async () => {
  const endpoint = await findEndpoint({ DOCKER_HOST: 'ssh://me@box:2222/run/d.sock' }, home);
  if (endpoint.type !== 'ssh') throw new Error(endpoint.type);
  expect(sshArguments(endpoint).join(' ')).toBe(
    '-l me -p 2222 -T -o ConnectTimeout=10 -- box docker --host unix:///run/d.sock system dial-stdio',
  );
});

describe('logins for registries', () => {
  test.each([
    ['node:22', 'https://index.docker.io/v1/'],
    ['acme/app', 'https://index.docker.io/v1/'],
    ['docker.io/library/node', 'https://index.docker.io/v1/'],
    ['ghcr.io/acme/app:1', 'ghcr.io'],
    ['localhost/app', 'localhost'],
    ['box:5000/app@sha256:ab', 'box:5000'],
  ])('%s is of %s', (reference, registry) => expect(registryOf(reference)).toBe(registry));

  test.each([
    ['node', false],
    ['node:22', true],
    ['box:5000/app', false],
    ['box:5000/app:1', true],
    ['app@sha256:ab', true],
  ])('%s says its version: %s', (reference, said) => expect(hasVersion(reference)).toBe(said));

  test('come from config.json', async () => {
    const auth = Buffer.from('me:pass:word').toString('base64');
    await config({ auths: { 'ghcr.io': { auth } } });
    const source = { env: {}, folder: join(home, '.docker') };
    const header = await registryAuth('ghcr.io/acme/app', source);
    expect(JSON.parse(Buffer.from(header ?? '', 'base64url').toString())).toEqual({
      username: 'me',
      password: 'pass:word',
      serveraddress: 'ghcr.io',
    });
    expect(await registryAuth('other.io/app', source)).toBeNull();
  });

  test('come from a credential helper', async () => {
    const bin = join(home, 'bin');
    await mkdir(bin);
    const script = '#!/bin/sh\nread registry\necho "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"for $registry\\"}"\n';
    await writeFile(join(bin, 'docker-credential-fake'), script, { mode: 0o755 });
    await config({ credHelpers: { 'ghcr.io': 'fake' } });
    const env = { PATH: `${bin}:${process.env.PATH ?? ''}` };
    const header = await registryAuth('ghcr.io/acme/app', { env, folder: join(home, '.docker') });
    expect(JSON.parse(Buffer.from(header ?? '', 'base64url').toString())).toEqual({
      identitytoken: 'for ghcr.io',
      serveraddress: 'ghcr.io',
    });
  });
});
