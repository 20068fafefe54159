/** SIGTERM to the proxy's own process: nothing new is taken, what is under way is answered, streams end, and it exits with 0. */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, grant, tool, until, World } from './world.js';

const ROLE = fileURLToPath(new URL('../../dist/role.js', import.meta.url));

let world: World;
let session: Record<string, string>;
let token: string;
/** Calls that the server has, to be answered by the test. */
let held: (() => void)[];

beforeEach(async () => {
  held = [];
  world = new World({
    servers: { files: [tool('slow'), tool('quick')] },
    agents: { bot: [grant('files', ['slow', 'quick'])] },
  });
  const server = world.bridge.servers.get('files');
  if (!server) throw new Error('no server');
  server.behave = (message, run) => {
    const params = message['params'] as { name?: string } | undefined;
    if (params?.name !== 'slow') return false;
    held.push(() => run.reply(message['id'] ?? null, { content: [{ type: 'text', text: 'done' }] }));
    return true;
  };
  token = world.token('bot');
});
afterEach(() => world.stop());

interface Process {
  child: ChildProcess;
  ended: Promise<number | null>;
}

/** The role as it runs in its container, on the world's folders. */
async function role(): Promise<Process> {
  await world.bridge.listen(join(world.dir, 'bridge.sock'));
  world.write();
  const { name, id } = world.policy.project;
  const child = spawn(process.execPath, [ROLE, 'proxy'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      TOOLCRIB_PROJECT: name,
      TOOLCRIB_PROJECT_ID: id,
      TOOLCRIB_POLICY: join(world.dir, 'policy'),
      TOOLCRIB_ACK: join(world.dir, 'ack'),
      TOOLCRIB_AUDIT: join(world.dir, 'audit'),
      TOOLCRIB_RUN: world.dir,
      TOOLCRIB_LISTEN_HOST: '127.0.0.1',
      TOOLCRIB_LISTEN_PORT: '0',
    },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const port = await new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { event, detail } = JSON.parse(line) as { event: string; detail: string };
      if (event === 'listening') resolve(Number(detail.split(':').at(-1)));
    });
  });
  const enforces = () => ({ seq: 0, digest: '', certificate: false, refused: null });
  world.proxy = {
    address: { host: '127.0.0.1', port },
    admin: null,
    enforces,
    close: () => ended.then(() => undefined),
  };
  await world.ready();
  session = await world.session(token);
  return { child, ended };
}

/** A bare connection, and all that came on it. */
function wire(): { socket: Socket; heard: () => string; closed: Promise<boolean> } {
  let text = '';
  const socket = connect(world.proxy.address.port, '127.0.0.1');
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = new Promise<boolean>((resolve) => socket.on('close', resolve));
  return { socket, heard: () => text, closed };
}

function request(method: string, body: object | null, accept = 'application/json'): string {
  const text = body === null ? '' : JSON.stringify(body);
  const headers = {
    ...session,
    host: `127.0.0.1:${world.proxy.address.port}`,
    accept,
    'content-type': 'application/json',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} /mcp HTTP/1.1\r\n${lines.join('')}content-length: ${text.length}\r\n\r\n${text}`;
}

/** Nobody is let in any more. */
async function shut(): Promise<void> {
  await until(async () => {
    const { socket, closed } = wire();
    const refused = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(false));
      void closed.then(() => resolve(true));
    });
    socket.destroy();
    return refused;
  });
}

it('answers the calls that it has, ends its streams, refuses new ones so that they are tried again, and exits with 0', async () => {
  const { child, ended } = await role();
  const stream = wire();
  stream.socket.write(request('GET', null, 'text/event-stream'));
  await until(() => stream.heard().includes('text/event-stream'));
  const busy = wire();
  busy.socket.write(request('POST', call('files__slow', {}, 1)));
  const behind = wire();
  behind.socket.write(request('POST', call('files__slow', {}, 2)));
  const idle = wire();
  idle.socket.write(request('POST', call('files__quick', {}, 3)));
  await until(() => held.length === 2 && idle.heard().includes('quick'));

  child.kill('SIGTERM');
  child.kill('SIGTERM'); // a second one changes nothing
  await shut();
  // Connections that had something under way stay for it; what else comes on them is new.
  behind.socket.write(request('POST', call('files__quick', {}, 4)));
  await Promise.all([stream.closed, idle.closed]);
  expect(stream.heard()).toMatch(/\r\n0\r\n\r\n$/); // ended as a stream ends, not cut
  for (const answer of held) answer();
  await Promise.all([busy.closed, behind.closed]);
  expect(busy.heard()).toContain('"text":"done"');
  expect(busy.heard()).toMatch(/connection: close/i);
  expect(behind.heard()).toContain('"text":"done"');
  expect(await ended).toBe(0);
  // What came too late went nowhere, so it may be sent again.
  expect(world.bridge.calls().map(({ name }) => name)).toEqual(['slow', 'slow', 'quick']);
  expect(world.audit().filter((line) => line.type === 'outcome')).toHaveLength(3);
});

describe('within one process', () => {
  it('what has no answer within the grace is told that it may have been carried out, and signed for', async () => {
    await world.start({ graceMilliseconds: 100 });
    session = await world.session(token);
    const answer = world.post('/mcp', session, call('files__slow'));
    await until(() => held.length === 1);
    await world.proxy.close();
    const { status, body, headers } = await answer;
    expect(status).toBe(200);
    expect(headers['connection']).toBe('close');
    expect(body).toContain('"reason":"cut_off"');
    expect(body).toContain('it may have been carried out');
    expect(world.audit().at(-1)).toMatchObject({ type: 'outcome', outcome: 'error', error: 'cut_off' });
    await world.startProxy();
  });

  it('what comes while it stops is answered 503 with a time to come back', async () => {
    await world.start();
    session = await world.session(token);
    const both = wire();
    both.socket.write(request('POST', call('files__slow', {}, 1)));
    await until(() => held.length === 1);
    const stopping = world.proxy.close();
    both.socket.write(request('POST', call('files__quick', {}, 2)));
    both.socket.write(request('POST', call('files__quick', {}, 3)));
    // They stand behind the one that is under way, and are answered behind it.
    await until(() => both.socket.bytesWritten > 0 && both.socket.writableLength === 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    held[0]?.();
    await Promise.all([both.closed, stopping]);
    const [first, second] = both.heard().split(/(?=HTTP\/1\.1 \d)/);
    expect(first).toContain('"text":"done"');
    expect(second).toMatch(/^HTTP\/1\.1 503 /);
    expect(second).toMatch(/retry-after: 1/i);
    expect(world.bridge.calls().map(({ name }) => name)).toEqual(['slow']);
    await world.startProxy();
  });
});
