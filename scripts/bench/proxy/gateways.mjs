/** What is measured: the server itself, and each gateway in front of it, each a process of its own on loopback. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../prepare.mjs';
import { freePort } from '../project.mjs';
import { adopt, serve } from '../processes.mjs';
import { ECHO, grantOf, policyOf, RULE, tokenFor, writePolicy } from './policy.mjs';

export const upstreamUrl = (port, way = '/mcp') => `http://127.0.0.1:${port}${way}`;

export function direct(upstream) {
  return { name: 'direct', pid: null, port: upstream.line, tool: 'echo', token: null, end: () => Promise.resolve() };
}

/** Passes bytes and nothing else: the floor for any process in between. */
export async function haproxy(upstream, folder) {
  const port = await freePort();
  const config = path.join(folder, 'haproxy.cfg');
  writeFileSync(
    config,
    `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  default_backend out
backend out
  server fixture 127.0.0.1:${upstream.line}
`,
  );
  const child = spawn('haproxy', ['-db', '-f', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const end = adopt(child);
  await answering(port);
  return { name: 'HAProxy, passing bytes', pid: child.pid, port, tool: 'echo', token: null, end };
}

export async function relay(upstream) {
  const process = await serve('bare-relay.mjs', [`http://127.0.0.1:${upstream.line}`]);
  return {
    name: 'bare node:http + undici relay',
    pid: process.pid,
    port: process.line,
    tool: 'echo',
    token: null,
    end: process.end,
  };
}

export async function sdk(upstream) {
  // The SDK's transports leave listeners on one AbortSignal, and Node says so at each.
  const process = await serve('sdk-proxy.mjs', [upstreamUrl(upstream.line)], { NODE_NO_WARNINGS: '1' });
  return {
    name: 'proxy of the SDK’s Server and Client',
    pid: process.pid,
    port: process.line,
    tool: 'echo',
    token: null,
    end: process.end,
  };
}

/** Authentication, grant, argument rule and audit on. */
export async function ours(upstream, folder) {
  const transport = { type: 'remote', url: upstreamUrl(upstream.line) };
  const policy = policyOf({ bench: { tools: [ECHO], transport } }, { load: [grantOf('bench', ['echo'], RULE)] });
  const token = tokenFor(policy, 'load');
  const running = await startOurs(policy, path.join(folder, 'ours'));
  return { ...running, name: 'Toolcrib’s proxy, all checks and audit on', tool: 'bench__echo', token };
}

/** The proxy role of the built program with a policy of its own. */
export async function startOurs(policy, folder, log = 'ignore') {
  const dirs = Object.fromEntries(['policy', 'ack', 'audit', 'run'].map((name) => [name, path.join(folder, name)]));
  for (const dir of [...Object.values(dirs), path.join(dirs.policy, 'revoked')]) mkdirSync(dir, { recursive: true });
  const port = await freePort();
  policy.hosts = [`127.0.0.1:${port}`];
  writePolicy(dirs.policy, policy, 1);
  const proxy = await serve(path.join(root, 'dist/role.js'), ['proxy'], {
    TOOLCRIB_PROJECT: policy.project.name,
    TOOLCRIB_PROJECT_ID: policy.project.id,
    TOOLCRIB_POLICY: dirs.policy,
    TOOLCRIB_ACK: dirs.ack,
    TOOLCRIB_AUDIT: dirs.audit,
    TOOLCRIB_RUN: dirs.run,
    TOOLCRIB_LISTEN_HOST: '127.0.0.1',
    TOOLCRIB_LISTEN_PORT: String(port),
    TOOLCRIB_ADMIN_PORT: String(await freePort()),
  });
  await answering(port, '/readyz');
  return { pid: proxy.pid, port, dirs, end: proxy.end, log };
}

async function answering(port, way = '/') {
  for (let i = 0; i < 200; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}${way}`).catch(() => null);
    await answer?.body?.cancel();
    if (answer && (way === '/' || answer.status === 200)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers on port ${port} after 10 s`);
}
