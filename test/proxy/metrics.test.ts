/** Metrics: counts that agree with the audit, labels that nobody outside can choose, and no secret anywhere. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { samplesIn } from '../../src/workflow/metrics.js';
import { call, grant, tool, until, World } from './world.js';

let world: World;
let session: Record<string, string>;
let token = '';

beforeEach(async () => {
  world = new World({
    servers: { files: [tool('read'), tool('fail')] },
    agents: { bot: [grant('files', ['read'])] },
  });
  token = world.token('bot');
  await world.start({ admin: { host: '127.0.0.1', port: 0 } });
  session = await world.session(token);
});
afterEach(() => world.stop());

async function metrics(path = '/metrics', method = 'GET'): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${world.proxy.admin?.port}${path}`, { method });
  return { status: answer.status, text: await answer.text() };
}

/** Sum of the samples of a metric whose labels hold all of these. */
function sum(text: string, name: string, ...labels: string[]): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}

it('counts what the audit holds', async () => {
  for (let i = 0; i < 5; i++) await world.post('/mcp', session, call('files__read'));
  for (let i = 0; i < 3; i++) await world.post('/mcp', session, call(`files__made_up_${i}`));
  await world.post('/mcp', { authorization: 'Bearer nobody' }, call('files__read'));
  await until(() => world.audit().filter((line) => line.type === 'outcome').length === 5);
  const { text } = await metrics();
  const decisions = world.decisions();
  expect(sum(text, 'toolcrib_decisions_total')).toBe(decisions.length);
  expect(sum(text, 'toolcrib_decisions_total', 'decision="allow"', 'server="files"')).toBe(5);
  expect(sum(text, 'toolcrib_decisions_total', 'reason="not_granted"')).toBe(3);
  expect(
    sum(
      text,
      'mcp_client_operation_duration_seconds_count',
      'mcp_method_name="tools/call"',
      'server="files"',
      'outcome="ok"',
    ),
  ).toBe(5);
  expect(sum(text, 'toolcrib_audit_lines_total')).toBe(world.audit().length);
  expect(sum(text, 'toolcrib_sessions')).toBe(1);
  expect(sum(text, 'toolcrib_calls_underway')).toBe(0);
  expect(sum(text, 'toolcrib_policy_seq')).toBe(1);
  expect(sum(text, 'toolcrib_audit_unwritable')).toBe(0);
  expect(text).toContain('toolcrib_generation_state{generation="files@1",state="ready"} 1');
});

it('holds nothing that a caller wrote, and serves nothing else', async () => {
  await world.post('/mcp', session, call('files__canary_tool', { path: 'canary_argument' }));
  await world.post('/mcp', session, { jsonrpc: '2.0', id: 1, method: 'canary/method' });
  const { text } = await metrics();
  expect(text).not.toContain('canary');
  expect(text).not.toContain(token);
  expect((await metrics('/')).status).toBe(404);
  expect((await metrics('/mcp', 'POST')).status).toBe(404);
  expect((await metrics('/metrics', 'POST')).status).toBe(405);
  expect((await world.http('GET', '/metrics', session)).status).toBe(404);
});

it('no token, argument or result is in the log or the audit', async () => {
  world.bridge.servers.set('files', {
    tools: [tool('read'), tool('fail')],
    behave: (message, run) => {
      if (message['method'] !== 'tools/call') return false;
      run.reply(message['id'] ?? null, { content: [{ type: 'text', text: 'canary_result' }] });
      return true;
    },
  });
  await world.post('/mcp', session, call('files__read', { path: 'canary_argument' }));
  await world.post('/mcp', { authorization: `Bearer ${token}x` }, call('files__read'));
  await world.http('POST', '/mcp?token=canary_query', { authorization: 'Bearer canary_header' }, '{');
  const kept = JSON.stringify([world.log, world.audit()]);
  for (const secret of [token.slice(15), 'canary']) expect(kept).not.toContain(secret);
});

it('are in a file beside the audit as well, whether or not they are served, written anew when something has changed', async () => {
  await world.stop();
  world = new World({ servers: { files: [tool('read')] }, agents: { bot: [grant('files', ['read'])] } });
  token = world.token('bot');
  await world.start({ itself: () => ({ residentBytes: 7e7, cpuSeconds: 1.5 }) });
  const file = join(world.dir, 'audit/metrics.prom');
  await until(() => existsSync(file));
  session = await world.session(token);
  for (let i = 0; i < 5; i++) await world.post('/mcp', session, call('files__read'));
  await world.proxy.close();
  const text = readFileSync(file, 'utf8');
  expect(sum(text, 'toolcrib_decisions_total', 'decision="allow"', 'server="files"')).toBe(5);
  expect(sum(text, 'process_resident_memory_bytes')).toBe(7e7);
  expect(sum(text, 'process_cpu_seconds_total')).toBe(1.5);
  expect(existsSync(`${file}.new`)).toBe(false);
  const read = samplesIn(text);
  expect(read).toContainEqual({ name: 'toolcrib_audit_lines_total', labels: { type: 'outcome' }, value: 5 });
  expect(read.length).toBe(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length);
});

it('is read as it was written: labels with quotes, and what is no number', () => {
  expect(samplesIn('a_total{x="say \\"hi\\"",y="a,b}"} 3\n# TYPE b gauge\nb NaN\n')).toEqual([
    { name: 'a_total', labels: { x: 'say "hi"', y: 'a,b}' }, value: 3 },
    { name: 'b', labels: {}, value: null },
  ]);
});
