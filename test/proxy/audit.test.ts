/** What the proxy writes of a call, and that it forwards nothing it has not written. */
import { writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { call, grant, tool, until, World } from './world.js';

let world: World;
let session: Record<string, string>;
let token = '';
let full = false;
/** Lines in the order of what happened: writes and arrivals. */
let order: string[] = [];

beforeEach(async () => {
  full = false;
  order = [];
  world = new World({
    servers: { files: [tool('read', { path: {}, owner: {} })] },
    agents: { bot: [grant('files', ['read'], { set: { owner: 'acme' } })] },
  });
  world.bridge.servers.set('files', {
    tools: [tool('read', { path: {}, owner: {} })],
    behave: (message) => {
      if (message['method'] === 'tools/call') order.push('arrived');
      return false;
    },
  });
  token = world.token('bot');
  await world.start({
    auditWrite: (fd, bytes) => {
      if (full) throw new Error('ENOSPC: no space left on device');
      const text = Buffer.from(bytes).toString();
      if (text.includes('"tools/call"')) order.push('decision');
      if (text.includes('"outcome"')) order.push('outcome');
      return writeSync(fd, bytes);
    },
  });
  session = await world.session(token);
});
afterEach(() => world.stop());

it('the decision is written before anything goes upstream, the outcome after', async () => {
  const answer = await world.post('/mcp', session, call('files__read', { path: '/a' }));
  expect(answer.status).toBe(200);
  await until(() => order.includes('outcome'));
  expect(order).toEqual(['decision', 'arrived', 'outcome']);
  const [decision, outcome] = world.audit().slice(-2);
  expect(decision).toMatchObject({
    type: 'decision',
    project: 'acme',
    agent: 'bot',
    subject: token.slice(4, 14),
    endpoint: '/mcp',
    method: 'tools/call',
    server: 'files',
    generation: 1,
    tool: 'read',
    decision: 'allow',
    rule: 'agents.bot.grants[0]',
    reason: 'granted',
    policy: world.ack()?.digest,
    definition: world.policy.servers['files']?.generations['1']?.tools['read'],
    image: 'sha256:image',
    arguments: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(outcome).toMatchObject({
    type: 'outcome',
    seq: decision?.seq,
    boot: decision?.boot,
    outcome: 'ok',
    error: null,
  });
});

it('what cannot be written is not forwarded, until it can be again', async () => {
  full = true;
  for (let id = 1; id <= 3; id++) {
    const answer = await world.post('/mcp', session, call('files__read', {}, id));
    expect(JSON.parse(answer.body)).toMatchObject({ id, error: { code: -32603 } });
  }
  expect(world.bridge.calls()).toEqual([]);
  expect(world.log).toContainEqual(expect.objectContaining({ event: 'audit_unwritable' }));
  full = false;
  expect((await world.post('/mcp', session, call('files__read'))).body).toContain('"result"');
  expect(world.log).toContainEqual(expect.objectContaining({ event: 'audit_writable' }));
});

it('an outcome that cannot be written stops the next call', async () => {
  let release: (() => void) | null = null;
  world.bridge.servers.get('files')!.behave = (message, run) => {
    if (message['method'] !== 'tools/call' || release) return false;
    release = () => run.reply(message['id'] ?? null, { content: [] });
    return true;
  };
  const first = world.post('/mcp', session, call('files__read'));
  await until(() => release);
  full = true;
  (release as (() => void) | null)?.();
  expect((await first).body).toContain('"result"');
  expect((await world.post('/mcp', session, call('files__read'))).body).toContain('-32603');
  expect(world.bridge.calls()).toHaveLength(1);
  full = false;
  await world.post('/mcp', session, call('files__read'));
  expect(world.audit().filter((line) => line.type === 'outcome')).not.toHaveLength(0);
});

it('a refusal is told even when it cannot be written', async () => {
  full = true;
  expect((await world.post('/mcp', session, call('files__none'))).body).toContain('Unknown tool');
  expect((await world.post('/mcp', {}, call('files__read'))).status).toBe(401);
});

it('neither arguments nor tokens are in it', async () => {
  await world.post('/mcp', session, call('files__read', { path: '/canary-argument' }));
  await until(() => order.includes('outcome'));
  const text = JSON.stringify(world.audit()) + JSON.stringify(world.log);
  for (const canary of ['canary-argument', token, session['mcp-session-id'] ?? '?']) expect(text).not.toContain(canary);
});
