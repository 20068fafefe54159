// A small MCP server over streamable HTTP for tests: no dependencies, behaviour chosen by environment variables.
const http = require('node:http');
const net = require('node:net');
const dns = require('node:dns/promises');
const os = require('node:os');
const { randomUUID } = require('node:crypto');

const PORT = Number(process.env.PORT ?? 8080);
const boot = randomUUID();
const sessions = new Set();
const tools = [
  { name: 'who', description: 'Says which process answers.', inputSchema: { type: 'object', properties: {} } },
  {
    name: 'dial',
    description: 'Tries to reach an address from here.',
    inputSchema: { type: 'object', properties: { host: { type: 'string' }, port: { type: 'number' } } },
  },
  { name: 'around', description: 'Tells what is around.', inputSchema: { type: 'object', properties: {} } },
  { name: 'die', description: 'Ends the process.', inputSchema: { type: 'object', properties: {} } },
];
if (process.env.DESCRIPTION) tools[0].description = process.env.DESCRIPTION;
if (process.env.EXIT_AT_ONCE) {
  console.log('no licence found');
  process.exit(4);
}

const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });

function dial({ host, port }) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 1500 });
    const end = (what) => {
      socket.destroy();
      resolve(what);
    };
    socket.once('connect', () => end('connected'));
    socket.once('timeout', () => end('timeout'));
    socket.once('error', (error) => end(error.code));
  });
}

async function around() {
  const addresses = Object.values(os.networkInterfaces())
    .flat()
    .filter((each) => !each.internal && each.family === 'IPv4')
    .map((each) => each.address);
  const lookup = await new dns.Resolver({ timeout: 1000, tries: 1 }).resolve4('example.com').then(
    () => 'resolved',
    (error) => error.code,
  );
  return { addresses, lookup, resolver: require('node:fs').readFileSync('/etc/resolv.conf', 'utf8') };
}

async function call({ name, arguments: args = {} }) {
  if (name === 'who') return text({ boot, hostname: os.hostname(), mark: process.env.MARK ?? null });
  if (name === 'dial') return text(await dial(args));
  if (name === 'around') return text(await around());
  setTimeout(() => process.exit(7), 20);
  return text('dying');
}

async function answer({ method, params = {} }) {
  if (method === 'initialize')
    return {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'web', version: '1.0.0' },
    };
  if (method === 'tools/list') return { tools };
  if (method === 'tools/call') return call(params);
  return method === 'ping' ? {} : null;
}

const server = http.createServer(async (request, response) => {
  const end = (status, headers = {}, body) => response.writeHead(status, headers).end(body);
  if (request.url !== (process.env.ENDPOINT ?? '/mcp')) return end(404);
  const session = request.headers['mcp-session-id'];
  if (request.method === 'DELETE') return (sessions.delete(session), end(204));
  if (request.method !== 'POST') return end(405);
  let body = '';
  for await (const chunk of request) body += chunk;
  const message = JSON.parse(body);
  const begins = message.method === 'initialize';
  if (!begins && !session) return end(400, { 'content-type': 'application/json' }, '{}');
  if (!begins && !sessions.has(session)) return end(404);
  if (message.id === undefined) return end(202);
  const result = await answer(message);
  const reply = result === null ? { error: { code: -32601, message: 'no such method' } } : { result };
  const headers = { 'content-type': 'application/json' };
  if (begins) sessions.add((headers['mcp-session-id'] = randomUUID()));
  end(200, headers, JSON.stringify({ jsonrpc: '2.0', id: message.id, ...reply }));
});
// A server takes a moment until it listens.
setTimeout(() => server.listen(PORT, '0.0.0.0', () => console.log(`listening on ${PORT}`)), 300);
process.on('SIGTERM', () => process.exit(0));
