/** What the roles log: JSON lines with a level, and never a secret, whatever agents and servers do. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatToken } from '../../src/model/token.js';
import { logLevel, roleLog, type LogLevel } from '../../src/proxy/log.js';
import { sessionPeer, type Peer } from '../wire/peers.js';
import { definitionsAt, serveRemote } from './remote.js';
import { call, grant, rpc, tool, until, World } from './world.js';

const ARGUMENT = 'correct-horse-battery-staple';
const ANSWER = 'the-moon-base-is-at-midnight';

function lines(level: LogLevel, ...written: object[]): Record<string, unknown>[] {
  const found: string[] = [];
  const log = roleLog(level, { write: (text) => found.push(text) });
  written.forEach(log);
  return found.map((text) => {
    expect(text.endsWith('}\n') && text.indexOf('\n') === text.length - 1).toBe(true);
    return JSON.parse(text) as Record<string, unknown>;
  });
}

describe('a line', () => {
  it('says when, how bad and what', () => {
    const time = '2026-11-28T12:00:00.000Z';
    expect(lines('info', { time, event: 'policy', detail: '7' }, { event: 'crashed', detail: 'a\nb' })).toEqual([
      { level: 'info', time, event: 'policy', detail: '7' },
      { level: 'fatal', time: expect.stringMatching(/^\d{4}-/) as string, event: 'crashed', detail: 'a\nb' },
    ]);
  });

  it('below the level is not written, except what the log is the only place of', () => {
    const all = [
      { event: 'ready' },
      { event: 'quarantined' },
      { event: 'policy_refused' },
      { event: 'audit_checkpoint' },
      { stderr: 'hello' },
    ];
    const events = (level: LogLevel) => lines(level, ...all).map(({ event = 'stderr' }) => event);
    expect(events('info')).toEqual(['ready', 'quarantined', 'policy_refused', 'audit_checkpoint', 'stderr']);
    expect(events('warn')).toEqual(['quarantined', 'policy_refused', 'audit_checkpoint', 'stderr']);
    expect(events('error')).toEqual(['policy_refused', 'audit_checkpoint', 'stderr']);
    expect([logLevel('warn'), logLevel('loud'), logLevel(undefined)]).toEqual(['warn', 'info', 'info']);
  });

  it('has no token in it, even where somebody wrote one there', () => {
    const token = formatToken(new Uint8Array(8).fill(7), new Uint8Array(32).fill(9));
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJib3QifQ.c2lnbmF0dXJl';
    const [line] = lines('info', { event: 'error', detail: `${token} "Bearer abc.def" ${jwt}`, token });
    expect(line).toMatchObject({ detail: '(redacted) "Bearer (redacted)" (redacted)', token: '(redacted)' });
  });
});

describe('under real traffic', () => {
  const world = new World({
    servers: { clock: [tool('now', { password: {} }), tool('hidden')] },
    agents: { bot: [grant('clock', ['now']), grant('far', ['add'])] },
  });
  const written: string[] = [];
  const secrets: string[] = [ARGUMENT, ANSWER];
  let peer: Peer;
  let token = '';
  // Answers every call with an error that says all that it was sent.
  const parrot = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => response.writeHead(500).end(text));
  });

  beforeAll(async () => {
    peer = await sessionPeer();
    const definitions = await definitionsAt(peer.url);
    serveRemote(world.policy, 'far', peer.url, definitions);
    await new Promise<void>((resolve) => parrot.listen(0, '127.0.0.1', resolve));
    token = world.token('bot');
    const gone = world.token('bot', '2020-01-01T00:00:00.000Z');
    secrets.push(token, gone);
    world.bridge.servers.set('clock', {
      tools: [tool('now', { password: {} }), tool('hidden')],
      behave: (message, run) => {
        if (message['method'] !== 'tools/call') return false;
        const { password } = (message['params'] as { arguments: { password?: string } }).arguments;
        if (password === 'exit') run.exit();
        else if (password === 'garbage') run.send(`${ANSWER} is no JSON\n`);
        else run.reply(message['id'] ?? null, { content: [{ type: 'text', text: ANSWER }] });
        return true;
      },
    });
    await world.start({ log: roleLog('info', { write: (text) => written.push(text) }) });
    const session = await world.session(token);
    const posts = [
      call('clock__now', { password: ARGUMENT }),
      call('clock__hidden', { password: ARGUMENT }),
      call('far__add', { a: ARGUMENT, b: 1 }),
      rpc(`unknown/${ARGUMENT}`, { password: ARGUMENT }),
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"password":"${ARGUMENT}"`,
      call('clock__now', { password: 'garbage' }),
    ];
    for (const body of posts) await world.post('/mcp', session, body);
    for (const authorization of [`Bearer ${gone}`, `Bearer ${token}x`, `Basic ${token}`, `Bearer eyJh.${ARGUMENT}.x`])
      await world.post('/mcp', { authorization }, call('clock__now', { password: ARGUMENT }));
    await world.post(`/mcp?token=${token}`, session, call('clock__now'));
    await world.post('/mcp', session, call('clock__now', { password: 'exit' }));
    const { port } = parrot.address() as AddressInfo;
    serveRemote(world.policy, 'far', `http://127.0.0.1:${port}/mcp`, definitions);
    world.policy.servers['far'] = {
      ...world.policy.servers['far']!,
      generations: { '2': world.policy.servers['far']!.generations['1']! },
      serving: 2,
    };
    world.write();
    await world.ready();
    await world.post('/mcp', session, call('far__add', { a: ARGUMENT, b: 1 }));
    await until(() => written.some((text) => text.includes('far@2') || text.includes('"generation":2')));
  });
  afterAll(async () => {
    await world.stop();
    await peer.close();
    parrot.close();
    parrot.closeAllConnections();
  });

  it('every line is JSON with a level', () => {
    expect(written.length).toBeGreaterThan(5);
    for (const text of written) expect(JSON.parse(text)).toHaveProperty('level');
  });

  it('no token, argument or result stands in any', () => {
    const all = written.join('');
    for (const secret of secrets) expect(all).not.toContain(secret);
  });
});
