// A small MCP server on stdio for tests: no dependencies, behaviour chosen by environment variables.
const tools = [
  {
    name: 'echo',
    description: 'Says back what it is told.',
    inputSchema: {
      type: 'object',
      properties: { message: { type: 'string' }, path: { type: 'string' }, tenant: { type: 'string' } },
    },
    'x-vendor': { kept: true },
  },
  { name: 'whoami', description: 'Tells what the process may do.', inputSchema: { type: 'object', properties: {} } },
  { name: 'secret', description: 'Never granted.', inputSchema: { type: 'object', properties: {} } },
];
if (process.env.DESCRIPTION) tools[0].description = process.env.DESCRIPTION;
if (process.env.EXTRA_TOOL)
  tools.push({ name: process.env.EXTRA_TOOL, description: 'New.', inputSchema: { type: 'object' } });
if (process.env.EXIT_AT_ONCE) {
  console.error('cannot find the config file /etc/echo.conf');
  process.exit(3);
}
if (process.env.CRASH_AFTER)
  setTimeout(() => {
    console.error('the disk is full');
    process.exit(5);
  }, Number(process.env.CRASH_AFTER));
if (process.env.NOT_JSON) process.stdout.write('Server listening on stdio!\n');
if (process.env.LONG_LINE) process.stdout.write('x'.repeat(10 * 1024 * 1024) + '\n');

const fs = require('node:fs');
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const answers = {
  initialize: (params) => ({
    protocolVersion: params.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'echo', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools }),
  'tools/call': ({ name, arguments: args = {} }) => {
    if (name === 'whoami') return text(JSON.stringify(probe()));
    return text(JSON.stringify({ name, args, generation: process.env.MARK ?? null }));
  },
};

/** What a process in here can do: the proof of hardening, from inside. */
function probe() {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  const field = (name) => status.match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))?.[1];
  const attempt = (action) => {
    try {
      action();
      return 'done';
    } catch (error) {
      return error.code ?? String(error);
    }
  };
  return {
    uid: process.getuid(),
    capEff: field('CapEff'),
    capBnd: field('CapBnd'),
    noNewPrivs: field('NoNewPrivs'),
    seccomp: field('Seccomp'),
    writeRoot: attempt(() => fs.writeFileSync('/written', 'x')),
    execTmp: attempt(() => {
      fs.writeFileSync('/tmp/x', '#!/usr/local/bin/node\n');
      fs.chmodSync('/tmp/x', 0o755);
      require('node:child_process').execFileSync('/tmp/x');
    }),
    interfaces: fs.readdirSync('/sys/class/net'),
    dockerSocket: fs.existsSync('/var/run/docker.sock') || fs.existsSync('/run/docker.sock'),
    resolvers: attempt(() => fs.readFileSync('/etc/resolv.conf', 'utf8').match(/nameserver/g)?.length ?? 0),
    coreLimit: fs.readFileSync('/proc/self/limits', 'utf8').match(/Max core file size\s+(\S+)/)?.[1],
    environment: Object.keys(process.env),
  };
}

let buffer = '';
process.stdin.on('data', (chunk) => {
  buffer += chunk;
  for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
    const line = buffer.slice(0, end);
    buffer = buffer.slice(end + 1);
    if (line.trim() !== '') answer(JSON.parse(line));
  }
});
process.stdin.on('end', () => process.exit(0));

function answer(message) {
  if (process.env.LOG_CALLS) console.error(JSON.stringify(message));
  if (message.id === undefined || (process.env.MUTE && message.method === 'initialize')) return;
  const handler = answers[message.method];
  const reply = handler
    ? { jsonrpc: '2.0', id: message.id, result: handler(message.params ?? {}) }
    : { jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'no such method' } };
  process.stdout.write(JSON.stringify(reply) + '\n');
}
