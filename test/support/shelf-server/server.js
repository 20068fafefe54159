// A small MCP server on stdio for tests that offers prompts, resources and a template of them beside its one tool.
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, prompts: {}, resources: {} },
    serverInfo: { name: 'shelf', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: [{ name: 'count', description: 'Counts.', inputSchema: { type: 'object' } }] }),
  'prompts/list': () => ({ prompts: [{ name: 'greet' }, { name: 'leave' }] }),
  'resources/list': () => ({ resources: ['one', 'two'].map((name) => ({ uri: `shelf:///${name}`, name })) }),
  'resources/templates/list': () => ({ resourceTemplates: [{ uriTemplate: 'shelf:///by/{author}', name: 'by' }] }),
};

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

function answer({ id, method, params }) {
  if (id === undefined) return;
  const result = answers[method]?.(params ?? {});
  const reply = result ? { result } : { error: { code: -32601, message: 'no such method' } };
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...reply }) + '\n');
}
