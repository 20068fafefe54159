/**
 * The server called directly over its pipes: by bare lines (the floor that everything is compared with), or by the
 * SDK's own client, as most agents do. Prints {calls, p50, p99}, µs. argv: fixture, lines|sdk, calls, seconds.
 */
import { spawn } from 'node:child_process';

const [fixture, kind, calls, seconds] = process.argv.slice(2);
const text = 'x'.repeat(1024 - 64);

function byLines() {
  const child = spawn(process.execPath, [fixture], { stdio: ['pipe', 'pipe', 'inherit'] });
  let held = '';
  let resolve = null;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk) => {
    held += chunk;
    const end = held.indexOf('\n');
    if (end < 0) return;
    const line = held.slice(0, end);
    held = held.slice(end + 1);
    resolve(line);
  });
  const call = (id, args) => {
    const params = { name: 'echo', arguments: args };
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`);
    return new Promise((done) => (resolve = done)).then((line) => JSON.parse(line).result);
  };
  return { call, close: () => child.stdin.end() };
}

async function bySdk() {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [fixture] }));
  return { call: (id, args) => client.callTool({ name: 'echo', arguments: args }), close: () => client.close() };
}

const peer = kind === 'sdk' ? await bySdk() : byLines();
const micros = [];
const warm = 300;
const began = performance.now();
for (let id = 1; id <= Number(calls) + warm && performance.now() - began < Number(seconds) * 1000; id++) {
  const sent = performance.now();
  const result = await peer.call(id, { path: `/data/public/${id}`, text });
  if (id > warm) micros.push((performance.now() - sent) * 1000);
  if (result.content[0].text !== `echo /data/public/${id}`) throw new Error(`call ${id}: ${JSON.stringify(result)}`);
}
await peer.close();
micros.sort((a, b) => a - b);
const at = (share) => micros[Math.min(micros.length - 1, Math.floor(share * micros.length))];
console.log(JSON.stringify({ calls: micros.length, p50: at(0.5), p99: at(0.99) }));
