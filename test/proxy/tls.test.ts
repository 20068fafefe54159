/** The proxy with a certificate of its own: real clients that trust its authority, a renewal under a live session, and none. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refuseExposed } from '../../src/proxy/exposure.js';
import { authority, type Made } from '../support/certificates.js';
import { trustingFetch } from '../support/trusting-fetch.js';
import { grant, tool, until, World } from './world.js';

const CA = authority();
const world = new World({ servers: { clock: [tool('now')] }, agents: { bot: [grant('clock', ['now'])] } });
let token = '';

function certify({ cert, key }: Made): void {
  const file = createHash('sha256')
    .update(key + cert)
    .digest('hex');
  mkdirSync(join(world.dir, 'policy', 'tls'), { recursive: true });
  writeFileSync(join(world.dir, 'policy', 'tls', `${file}.pem`), key + cert);
  world.policy.certificate = { file, fingerprint: 'ab'.repeat(32), expires: '2030-01-01T00:00:00.000Z' };
}

beforeAll(async () => {
  token = world.token('bot');
  certify(CA.issue(['127.0.0.1', 'first.example']));
  await world.start({ tls: true });
});
afterAll(() => world.stop());

async function client(): Promise<Client> {
  const made = new Client({ name: 'tls', version: '1' });
  const url = new URL(`https://127.0.0.1:${world.proxy.address.port}/mcp`);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await made.connect(new StreamableHTTPClientTransport(url, { requestInit, fetch: trustingFetch(CA.cert) }));
  return made;
}

function dial(options: object): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port: world.proxy.address.port, host: '127.0.0.1', ca: CA.cert, ...options }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });
}

async function names(): Promise<string> {
  const socket = await dial({});
  const { subjectaltname = '' } = socket.getPeerCertificate();
  socket.destroy();
  return subjectaltname;
}

it('serves a client that trusts its authority, and none that does not', async () => {
  const own = await client();
  expect((await own.listTools()).tools.map(({ name }) => name)).toEqual(['clock__now']);
  await own.close();
  await expect(dial({ ca: authority().cert })).rejects.toThrow(/certificate/);
});

it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const socket = await dial({ minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  }
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await expect(dial(old)).rejects.toThrow();
});

it('answers nothing to whoever speaks plainly, and writes it down', async () => {
  const plain = new Promise((resolve, reject) => {
    const { port } = world.proxy.address;
    request({ host: '127.0.0.1', port, path: '/healthz' }, resolve).on('error', reject).end();
  });
  await expect(plain).rejects.toThrow();
  await until(() => world.decisions().find(({ reason }) => /^(bad_http|http_)/.test(reason)));
});

it('is renewed while a session lives on', async () => {
  const living = await client();
  const raw = await dial({});
  certify(CA.issue(['127.0.0.1', 'second.example']));
  world.write();
  await world.ready();
  expect(await names()).toContain('second.example');
  expect((await living.listTools()).tools).toHaveLength(1);
  raw.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await new Promise((resolve) => raw.once('data', (data: Buffer) => resolve(data.toString())))).toMatch(
    /^HTTP\/1.1 200/,
  );
  raw.destroy();
  await living.close();
});

it('a policy whose certificate is missing, torn or no certificate is not taken, and the last goes on', async () => {
  const { seq } = world;
  const path = (): string => join(world.dir, 'policy', 'tls', `${world.policy.certificate?.file}.pem`);
  const refused = (words: RegExp) => until(() => words.exec(world.ack()?.refused ?? ''));
  const good = CA.issue(['127.0.0.1', 'third.example']);
  certify({ cert: 'no', key: 'thing' });
  world.write();
  await refused(/certificate cannot be served/);
  certify(good);
  writeFileSync(path(), good.key);
  world.write();
  await refused(/content does not match/);
  rmSync(path());
  world.write({ ...world.policy, origins: ['https://other.test'] });
  await refused(/cannot be read: ENOENT/);
  expect(world.ack()?.seq).toBe(seq);
  expect(await names()).toContain('second.example');
  certify(good);
  await world.ready();
  expect(await names()).toContain('third.example');
  expect(JSON.stringify(world.log)).not.toContain(good.key.split('\n')[1]);
});

it('a role does not start where it could be reached without', () => {
  const at = (...reachedAt: string[]) => ({ reachedAt, metricsAt: ['127.0.0.1'], tls: false, insecure: false });
  expect(() => refuseExposed(at('127.0.0.1', '0.0.0.0'))).toThrow(/refusing to listen at 0\.0\.0\.0 without TLS/);
  expect(() => refuseExposed(at('::'))).toThrow();
  for (const fine of [at(), at('127.0.0.1', '::1'), { ...at('::'), tls: true }, { ...at('::'), insecure: true }])
    expect(() => refuseExposed(fine)).not.toThrow();
  const metrics = { ...at('127.0.0.1'), metricsAt: ['0.0.0.0'], tls: true };
  expect(() => refuseExposed(metrics)).toThrow(/refusing to serve metrics at 0\.0\.0\.0/);
  expect(() => refuseExposed({ ...metrics, insecure: true })).not.toThrow();
});
