/** An agent that sends more than the proxy can hold: it is refused, the others are served, and so is it afterwards. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grant, rpc, tool, until, World } from './world.js';

const world = new World({
  servers: { files: [tool('read')] },
  agents: { bot: [grant('files', ['read'])], other: [grant('files', ['read'])] },
});
const tokens = { bot: '', other: '' };
let session: Record<string, string> = {};

beforeAll(async () => {
  tokens.bot = world.token('bot');
  tokens.other = world.token('other');
  await world.start();
  session = await world.session(tokens.bot);
});
afterAll(() => world.stop());

describe('with more than the proxy can hold', () => {
  it.each([
    ['many large bodies', 8, `300000\r\n${'x'.repeat(0x300000)}\r\n`],
    ['a body in pieces of one byte', 1, '1\r\nx\r\n'.repeat(100_000)],
  ])('%s is refused; others are served meanwhile, and it is served again after', async (_name, count, bytes) => {
    const before = world.decisions().length;
    const other = await world.session(tokens.other);
    const { port } = world.proxy.address;
    const head = ['POST /mcp HTTP/1.1', `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${tokens.bot}`];
    const unended = [...head, 'Content-Type: application/json', 'Transfer-Encoding: chunked', '', bytes].join('\r\n');
    const sockets = Array.from({ length: count }, () => {
      const socket = connect(port, '127.0.0.1', () => socket.write(unended));
      return socket.on('error', () => undefined);
    });
    await until(() =>
      world
        .decisions()
        .slice(before)
        .some((line) => line.reason === 'too_many_requests'),
    );
    expect((await world.post('/mcp', other, rpc('tools/list'))).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    const large = rpc('ping', { _meta: { large: 'x'.repeat(3 << 20) } });
    let status = 429;
    while (status === 429) ({ status } = await world.post('/mcp', session, large));
    expect(status).toBe(200);
    expect(world.bridge.calls()).toEqual([]);
  });
});
