/**
 * Spans from the proxy's own container to a collector outside of it, on the real engine: over TLS of a private authority,
 * with the agent's W3C trace, and to nobody else. One that hangs and one that is gone harm nothing.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authority } from '../support/certificates.js';
import { expectToolcrib } from '../support/cli.js';
import { Collector } from '../support/collector.js';
import { hostAddress } from '../support/elsewhere.js';
import { containerOf, engineApi, inspect, remains } from '../support/engine-state.js';
import { issueToken, project, type Project } from '../support/project.js';

const CA = authority();
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

let own: Project;
let token: string;
let host: string;
let signed: Collector;
let plain: Collector;
let signedAt: string;
let plainAt: string;

/** The project block is another one than `project` writes: it says where spans go. */
async function declare(telemetry: string): Promise<void> {
  await own.declare(`  telemetry: ${telemetry}
servers:
  echo: {build: ./echo, resources: {memory: 96Mi}}
agents:
  bot:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: [echo]}]
`);
}

beforeAll(async () => {
  host = await hostAddress();
  signed = new Collector(CA.issue([host]));
  plain = new Collector();
  [signedAt, plainAt] = await Promise.all([signed.listen(host), plain.listen(host)]);
  own = await project('traced', '');
  await writeFile(join(own.dir, 'ca.pem'), CA.cert);
  await declare(`{endpoint: "${signedAt}", ca: ./ca.pem}`);
  await expectToolcrib(own.dir, ['lock']);
  token = await issueToken(own.dir, 'bot');
  await expectToolcrib(own.dir, ['apply', '--auto-approve']);
});
afterAll(async () => {
  signed.close();
  plain.close();
  await own.end();
  expect(await remains('traced')).toEqual([]);
});

async function call(id: number): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${own.port}/server/echo/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      traceparent: `00-${TRACE}-${SPAN}-01`,
      tracestate: 'vendor=one',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: {
        name: 'echo',
        arguments: {},
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });
  const text = await response.text();
  const data = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? '{}');
  return JSON.parse(data);
}
const answered = (id: number): object =>
  expect.objectContaining({ id, result: expect.anything() as unknown }) as object;
const arrived = { timeout: 20_000, interval: 200 };

async function logOfProxy(): Promise<string> {
  const { Id } = await containerOf('traced', 'proxy');
  return (await engineApi('GET', `/containers/${Id}/logs?stdout=1&stderr=1`)).body;
}

/** The far ends of the connections that the proxy's container has opened or taken, by the kernel's table. */
async function peersOfProxy(): Promise<string[]> {
  const { State } = (await inspect((await containerOf('traced', 'proxy')).Id)) as unknown as { State: { Pid: number } };
  const table = await readFile(`/proc/${State.Pid}/net/tcp`, 'utf8');
  const lines = table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  // Those that it took have the port that it listens on as their near end.
  const opened = lines.filter(([, local = '', remote = '']) => !local.endsWith(':1CF3') && !remote.endsWith(':0000'));
  return opened.map(([, , remote = '']) => {
    const [address = '', port = ''] = remote.split(':');
    const bytes = address.match(/../g)?.reverse() ?? [];
    return `${bytes.map((byte) => parseInt(byte, 16)).join('.')}:${parseInt(port, 16)}`;
  });
}

it('arrive over TLS of a private authority, in the trace of the agent', async () => {
  expect(await call(1)).toEqual(answered(1));
  await expect.poll(() => signed.spans().length, arrived).toBeGreaterThan(0);
  const span = signed.spans().find(({ name }) => name === 'tools/call echo');
  expect(span).toMatchObject({
    traceId: TRACE,
    parentSpanId: SPAN,
    traceState: 'vendor=one',
    attributes: { 'mcp.method.name': 'tools/call' },
  });
  expect(JSON.stringify(signed.bodies)).not.toContain(token);
});

it('go to the collector, and the proxy opens nothing else', async () => {
  expect(await call(2)).toEqual(answered(2));
  const peers = new Set(await peersOfProxy());
  peers.delete(new URL(signedAt).host);
  expect([...peers]).toEqual([]);
  expect(plain.peers.size).toBe(0);
});

it('metrics are read through the engine, and no port is open for them', async () => {
  expect(await call(3)).toEqual(answered(3));
  const allowed = async (): Promise<number> => {
    const { samples } = JSON.parse((await expectToolcrib(own.dir, ['metrics', '--json'])).stdout) as {
      samples: { name: string; labels: Record<string, string>; value: number }[];
    };
    const found = samples.find(
      ({ name, labels }) =>
        name === 'toolcrib_decisions_total' && labels.decision === 'allow' && labels.server === 'echo',
    );
    return found?.value ?? 0;
  };
  await expect.poll(allowed, { timeout: 30_000, interval: 1_000 }).toBeGreaterThanOrEqual(3);
  expect((await expectToolcrib(own.dir, ['metrics'])).stdout).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
  const { HostConfig } = (await inspect((await containerOf('traced', 'proxy')).Id)) as unknown as {
    HostConfig: { PortBindings: Record<string, unknown> };
  };
  expect(Object.keys(HostConfig.PortBindings)).toEqual(['7411/tcp']);
});

it('a collector that another authority signs for gets nothing, and calls go on', async () => {
  await writeFile(join(own.dir, 'ca.pem'), authority().cert);
  const plan = await expectToolcrib(own.dir, ['plan', '--detailed-exitcode'], 2);
  expect(plan.stdout).toMatch(/telemetry.*signed for by sha256:/);
  await expectToolcrib(own.dir, ['apply', '--auto-approve']);
  const before = signed.spans().length;
  for (let id = 10; id < 20; id++) expect(await call(id)).toEqual(answered(id));
  await expect.poll(logOfProxy, arrived).toMatch(/telemetry_lost.*(self.signed|unable to verify|issuer certificate)/);
  expect(signed.spans().length).toBe(before);
});

it('arrive without TLS; where the collector hangs or has gone, calls are answered all the same', async () => {
  plain.status = null;
  await declare(`{endpoint: "${plainAt}"}`);
  await expectToolcrib(own.dir, ['apply', '--auto-approve']);
  for (let id = 20; id < 120; id++) expect(await call(id)).toEqual(answered(id));
  await expect.poll(() => plain.asked, arrived).toBe(1); // one at a time, and that one is not answered
  plain.status = 200;
  for (let id = 120; id < 130; id++) expect(await call(id)).toEqual(answered(id));
  // A deadline ends the one that hangs; what has waited meanwhile arrives.
  await expect.poll(() => plain.spans().length, arrived).toBeGreaterThanOrEqual(10);
  plain.close();
  for (let id = 130; id < 140; id++) expect(await call(id)).toEqual(answered(id));
});
