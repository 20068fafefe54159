/** `connect --stdio` beside an endpoint that does not keep its word: each request of the client's has its answer all the same. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { connectStdio } from '../../src/wire/stdio-endpoint.js';

/** What is written to the client in answer to a line of its own. */
async function answersTo(line: object, answer: (response: ServerResponse) => void): Promise<Record<string, unknown>[]> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === 'POST') answer(response);
    else response.writeHead(405).end();
  });
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const written: Record<string, unknown>[] = [];
  const input = (async function* () {
    yield Buffer.from(`${JSON.stringify(line)}\n`);
  })();
  await connectStdio(input, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    token: 'a',
    write: (text) => written.push(JSON.parse(text) as Record<string, unknown>),
    complain: () => undefined,
  });
  const open = (): Promise<number> => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  // Whoever has ended holds no connection, however long this server would keep it.
  while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => server.close(resolve));
  return written;
}

const EVENTS = { 'content-type': 'text/event-stream' };
const REQUEST = { jsonrpc: '2.0', id: 'seven', method: 'tools/call', params: { name: 'read' } };
const said = (message: object): string => `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;

it('one whose stream ends before its answer is told so, behind what was said', async () => {
  const progress = { method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };
  const written = await answersTo(REQUEST, (response) => {
    response.writeHead(200, EVENTS);
    response.end(said(progress) + said({ id: 7, result: {} }) + said({ id: 'seven', method: 'roots/list' }));
  });
  expect(written.map(({ method, id }) => method ?? id)).toEqual(['notifications/progress', 7, 'roots/list', 'seven']);
  expect(written.at(-1)).toMatchObject({ id: 'seven', error: { code: -32603 } });
});

it('one whose stream ends with its answer has that alone', async () => {
  const written = await answersTo(REQUEST, (response) => {
    response.writeHead(200, EVENTS).end(said({ id: 'seven', result: { content: [] } }));
  });
  expect(written).toEqual([{ jsonrpc: '2.0', id: 'seven', result: { content: [] } }]);
});

it('one that is taken for no request is told so', async () => {
  const written = await answersTo(REQUEST, (response) => response.writeHead(202).end());
  expect(written).toMatchObject([{ id: 'seven', error: { code: -32603 } }]);
});

it('what is no request has no answer', async () => {
  const answer = (response: ServerResponse): void => void response.writeHead(202).end();
  expect(await answersTo({ jsonrpc: '2.0', method: 'notifications/cancelled' }, answer)).toEqual([]);
  expect(await answersTo({ jsonrpc: '2.0', id: 1, result: {} }, answer)).toEqual([]);
});
