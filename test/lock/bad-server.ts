/** Scripts for `node -e`: one MCP server that behaves, and several that do not. */

const BEHAVED = `
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
let rest = '';
const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'small', version: '1' } }),
  'tools/list': () => ({ tools: TOOLS() }),
};
process.stdin.on('data', (chunk) => {
  rest += chunk;
  for (let at; (at = rest.indexOf('\\n')) >= 0; rest = rest.slice(at + 1)) {
    const { id, method, params } = JSON.parse(rest.slice(0, at));
    if (id !== undefined) say({ id, result: answers[method](params) });
  }
}).on('end', () => process.exit(0));
`;

/** @param tools JavaScript that gives the list of tools. */
export function smallServer(tools: string): string {
  return `const TOOLS = () => (${tools});\n${BEHAVED}`;
}

/** Says `count` lines on stderr first. */
export function complaining(count: number, then: string): string {
  return `for (let n = 1; n <= ${count}; n += 1) console.error('complaint ' + n);\n${then}`;
}

export const SILENT = 'process.stdin.resume();';
export const EXITS = 'process.exitCode = 3;';
export const BANNER = `console.log('Server \\u001b[32mready\\u001b[0m on stdio'); setInterval(() => {}, 1000);`;
export const ENDLESS_LINE = `
const piece = 'x'.repeat(1 << 20);
(async () => { for (let n = 0; n < 10; n += 1) await new Promise((done) => process.stdout.write(piece, done)); })();
setInterval(() => {}, 1000);
`;
export const GREEDY = `const kept = []; for (;;) kept.push(Buffer.alloc(1 << 22, kept.length + 1));`;
