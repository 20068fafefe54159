/** Inspects among others, where something in between has lost count of the answers. */
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WholeAnswer } from '../../src/docker/answer-reader.js';
import { createApi, findInStep } from '../../src/docker/api.js';
import { createDialer } from '../../src/docker/dial.js';
import type { Endpoint } from '../../src/docker/endpoint.js';
import type { Dialer } from '../../src/docker/dial.js';

const ID = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

const answer = (status: number, body: object): WholeAnswer => ({
  status,
  head: '',
  body: Buffer.from(JSON.stringify(body)),
  keep: true,
  closes: false,
  rest: Buffer.alloc(0),
});

const endpoint = (path: string): Extract<Endpoint, { type: 'unix' }> => ({
  type: 'unix',
  path,
  url: `unix://${path}`,
  from: 'DOCKER_HOST',
});

/** @returns the id found, and how often the engine was asked for it by itself. */
async function found(asked: string, inStep: WholeAnswer, alone: WholeAnswer): Promise<[string | null, number]> {
  let times = 0;
  const dialer: Dialer = {
    endpoint: endpoint('/none'),
    reads: { get: () => Promise.resolve(((times += 1), alone)) },
    pipeline: { get: () => Promise.resolve(inStep) },
    open: () => {
      throw new Error('not a plain read');
    },
  };
  const call = { method: 'GET' as const, path: `/containers/${asked}/json` };
  const told = await findInStep<{ Id: string }>(createApi(dialer, '1.41'), asked, call);
  return [told?.Id ?? null, times];
}

const right = answer(200, { Id: ID, Name: '/acme', RepoTags: ['acme:1'] });

test.each([
  ['another’s 404', ID, answer(404, { message: `No such container: ${OTHER}` })],
  ['another’s error', ID, answer(500, { message: `${OTHER} is broken` })],
  ['another', ID, answer(200, { Id: OTHER, Name: '/other' })],
  ['another container under a name', 'acme', answer(200, { Id: OTHER, Name: '/other' })],
  ['another image under a tag', 'acme:1', answer(200, { Id: OTHER, RepoTags: ['acme:2'] })],
])('%s is not believed', async (_, asked, inStep) => {
  expect(await found(asked, inStep, right)).toEqual([ID, 1]);
});

test.each([ID, 'acme', 'acme:1'])('%s is asked for once', async (asked) => {
  expect(await found(asked, right, answer(500, {}))).toEqual([ID, 0]);
});

test('what is not there is not there when asked for by itself either', async () => {
  const gone = answer(404, { message: `No such container: ${ID}` });
  expect(await found(ID, gone, gone)).toEqual([null, 1]);
});

test('something between that hears only one question a read: each is answered all the same', async () => {
  const path = join(tmpdir(), `in-step-${randomUUID().slice(0, 8)}.sock`);
  const server = net.createServer((socket) =>
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        const body = JSON.stringify({ Id: chunk.toString().split('/')[3] });
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      }),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const api = createApi(await createDialer(endpoint(path), {}), '1.41');
  const ids = Array.from({ length: 100 }, (_, index) => `${index}`.padStart(64, '0'));
  const told = await Promise.all(
    ids.map((id) => findInStep<{ Id: string }>(api, id, { method: 'GET', path: `/containers/${id}/json` })),
  );
  server.close();
  expect(told.map((each) => each?.Id)).toEqual(ids);
});
