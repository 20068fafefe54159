/** The proxy with a certificate of its own, through the built program, on the real engine: whose key is nowhere but behind control. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authority, type Made } from '../support/certificates.js';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { containersOf, inspect, remains } from '../support/engine-state.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';
import { trustingFetch } from '../support/trusting-fetch.js';

const CA = authority();
const REST = `servers:
  echo: {build: ./echo, resources: {memory: 96Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: "*"}]
`;

let it1: Project;
let token: string;
let first: Made;
beforeAll(async () => {
  it1 = await project('with-tls', REST);
  first = CA.issue(['127.0.0.1', 'first.example']);
  await certify(first);
  const path = join(it1.dir, 'toolbox.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(
    path,
    text.replace(/proxy: \{(listen: "[^"]+")\}/, 'proxy: {$1, tls: {cert: tls.crt, key: tls.key}}'),
  );
  await expectToolcrib(it1.dir, ['lock']);
  token = await issueToken(it1.dir, 'bot');
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
});
afterAll(async () => {
  await it1.end();
  expect(await remains('with-tls')).toEqual([]);
});

async function certify({ cert, key }: Made): Promise<void> {
  await writeFile(join(it1.dir, 'tls.crt'), cert);
  await writeFile(join(it1.dir, 'tls.key'), key, { mode: 0o600 });
}

async function client(): Promise<Client> {
  const { endpoint } = JSON.parse((await expectToolcrib(it1.dir, ['output', '--json'])).stdout) as { endpoint: string };
  expect(endpoint).toBe(`https://127.0.0.1:${it1.port}/mcp`);
  const made = new Client({ name: 'tls', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await made.connect(
    new StreamableHTTPClientTransport(new URL(endpoint), { requestInit, fetch: trustingFetch(CA.cert) }),
  );
  return made;
}

function served(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: it1.port, host: '127.0.0.1', ca: CA.cert }, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('applied', () => {
  it('is what the next plan finds, and is served', async () => {
    expect((await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0)).stdout).toContain('No changes');
    const own = await client();
    expect((await own.listTools()).tools.length).toBeGreaterThan(0);
    await own.close();
    const status = JSON.parse((await expectToolcrib(it1.dir, ['status', '--json'])).stdout) as {
      proxy: { endpoint: string };
    };
    expect(status.proxy.endpoint).toMatch(/^https:/);
  });

  it('leaves the key in no container, no plan, no log and no output', async () => {
    const secret = first.key.split('\n')[1] ?? '';
    const containers = await containersOf('with-tls');
    expect(containers.length).toBeGreaterThan(2);
    for (const { Id } of containers) expect(JSON.stringify(await inspect(Id))).not.toContain(secret);
    await expectToolcrib(it1.dir, ['plan', '--out', 'saved.plan']);
    const plan = await expectToolcrib(it1.dir, ['plan', '--json']);
    const logs = await toolcrib(it1.dir, ['logs', 'proxy']);
    for (const text of [await readFile(join(it1.dir, 'saved.plan'), 'utf8'), plan.stdout, logs.stdout, logs.stderr])
      expect(text).not.toContain(secret);
  });
});

describe('a renewal', () => {
  it('is one change of the policy, and ends no session', async () => {
    const living = await client();
    await certify(CA.issue(['127.0.0.1', 'second.example']));
    const plan = await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 2);
    expect(plan.stdout).toMatch(/certificate/);
    expect(plan.stdout).not.toMatch(/interrupts sessions/);
    const { resource_changes: changes } = JSON.parse((await expectToolcrib(it1.dir, ['plan', '--json'])).stdout) as {
      resource_changes: { address: string; cause: string | null }[];
    };
    expect(changes.filter(({ cause }) => cause !== null)).toMatchObject([{ address: 'policy', cause: 'credential' }]);
    await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
    expect(await served()).toContain('second.example');
    expect((await living.listTools()).tools.length).toBeGreaterThan(0);
    await living.close();
    expect((await expectToolcrib(it1.dir, ['plan', '--detailed-exitcode'], 0)).stdout).toContain('No changes');
  });
});

describe('what cannot be served', () => {
  it('is said at plan, with the file, and nothing is touched', async () => {
    await writeFile(join(it1.dir, 'tls.key'), CA.issue(['x']).key);
    const refused = await expectToolcrib(it1.dir, ['apply', '--auto-approve'], 1);
    expect(refused.stderr + refused.stdout).toMatch(
      /toolbox\.yaml:\d+:\d+[\s\S]*`tls\.key` is not the key of the first certificate/,
    );
    expect(await served()).toContain('second.example');
  });
});
