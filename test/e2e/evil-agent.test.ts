/**
 * The evil agent against the whole path, containers included: whatever it sends, the server's own log of what arrived
 * holds no call of the tool that nobody was granted, no answer names it, and the audit has a line for each.
 * (Every spelling, one by one, is in test/proxy/evil-agent.test.ts.)
 */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectToolcrib } from '../support/cli.js';
import { issueToken, project } from '../support/project.js';
import type { Project } from '../support/project.js';

const DECLARATION = `servers:
  echo: {build: ./echo, env: {LOG_CALLS: "1"}, resources: {memory: 64Mi}}
agents:
  weak:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: [whoami]}]
  strong:
    authenticate: [{token: {}}]
    grants: [{server: echo, tools: [secret]}]
`;

interface Answer {
  status: number;
  body: string;
  session: string | undefined;
}

let it1: Project;
let weak: string;
let expired: string;
let revoked: string;
let session: string;
beforeAll(async () => {
  it1 = await project('evil', DECLARATION);
  await expectToolcrib(it1.dir, ['lock']);
  weak = await issueToken(it1.dir, 'weak');
  expired = await issueToken(it1.dir, 'strong', '--expires', '1s');
  revoked = await issueToken(it1.dir, 'strong');
  await expectToolcrib(it1.dir, ['token', 'revoke', revoked.split('_')[1] ?? '']);
  await expectToolcrib(it1.dir, ['apply', '--auto-approve']);
  session = (await send(initialize('2025-03-26'), bearer(weak))).session ?? '';
});
afterAll(() => it1.end());

const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
const initialize = (protocolVersion: string): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo: { name: 'evil', version: '1' } },
  });
const call = (name: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });

function send(body: string, headers: Record<string, string> = {}, path = '/mcp'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port: it1.port,
        path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: text,
            session: response.headers['mcp-session-id']?.toString(),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

type Attack = [what: string, attack: () => Promise<Answer>];
const inSession = (body: string, more: Record<string, string> = {}, path?: string): Promise<Answer> =>
  send(body, { ...bearer(weak), 'mcp-session-id': session, ...more }, path);

const ATTACKS: Attack[] = [
  ['no token', () => send(call('echo__secret'))],
  ['a made-up token', () => send(call('echo__secret'), bearer(`tcb_${'a'.repeat(10)}_${'b'.repeat(43)}_cccccc`))],
  ['an expired token', () => send(call('echo__secret'), bearer(expired))],
  ['a revoked token', () => send(call('echo__secret'), bearer(revoked))],
  ['another agent’s tool', () => inSession(call('echo__secret'))],
  ['without the prefix', () => inSession(call('secret'))],
  ['upper case', () => inSession(call('echo__SECRET'))],
  ['a look-alike', () => inSession(call('echo__sеcret'))],
  [
    'duplicate keys',
    () =>
      inSession(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo__whoami","name":"echo__secret","arguments":{}}}',
      ),
  ],
  ['hidden in a batch', () => inSession(`[${call('echo__whoami')},${call('echo__secret')}]`)],
  ['a header that says another name', () => inSession(call('echo__secret'), { 'mcp-name': 'echo__whoami' })],
  ['a foreign Host', () => inSession(call('echo__secret'), { host: 'evil.example:7411' })],
  ['a foreign Origin', () => inSession(call('echo__secret'), { origin: 'https://evil.example' })],
];

const audited = async (): Promise<Record<string, unknown>[]> =>
  (await expectToolcrib(it1.dir, ['audit', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the evil agent', () => {
  it('is let in as itself, so that the rest is refused for what it asks', async () => {
    expect(session).toMatch(/^\S{16,}$/);
    expect((await inSession(call('echo__whoami'))).body).toContain('capEff');
  });

  it.each(ATTACKS)('%s: refused, nothing told, a line written', async (_, attack) => {
    const denied = async (): Promise<number> => (await audited()).filter((line) => line.decision === 'deny').length;
    const before = await denied();
    const answer = await attack();
    const allowedPart = answer.body.replace(/\{[^{}]*"id":1,"result":.*?capEff.*?\}\]\}\}/, '');
    expect(allowedPart).not.toMatch(/secret(?!s)/i);
    expect(answer.status === 200 ? allowedPart : String(answer.status)).toMatch(/-32602|^40[013]$/);
    expect(await denied()).toBe(before + 1);
  });

  it('reached the server with nothing but what it was granted', async () => {
    const { stdout } = await expectToolcrib(it1.dir, ['logs', 'echo', '--json', '--tail', '500']);
    expect(stdout).toContain('tools/call');
    expect(stdout).not.toContain('secret');
  });
});
