import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectEngine } from '../../src/docker/connect.js';
import { findEndpoint } from '../../src/docker/endpoint.js';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/docker-tls.js';

/** This machine's, in the words of kernels and of images. */
const [KERNEL, OWN] = arch() === 'arm64' ? ['aarch64', 'arm64'] : ['x86_64', 'amd64'];

let folder: string;
const closing: (() => void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolcrib-connect-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await rm(folder, { recursive: true, force: true });
});

async function serve(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const versions = (Version: string, ApiVersion: string, MinAPIVersion?: string): http.RequestListener => {
  return (request, response) => {
    if (request.url === '/version')
      return response.end(JSON.stringify({ Version, ApiVersion, MinAPIVersion, Os: 'linux', Arch: 'arm64' }));
    if (request.url?.endsWith('/info')) return response.end(JSON.stringify({ ID: 'id', Name: request.url }));
    return response.writeHead(404).end('{"message":"page not found"}');
  };
};

const failure = (code: string, ...words: string[]): object => ({
  diagnostics: [
    {
      code,
      detail: expect.stringMatching(new RegExp(words.join('.*'), 's')) as string,
      fix: expect.stringMatching(/.{20}/) as string,
    },
  ],
});

describe('connecting', () => {
  test.each([
    ['20.10.24', '1.41', '1.41'],
    ['28.5.2', '1.51', '1.51'],
    ['30.0.0', '1.60', '1.51'],
    ['26.1.5', '1.45', '1.45'],
  ])('engine %s with API %s is spoken to in %s', async (version, api, spoken) => {
    const endpoint = await serve(versions(version, api));
    const engine = await connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder });
    expect(await engine.facts()).toEqual({
      id: 'id',
      name: `/v${spoken}/info`,
      version,
      apiVersion: spoken,
      offeredApi: api,
      platform: 'linux/arm64',
      endpoint,
      context: null,
    });
  });

  test.each([
    ['1.41', '1.41', 0],
    ['1.51', '1.51', 0],
    // What is too new, or says nothing, is asked what else it speaks.
    ['1.60', '1.51', 1],
    [undefined, '1.44', 1],
  ])('over a socket the version %s is told by a header, and %s is spoken', async (header, spoken, asked) => {
    const urls: (string | undefined)[] = [];
    const path = join(folder, 'engine.sock');
    const server = http.createServer((request, response) => {
      urls.push(request.url);
      if (request.url === '/_ping') return response.writeHead(200, header ? { 'Api-Version': header } : {}).end('OK');
      return versions('28.0.0', header ?? '1.44', '1.24')(request, response);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closing.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    const engine = await connectEngine({ env: { DOCKER_HOST: `unix://${path}` }, home: folder });
    expect(urls).toHaveLength(1 + asked);
    expect(await engine.facts()).toMatchObject({ name: `/v${spoken}/info`, version: '28.0.0', apiVersion: spoken });
  });

  test.each([
    // A kernel of this program's architecture speaks for the engine, but for those that often run one of 32 bits.
    [KERNEL, KERNEL === 'aarch64' ? 'linux/arm' : `linux/${OWN}`, KERNEL === 'aarch64' ? 1 : 0],
    [KERNEL === 'aarch64' ? 'x86_64' : 'aarch64', 'linux/arm', 1],
  ])('over a socket, on a kernel of %s, an engine is one for %s', async (Architecture, platform, asked) => {
    let times = 0;
    const path = join(folder, 'engine.sock');
    const server = http.createServer((request, response) => {
      if (request.url === '/_ping') return response.writeHead(200, { 'Api-Version': '1.43' }).end('OK');
      if (request.url?.endsWith('/info'))
        return response.end(JSON.stringify({ ID: 'id', ServerVersion: '24.0.7', OSType: 'linux', Architecture }));
      times += 1;
      return response.end(JSON.stringify({ Version: '24.0.7', ApiVersion: '1.43', Os: 'linux', Arch: 'arm' }));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closing.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    const env = { DOCKER_HOST: `unix://${path}` };
    const engine = await connectEngine({ env, home: folder });
    expect([(await engine.facts()).platform, times]).toEqual([platform, asked]);
    const exact = await connectEngine({ env, home: folder, exact: true });
    expect([(await exact.facts()).platform, times]).toEqual(['linux/arm', asked + 1]);
  });

  test.each([
    ['19.03.15', '1.40'],
    ['1.0', '1.9'],
  ])('engine %s with API %s is too old', async (version, api) => {
    const connecting = connectEngine({ env: { DOCKER_HOST: await serve(versions(version, api)) }, home: folder });
    await expect(connecting).rejects.toMatchObject(failure('engine_too_old', version, api, '1\\.41'));
  });

  test('an engine that gave up every API we speak is too new', async () => {
    const endpoint = await serve(versions('40.0.0', '1.70', '1.60'));
    const connecting = connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder });
    await expect(connecting).rejects.toMatchObject(failure('engine_too_new', '40\\.0\\.0', '1\\.60', '1\\.51'));
  });

  test('no socket is there', async () => {
    const env = { DOCKER_HOST: `unix://${folder}/none.sock` };
    await expect(connectEngine({ env, home: folder })).rejects.toMatchObject(
      failure('engine_unreachable', 'none\\.sock', 'DOCKER_HOST', 'is not there'),
    );
  });

  test('nothing listens', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(
      connectEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` }, home: folder }),
    ).rejects.toMatchObject(failure('engine_unreachable', String(port), 'nothing listens'));
  });

  test('whatever listens never answers', async () => {
    const endpoint = await serve(() => undefined);
    await expect(connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder, timeoutMs: 100 })).rejects.toMatchObject(
      failure('engine_unreachable', 'no answer within 0\\.1 s'),
    );
  });

  test('an answer that begins and never ends', async () => {
    const endpoint = await serve((_, response) => void response.write('{'));
    await expect(connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder, timeoutMs: 100 })).rejects.toMatchObject(
      failure('engine_unreachable', 'no answer within'),
    );
  });

  test.each<[string, http.RequestListener]>([
    ['a web page', (_, response) => void response.end('<html>')],
    ['other JSON', (_, response) => void response.end('{"hello":1}')],
    ['a refusal', (_, response) => void response.writeHead(403).end('keep out')],
  ])('%s is no engine', async (_, answer) => {
    const endpoint = await serve(answer);
    await expect(connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder })).rejects.toMatchObject(
      failure('engine_unreachable', 'not a Docker engine'),
    );
  });

  test('an engine that stops in the middle is unreachable, and says where', async () => {
    let requests = 0;
    const endpoint = await serve((request, response) => {
      requests += 1;
      if (requests === 1) return versions('28.0.0', '1.48')(request, response);
      request.socket.destroy();
      return undefined;
    });
    const engine = await connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder });
    await expect(engine.listContainers([])).rejects.toMatchObject(failure('engine_unreachable', '127\\.0\\.0\\.1'));
  });

  test('a connection that was closed while idle is opened again for a read', async () => {
    let used: net.Socket | null = null;
    const endpoint = await serve((request, response) => {
      // The second request over the first connection is cut off, as by an engine that restarted.
      if (used === request.socket) return void request.socket.resetAndDestroy();
      used ??= request.socket;
      return versions('28.0.0', '1.48')(request, response);
    });
    const engine = await connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder });
    expect((await engine.facts()).id).toBe('id');
  });

  test('an error keeps the engine’s words and leaves out what was asked with', async () => {
    const endpoint = await serve((request, response) => {
      if (request.url === '/version') return versions('28.0.0', '1.48')(request, response);
      return response.writeHead(500).end('{"message":"disk on fire"}');
    });
    const engine = await connectEngine({ env: { DOCKER_HOST: endpoint }, home: folder });
    const listing = engine.listContainers(['secret-filter']);
    await expect(listing).rejects.toMatchObject(failure('engine_error', 'GET /containers/json', '500', 'disk on fire'));
    await expect(listing).rejects.not.toThrow(/secret-filter/);
  });
});

describe('over TLS', () => {
  /** An engine that wants a client's certificate, and echoes what is attached to. */
  async function serveTls(): Promise<Record<string, string>> {
    const own = { key: TEST_KEY, cert: TEST_CERTIFICATE, ca: TEST_CERTIFICATE };
    const server = https.createServer({ ...own, requestCert: true, rejectUnauthorized: true }, versions('28', '1.51'));
    server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
      socket.on('data', (data: Buffer) =>
        socket.write(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, data.length]), data])),
      );
      socket.on('end', () => socket.end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    for (const [name, text] of Object.entries(own)) await writeFile(join(folder, `${name}.pem`), text);
    const { port } = server.address() as AddressInfo;
    return { DOCKER_HOST: `tcp://localhost:${port}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
  }

  test('both sides show their certificates, and streams go over it', async () => {
    const engine = await connectEngine({ env: await serveTls(), home: folder });
    expect((await engine.facts()).id).toBe('id');
    const attachment = await engine.attach('any');
    const got: string[] = [];
    attachment.onStdout((chunk) => got.push(chunk.toString()));
    const closed = new Promise<void>((resolve) => attachment.onClose(resolve));
    await attachment.write(Buffer.from('hello'));
    attachment.end();
    await closed;
    expect(got).toEqual(['hello']);
  });

  test.each([
    ['without TLS', { DOCKER_TLS_VERIFY: '' }, 'closed the connection'],
    ['an authority that is not known', { DOCKER_CERT_PATH: '/nowhere' }, 'self-signed certificate'],
  ])('%s it is refused', async (_, change, words) => {
    const env = { ...(await serveTls()), ...change };
    await expect(connectEngine({ env, home: folder })).rejects.toMatchObject(
      failure('engine_unreachable', 'tcp://localhost', words),
    );
  });
});

describe('over ssh', () => {
  async function fakeSsh(script: string): Promise<Record<string, string>> {
    await writeFile(join(folder, 'ssh'), `#!${process.execPath}\n${script}`);
    await chmod(join(folder, 'ssh'), 0o755);
    return { PATH: `${folder}:${process.env.PATH ?? ''}`, DOCKER_HOST: 'ssh://me@box' };
  }

  test('the engine is reached through the system’s ssh, streams included', async () => {
    const real = await findEndpoint(process.env, folder);
    const path = real.type === 'unix' ? real.path : '';
    const env = await fakeSsh(`
      if (process.argv.slice(2).join(' ') !== '-l me -T -o ConnectTimeout=10 -- box docker system dial-stdio') process.exit(3);
      const socket = require('net').connect(${JSON.stringify(path)});
      process.stdin.pipe(socket).pipe(process.stdout);`);
    const engine = await connectEngine({ env, home: folder });
    expect((await engine.facts()).endpoint).toBe('ssh://me@box');
    const lists = await Promise.all(Array.from({ length: 5 }, () => engine.listNetworks()));
    expect(lists.every((networks) => networks.some((network) => network.Name === 'bridge'))).toBe(true);
    await expect(engine.attach('no-such-container')).rejects.toMatchObject(failure('engine_error', '404'));
  });

  test('what ssh says is said', async () => {
    const env = await fakeSsh(`console.error('Permission denied (publickey).'); process.exit(255);`);
    await expect(connectEngine({ env, home: folder })).rejects.toMatchObject(
      failure('engine_unreachable', 'ssh://me@box', '255', 'Permission denied'),
    );
  });

  test('no ssh on this host', async () => {
    const env = { PATH: folder, DOCKER_HOST: 'ssh://box' };
    await expect(connectEngine({ env, home: folder })).rejects.toMatchObject(
      failure('engine_unreachable', 'ssh could not be started'),
    );
  });
});
