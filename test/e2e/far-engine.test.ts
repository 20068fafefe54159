/**
 * An engine on another host: over TCP with mutual TLS, by a Docker context, and over ssh, a whole story each way. Policy,
 * acknowledgement and status go through the engine's API alone.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib, toolcrib } from '../support/cli.js';
import { farEngine } from '../support/far-engine.js';
import type { FarEngine } from '../support/far-engine.js';
import { project } from '../support/project.js';
import type { Project } from '../support/project.js';

const declaration = (mark: string, tools: string): string => `servers:
  echo: {build: ./echo, env: {MARK: ${mark}}, resources: {memory: 64Mi}}
agents:
  bot: {authenticate: [{token: {}}], grants: [{server: echo, tools: ${tools}}]}
`;
const MINUTES = 5 * 60_000;

let far: FarEngine;
let place: Project;
let token: string;
beforeAll(async () => {
  far = await farEngine();
  place = await project('far', declaration('tls', '[echo]'), { pool: '10.94.0.0/16' });
  await expectToolcrib(place.dir, ['lock'], 0, far.tls);
  token = (await expectToolcrib(place.dir, ['token', 'issue', 'bot'], 0, far.tls)).stdout.trim();
  await expectToolcrib(place.dir, ['apply', '--auto-approve'], 0, far.tls);
}, MINUTES);
afterAll(async () => {
  await toolcrib(place.dir, ['destroy', '--auto-approve', '--volumes'], far.tls);
  await far.end();
  await place.end();
}, MINUTES);

async function tools(): Promise<string[]> {
  const client = new Client({ name: 'far', version: '1.0.0' });
  const url = new URL(`http://127.0.0.1:${place.port}/server/echo/mcp`);
  await client.connect(
    new StreamableHTTPClientTransport(url, { requestInit: { headers: { Authorization: `Bearer ${token}` } } }),
  );
  const listed = await client.listTools();
  const result = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  await client.close();
  expect(JSON.stringify(result.content)).toContain('hello');
  return listed.tools.map((tool) => tool.name);
}

interface Status {
  proxy: { state: string; policy: string | null };
  servers: { state: string; drift: boolean }[];
}

async function status(env: Record<string, string | undefined>): Promise<Status> {
  return JSON.parse((await expectToolcrib(place.dir, ['status', '--json'], 0, env)).stdout) as Status;
}

describe('over TCP with mutual TLS', () => {
  it('serves, plans nothing more, and tells its state', async () => {
    expect(await tools()).toEqual(['echo']);
    const planned = await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'], 0, far.tls);
    expect(planned.stdout).toContain('No changes');
    const { proxy, servers } = await status(far.tls);
    expect(proxy).toEqual(
      expect.objectContaining({ state: 'running', policy: expect.stringMatching(/^[0-9a-f]{64}$/) as string }),
    );
    expect(servers).toEqual([expect.objectContaining({ state: 'running', drift: false })]);
  });

  it('an engine that wants a certificate refuses without one, and it is said', async () => {
    const bare = join(far.dir, 'bare');
    await mkdir(bare);
    await cp(join(far.certificates, 'ca.pem'), join(bare, 'ca.pem'));
    const ran = await toolcrib(place.dir, ['plan'], { ...far.tls, DOCKER_CERT_PATH: bare });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('engine_unreachable');
    expect(ran.stderr).toContain('DOCKER_CERT_PATH');
  });

  it('an engine whose certificate nobody vouches for is not spoken to', async () => {
    const none = join(far.dir, 'none');
    await mkdir(none);
    const ran = await toolcrib(place.dir, ['plan'], { ...far.tls, DOCKER_CERT_PATH: none });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/engine_unreachable[^]*self-signed/);
  });
});

describe('by a Docker context', () => {
  async function contextFolder(current: string | null): Promise<string> {
    const folder = join(far.dir, `docker-${current ?? 'none'}`);
    const key = createHash('sha256').update('far').digest('hex');
    await mkdir(join(folder, 'contexts/meta', key), { recursive: true });
    const meta = { Name: 'far', Metadata: {}, Endpoints: { docker: { Host: far.tcp, SkipTLSVerify: false } } };
    await writeFile(join(folder, 'contexts/meta', key, 'meta.json'), JSON.stringify(meta));
    await cp(far.certificates, join(folder, 'contexts/tls', key, 'docker'), { recursive: true });
    await writeFile(join(folder, 'config.json'), JSON.stringify(current ? { currentContext: current } : {}));
    return folder;
  }
  const without = { DOCKER_HOST: undefined, DOCKER_TLS_VERIFY: undefined, DOCKER_CERT_PATH: undefined };

  it('the current one, with its TLS material', async () => {
    const env = { ...far.tls, ...without, DOCKER_CONFIG: await contextFolder('far') };
    const planned = await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'], 0, env);
    expect(planned.stdout).toContain('No changes');
    expect((await status(env)).proxy.state).toBe('running');
  });

  it('or the one that DOCKER_CONTEXT names', async () => {
    const env = { ...far.tls, ...without, DOCKER_CONFIG: await contextFolder(null), DOCKER_CONTEXT: 'far' };
    expect((await status(env)).proxy.state).toBe('running');
  });
});

describe('over ssh', () => {
  it(
    'plans nothing, applies a new server and a new grant, and the policy has arrived',
    { timeout: MINUTES },
    async () => {
      const planned = await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'], 0, far.ssh);
      expect(planned.stdout).toContain('No changes');
      const before = await status(far.ssh);
      await place.declare(declaration('ssh', '[echo, whoami]'));
      const changes = await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'], 2, far.ssh);
      expect(changes.stdout).toContain('env.MARK');
      await expectToolcrib(place.dir, ['apply', '--auto-approve'], 0, far.ssh);
      expect(await tools()).toEqual(['echo', 'whoami']);
      const after = await status(far.ssh);
      expect(after.proxy.policy).not.toBe(before.proxy.policy);
      expect(after.servers).toEqual([expect.objectContaining({ state: 'running', drift: false })]);
      const audit = (await expectToolcrib(place.dir, ['audit', '--json'], 0, far.ssh)).stdout;
      expect(audit).toContain('"tool":"echo"');
      await expectToolcrib(place.dir, ['plan', '--detailed-exitcode'], 0, far.ssh);
    },
  );

  it('a host whose key is not the known one is not spoken to', async () => {
    const ran = await toolcrib(place.dir, ['plan'], { ...far.ssh, DOCKER_HOST: `ssh://other${far.socket}` });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/engine_unreachable[^]*Host key verification failed\.\n/);
    expect(ran.stderr).toContain('ssh other docker version');
  });
});
