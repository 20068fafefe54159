/** Part one: what a proxy adds to a tools/call, and what it costs the machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../prepare.mjs';
import { call, containersOf, get } from './engine.mjs';
import { AGENT, freePort } from './project.mjs';
import { cpuSeconds, here, median, runJson, serve, workerOf } from './processes.mjs';

const FIXTURE = path.join(here, 'fixture.cjs');
const ROUNDS = 3;
const LATENCY = { connections: 1, calls: 1000, seconds: 8 };
const THROUGHPUT = { connections: 16, calls: 8000, seconds: 8 };
const WARM = { connections: 16, calls: 1500, seconds: 5 };

/**
 * Each round measures every row, so that a busy minute of the machine hits all of them; the median counts.
 * @returns rows of {name, p50, p99, cpu, also}: µs; `cpu` of the proxy's process a call, `also` of what serves it
 */
export async function measureCalls(project, folder, say) {
  const token = project.toolcrib('token', 'issue', AGENT).trim();
  project.toolcrib('apply', '--auto-approve');
  const targets = [
    await sdkProxy(),
    await bareRelay(),
    await ours(project, token, folder),
    await oursWhole(project, token),
  ];
  const rows = new Map();
  const note = (name, values) => rows.set(name, [...(rows.get(name) ?? []), values]);
  for (let round = 1; round <= ROUNDS; round++) {
    say(`calls: round ${round} of ${ROUNDS}`);
    note('direct, bare lines', await runJson('direct.mjs', FIXTURE, 'lines', LATENCY.calls, LATENCY.seconds));
    note('direct, SDK client', await runJson('direct.mjs', FIXTURE, 'sdk', LATENCY.calls, LATENCY.seconds));
    for (const target of targets) note(target.name, await measure(target));
  }
  for (const target of targets) await target.end();
  const middle = (list, key) => median(list.map((values) => values[key] ?? null));
  return [...rows].map(([name, list]) => ({
    name,
    p50: middle(list, 'p50'),
    p99: middle(list, 'p99'),
    cpu: middle(list, 'cpu'),
    also: middle(list, 'also'),
    rate: middle(list, 'rate'),
  }));
}

async function measure(target) {
  const load = (shape) => runJson('load.mjs', JSON.stringify({ ...target.load, ...shape }));
  await load(WARM);
  const { p50, p99 } = await load(LATENCY);
  const before = [target.pid, ...(target.helpers ?? [])].map(cpuSeconds);
  const busy = await load(THROUGHPUT);
  const used = [target.pid, ...(target.helpers ?? [])].map((pid, i) =>
    difference(cpuSeconds(pid), before[i], busy.calls),
  );
  const [cpu, ...others] = used;
  const also = others.length === 0 ? null : others.reduce((sum, each) => sum + (each ?? 0), 0);
  return { p50, p99, cpu, also, rate: busy.calls / busy.seconds };
}

const difference = (after, before, calls) =>
  after === null || before === null ? null : ((after - before) / calls) * 1e6;

async function sdkProxy() {
  const proxy = await serve('sdk-proxy.mjs', [FIXTURE]);
  const load = { url: `http://127.0.0.1:${proxy.line}/mcp`, tool: 'echo' };
  return { name: 'proxy of the SDK’s Server and Client', pid: proxy.pid, load, end: proxy.end };
}

async function bareRelay() {
  const upstream = await serve('http-fixture.mjs');
  const relay = await serve('bare-relay.mjs', [`http://127.0.0.1:${upstream.line}`]);
  const end = async () => {
    await relay.end();
    await upstream.end();
  };
  const load = { url: `http://127.0.0.1:${relay.line}/mcp`, tool: 'echo' };
  return { name: 'bare node:http + undici relay (HTTP server)', pid: relay.pid, load, end };
}

/** Our proxy as a plain process with the policy of the applied project; its server is a child, as in the SDK's row. */
async function ours(project, token, folder) {
  const dirs = Object.fromEntries(['ack', 'audit', 'run'].map((name) => [name, path.join(folder, name)]));
  for (const dir of Object.values(dirs)) mkdirSync(dir, { recursive: true });
  const containers = await containersOf(project.name);
  const policy = await copyPolicy(containers, folder);
  const bridge = await serve('local-bridge.mjs', [path.join(dirs.run, 'bridge.sock'), FIXTURE]);
  const port = await freePort();
  const { Env } = (await get(`/containers/${roleOf(containers, 'proxy').Id}/json`)).Config;
  const identity = Object.fromEntries(
    Env.filter((each) => each.startsWith('TOOLCRIB_')).map((each) => each.split(/=(.*)/s)),
  );
  const proxy = await serve(path.join(root, 'dist/role.js'), ['proxy'], {
    ...identity,
    TOOLCRIB_POLICY: policy,
    TOOLCRIB_ACK: dirs.ack,
    TOOLCRIB_AUDIT: dirs.audit,
    TOOLCRIB_RUN: dirs.run,
    TOOLCRIB_LISTEN_HOST: '127.0.0.1',
    TOOLCRIB_LISTEN_PORT: String(port),
  });
  const end = async () => {
    await proxy.end();
    await bridge.end();
  };
  await ready(port, project.port);
  const load = { url: `http://127.0.0.1:${port}/mcp`, host: `127.0.0.1:${project.port}`, token, tool: 'bench__echo' };
  return { name: 'Toolcrib’s proxy, all checks and audit on', pid: proxy.pid, load, end };
}

/** The real way, whole: published port, proxy container, bridge container, engine, server container. */
async function oursWhole(project, token) {
  const containers = await containersOf(project.name);
  const pidOf = async (role) => workerOf((await get(`/containers/${roleOf(containers, role).Id}/json`)).State.Pid);
  return {
    name: 'Toolcrib whole: proxy, bridge, engine, container',
    pid: await pidOf('proxy'),
    helpers: [await pidOf('bridge')],
    load: { url: `http://127.0.0.1:${project.port}/mcp`, token, tool: 'bench__echo' },
    end: () => Promise.resolve(),
  };
}

const roleOf = (containers, role) => {
  const found = containers.find((each) => each.Labels['io.toolcrib.address'] === role);
  if (!found) throw new Error(`the applied project has no ${role} container`);
  return found;
};

async function copyPolicy(containers, folder) {
  const id = roleOf(containers, 'control').Id;
  const tar = await call('GET', `/containers/${id}/archive?path=${encodeURIComponent('/var/lib/toolcrib/policy')}`);
  execFileSync('tar', ['-x', '-C', folder], { input: tar });
  return path.join(folder, 'policy');
}

async function ready(port, hostPort) {
  const { request } = await import('undici');
  for (let i = 0; i < 150; i++) {
    const answer = await request(`http://127.0.0.1:${port}/readyz`, {
      headers: { host: `127.0.0.1:${hostPort}` },
    }).catch(() => null);
    await answer?.body.dump();
    if (answer?.statusCode === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('our proxy was not ready within 15 s');
}
