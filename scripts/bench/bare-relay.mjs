/** The least that a proxy in Node can be: node:http in front, an undici pool behind, bytes in between. Prints its port. */
import http from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2], { connections: 16, pipelining: 1 });

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => relay(request.url, Buffer.concat(parts), response));
});

function relay(path, body, response) {
  const parts = [];
  let status = 502;
  const handler = {
    onRequestStart() {},
    onResponseStart(controller, statusCode) {
      status = statusCode;
    },
    onResponseData(controller, part) {
      parts.push(part);
    },
    onResponseEnd() {
      const answer = Buffer.concat(parts);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': answer.length });
      response.end(answer);
    },
    onResponseError(controller, error) {
      response.writeHead(502);
      response.end(error.message);
    },
  };
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  pool.dispatch({ path, method: 'POST', headers, body }, handler);
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
