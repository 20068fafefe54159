// The measured server: MCP over stdio without any dependency, one tool, so that the cost is the way to it.
const tool = {
  name: 'echo',
  description: 'Says back what it is told.',
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string' }, text: { type: 'string' } },
    required: ['path', 'text'],
  },
};

const answers = {
  initialize: (params) => ({
    protocolVersion: params.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: [tool] }),
  'tools/call': (params) => ({ content: [{ type: 'text', text: `echo ${params.arguments.path}` }] }),
};

function answer(message) {
  const handler = answers[message.method];
  return handler
    ? { jsonrpc: '2.0', id: message.id, result: handler(message.params ?? {}) }
    : { jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'no such method' } };
}

module.exports = { answer };

function serveStdio() {
  let held = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk) => {
    const lines = (held + chunk).split('\n');
    held = lines.pop();
    let out = '';
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.id !== undefined) out += `${JSON.stringify(answer(message))}\n`;
    }
    if (out !== '') process.stdout.write(out);
  });
  process.stdin.on('end', () => process.exit(0));
}

if (require.main === module) serveStdio();
