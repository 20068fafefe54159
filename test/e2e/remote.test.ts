/**
 * A server of the own network, through the built program, on the real engine: examples/remote with another URL. It runs
 * on the host's address of the engine's bridge, behind TLS of an authority that nobody else trusts.
 */
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authority } from '../support/certificates.js';
import { expectToolcrib, toolcrib, type Ran } from '../support/cli.js';
import { elsewhere, hostAddress, type Elsewhere } from '../support/elsewhere.js';
import { remains } from '../support/engine-state.js';
import { identityProvider } from '../support/identity-provider.js';
import { freePort } from '../support/project.js';

const NAME = 'with-remote';
const CA = authority();
const EXAMPLE = fileURLToPath(new URL('../../examples/remote', import.meta.url));

let dir: string;
let host: string;
let port: number;
let server: Elsewhere;
let token: string;
beforeAll(async () => {
  host = await hostAddress();
  port = await freePort();
  server = await elsewhere(host, CA.issue([host]));
  dir = await mkdtemp(join(tmpdir(), 'toolcrib-remote-'));
  await cp(EXAMPLE, dir, { recursive: true });
  await writeFile(join(dir, 'ca.pem'), CA.cert);
  await declare({});
});
afterAll(async () => {
  await toolcrib(dir, ['destroy', '--auto-approve', '--volumes'], at());
  await rm(dir, { recursive: true, force: true });
  await server.close();
  expect(await remains(NAME)).toEqual([]);
});

const at = (url = server.url): Record<string, string> => ({ TOOLCRIB_VAR_tracker: url });
const run = (args: string[], code = 0, url = server.url): Promise<Ran> => expectToolcrib(dir, args, code, at(url));

/** The example as it is, under a name of its own, with what stands there as a comment filled in. */
async function declare(server: Record<string, string>): Promise<void> {
  const text = await readFile(join(EXAMPLE, 'toolbox.yaml'), 'utf8');
  const known = await readFile(join(dir, 'toolbox.yaml'), 'utf8');
  const id = known.includes(`name: ${NAME}`) ? (/ {2}id: (.*)/.exec(known)?.[1] ?? '') : randomUUID();
  const more = Object.entries(server).map(([key, value]) => `    ${key}: ${value}\n`);
  await writeFile(
    join(dir, 'toolbox.yaml'),
    text
      .replace(/^ {2}name: .*$/m, `  name: ${NAME}`)
      .replace(/^ {2}id: .*$/m, `  id: ${id}`)
      .replace('127.0.0.1:7411', `127.0.0.1:${port}`)
      .replace(/^ {4}remote: .*\n/m, (line) => line + more.join('')),
  );
}

const block = (): string => `[${host}/32]`;
const said = ({ stdout, stderr }: Ran): string => stdout + stderr;

async function connected(bearer = token): Promise<Client> {
  const client = new Client({ name: 'remote', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${bearer}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), { requestInit }));
  return client;
}

describe('a remote on a private address', () => {
  it('is not called unless the declaration says so', async () => {
    const refused = await run(['validate'], 1);
    expect(said(refused)).toMatch(/toolbox\.yaml:\d+:\d+/);
    expect(said(refused)).toContain(`private_addresses: [${host}/32]`);
  });

  it('is not trusted because it is near: the authority has to be named', async () => {
    await declare({ private_addresses: block() });
    const refused = await run(['lock'], 1);
    expect(said(refused)).toMatch(/certificate|self.signed|issuer/i);
  });

  it('is locked, planned with what it opens, and applied', async () => {
    await declare({ private_addresses: block(), ca: './ca.pem' });
    await run(['lock']);
    token = (await expectToolcrib(dir, ['token', 'issue', 'triage-bot'], 0, at())).stdout.trim();
    const plan = await run(['plan', '--detailed-exitcode'], 2);
    expect(plan.stdout).toContain(`server issues gains leave to be called at private addresses: ${host}/32`);
    expect(plan.stdout).toMatch(/server issues gains trust in the authority sha256:[0-9a-f]{64} alone/);
    await run(['apply', '--auto-approve']);
    expect((await run(['plan', '--detailed-exitcode'])).stdout).toContain('No changes');
  });

  it('is served to an agent, as far as it is granted', async () => {
    const client = await connected();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['issues__get_issue', 'issues__list_issues']);
    const { content } = await client.callTool({ name: 'issues__get_issue', arguments: { number: 7 } });
    expect(content).toEqual([{ type: 'text', text: '#7: the door is open' }]);
    await expect(client.callTool({ name: 'issues__close_issue', arguments: { number: 7 } })).rejects.toThrow(/-32602/);
    expect(server.called).toEqual(['get_issue']);
    await client.close();
    const { servers } = JSON.parse((await run(['status', '--json'])).stdout) as { servers: object[] };
    expect(servers).toMatchObject([{ address: 'server.issues', state: 'remote', reason: null }]);
  });
});

describe('an identity provider of the own network', () => {
  it('is asked for its keys where the declaration opens its address, and its tokens stand for the agent', async () => {
    const issuer = await identityProvider(host, CA.issue([host]));
    try {
      const opened = `private_addresses: [${host}/32], ca: ./ca.pem, `;
      const authenticate = (how: string): string =>
        `    authenticate:\n      - jwt: {issuer: "${issuer.url}", ${how}audience: tools, claims: {sub: triage}}\n`;
      const file = join(dir, 'toolbox.yaml');
      const text = await readFile(file, 'utf8');
      const ours = / {4}authenticate:\n.*\n/;
      await writeFile(file, text.replace(ours, authenticate('')));
      expect(said(await run(['validate'], 1))).toContain(`private_addresses: [${host}/32]`);
      await writeFile(file, text.replace(ours, authenticate(opened)));
      const plan = await run(['plan', '--detailed-exitcode'], 2);
      expect(plan.stdout).toContain(`tokens of ${issuer.url} (sub=triage, for tools, at ${host}/32) now stand for`);
      await run(['apply', '--auto-approve']);
      await run(['plan', '--detailed-exitcode']);

      const asTriage = async (sub: string): Promise<Client> => connected(await issuer.token(sub, 'tools'));
      const client = await asTriage('triage');
      const { content } = await client.callTool({ name: 'issues__get_issue', arguments: { number: 8 } });
      expect(content).toEqual([{ type: 'text', text: '#8: the door is open' }]);
      await client.close();
      await expect(asTriage('somebody')).rejects.toThrow();
      await writeFile(file, text);
      await run(['apply', '--auto-approve']);
    } finally {
      await issuer.close();
    }
  });
});

describe('without TLS', () => {
  it('it is called where the declaration says so in as many words, which plan shows', async () => {
    const plain = await elsewhere(host, null);
    try {
      expect(said(await run(['validate'], 1, plain.url))).toContain('is not encrypted');
      await declare({ private_addresses: block(), insecure: 'true' });
      await run(['lock'], 0, plain.url);
      const plan = await run(['plan', '--detailed-exitcode'], 2, plain.url);
      expect(plan.stdout).toContain('server issues gains leave to be called without TLS');
      expect(plan.stdout).toContain('server issues loses trust in the authority');
      await run(['apply', '--auto-approve'], 0, plain.url);
      await run(['plan', '--detailed-exitcode'], 0, plain.url);
      const client = await connected();
      await client.callTool({ name: 'issues__list_issues', arguments: {} });
      expect(plain.called).toEqual(['list_issues']);
      await client.close();
    } finally {
      await plain.close();
    }
  });
});
