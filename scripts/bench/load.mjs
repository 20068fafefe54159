/**
 * The load, in a process of its own: so many keep-alive connections, each with one call on its way at a time, until
 * so many calls are answered or the time is up. Every answer is checked. Prints {calls, seconds, p50, p99}, µs.
 *
 * argv[2]: {url, host, token, tool, connections, calls, seconds}
 */
import { Client } from 'undici';

const { url, host, token, tool, connections, calls, seconds } = JSON.parse(process.argv[2]);
const { origin, pathname } = new URL(url);
const headers = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  ...(token ? { authorization: `Bearer ${token}` } : {}),
  ...(host ? { host } : {}),
};
const text = 'x'.repeat(1024 - 64);

async function post(client, body) {
  const response = await client.request({ path: pathname, method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
}

async function handshake(client) {
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } };
  const answer = await post(client, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
  if (answer.status !== 200) throw new Error(`initialize: ${answer.status} ${answer.text}`);
  const session = answer.headers['mcp-session-id'];
  if (session) headers['mcp-session-id'] = session;
  headers['mcp-protocol-version'] = '2025-06-18';
  await post(client, { jsonrpc: '2.0', method: 'notifications/initialized' });
}

let next = 1;
const micros = [];
const clients = Array.from(
  { length: connections },
  () => new Client(origin, { pipelining: 1, keepAliveTimeout: 60_000 }),
);
await handshake(clients[0]);
const began = performance.now();

async function callUntilDone(client) {
  while (next <= calls && performance.now() - began < seconds * 1000) {
    const id = next++;
    const params = { name: tool, arguments: { path: `/data/public/${id}`, text } };
    const sent = performance.now();
    const answer = await post(client, { jsonrpc: '2.0', id, method: 'tools/call', params });
    micros.push((performance.now() - sent) * 1000);
    if (answer.status !== 200 || !answer.text.includes(`echo /data/public/${id}"`)) {
      throw new Error(`call ${id}: ${answer.status} ${answer.text.slice(0, 500)}`);
    }
  }
}

await Promise.all(clients.map(callUntilDone));
const took = (performance.now() - began) / 1000;
micros.sort((a, b) => a - b);
const at = (share) => micros[Math.min(micros.length - 1, Math.floor(share * micros.length))];
console.log(JSON.stringify({ calls: micros.length, seconds: took, p50: at(0.5), p99: at(0.99) }));
process.exit(0);
