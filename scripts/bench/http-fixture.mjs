/**
 * The measured server over HTTP (2025-03-26 and later, JSON answers, no session), for gateways to stand in front of.
 * `/mcp` has the one echo tool; `/many/N` has ten tools of its own; `/hung` takes a request and never answers.
 * `/asked` says how many messages came, `/called` how many of them
 * were calls. Prints its port.
 */
import http from 'node:http';
import { createRequire } from 'node:module';
import { tenTools } from './http-tools.mjs';

const { answer } = createRequire(import.meta.url)('./fixture.cjs');
let asked = 0;
let called = 0;

function reply(url, message) {
  const many = /^\/many\/(\d+)$/.exec(url);
  if (many && message.method === 'tools/list') {
    return { jsonrpc: '2.0', id: message.id, result: { tools: tenTools(many[1]) } };
  }
  return answer(message);
}

const server = http.createServer((request, response) => {
  if (request.url === '/asked') return response.end(String(asked));
  if (request.url === '/called') return response.end(String(called));
  if (request.method !== 'POST') return response.writeHead(405).end();
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    asked++;
    if (request.url === '/hung') return;
    const message = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (message.method === 'tools/call') called++;
    if (message.id === undefined) return response.writeHead(202).end();
    const body = Buffer.from(JSON.stringify(reply(request.url, message)));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
