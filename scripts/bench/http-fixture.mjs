/** The same server over HTTP, for the bare relay to stand in front of. Prints its port. */
import http from 'node:http';
import { createRequire } from 'node:module';

const { answer } = createRequire(import.meta.url)('./fixture.cjs');

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.from(JSON.stringify(answer(JSON.parse(Buffer.concat(parts).toString('utf8')))));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
