/** wrk in front of one gateway: a session where it has them, one checked answer, then the load. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cpuSeconds } from '../processes.mjs';

const run = promisify(execFile);
const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'call.lua');
const VERSION = '2025-06-18';

/** @returns the headers of a session, and a function that posts in it */
export async function session({ port, token }) {
  const url = `http://127.0.0.1:${port}/mcp`;
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const post = (body) => fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const params = { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } };
  const first = await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  if (first.status !== 200) throw new Error(`initialize: ${first.status} ${await first.text()}`);
  await first.body.cancel();
  const id = first.headers.get('mcp-session-id');
  if (id) headers['mcp-session-id'] = id;
  headers['mcp-protocol-version'] = VERSION;
  await (await post({ jsonrpc: '2.0', method: 'notifications/initialized' })).body?.cancel();
  return { id, post };
}

/** The right answer, once, before anything is counted; a server that is just starting may take a moment. */
export async function checked(target) {
  const { id, post } = await session(target);
  const params = { name: target.tool, arguments: { path: '/data/public/a', text: 'x' } };
  for (let i = 0; ; i++) {
    const answer = await (await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })).text();
    if (answer.includes('echo /data/public/a')) return id;
    if (i >= 100) throw new Error(`${target.name} answered ${answer.slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** @returns {calls, seconds, p50, p99, cpu}: µs; `cpu` of the gateway's process a call */
export async function load(target, id, { connections, seconds, what = 'call' }) {
  const before = target.pid === null ? null : cpuSeconds(target.pid);
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script];
  const words = [target.token ?? '-', id ?? '-', target.tool, what];
  const { stdout } = await run('wrk', [...args, `http://127.0.0.1:${target.port}/mcp`, '--', ...words]);
  const result = JSON.parse(stdout.trim().split('\n').at(-1));
  if (result.wrong > 0 || result.calls === 0) throw new Error(`${target.name}: ${JSON.stringify(result)}`);
  const used = before === null ? null : cpuSeconds(target.pid) - before;
  return { ...result, cpu: used === null ? null : (used / result.calls) * 1e6, rate: result.calls / result.seconds };
}
