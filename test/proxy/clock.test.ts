/**
 * The date jumps, as it does when a machine wakes up or learns the time: what expires at a date follows it, and nothing that
 * lasts for so long is cut short, drawn out or given back.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.js';
import { call, grant, rpc, tool, until, World } from './world.js';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 28, 12);
const RATE = { rate: { calls: 2, milliseconds: HOUR }, concurrent: null, timeoutMs: null, resultBytes: null };

let world: World;
let date = NOON;
let tokens: Record<'bot' | 'soon', string>;

beforeEach(async () => {
  date = NOON;
  world = new World({
    servers: { files: [tool('read'), tool('few'), tool('late')] },
    agents: {
      bot: [
        grant('files', ['read']),
        grant('files', ['few'], { limits: RATE }),
        grant('files', ['late'], { expires: new Date(NOON + HOUR).toISOString() }),
      ],
    },
  });
  tokens = { bot: world.token('bot'), soon: world.token('bot', new Date(NOON + HOUR).toISOString()) };
  await world.start({ now: () => new Date(date) });
});
afterEach(() => world.stop());

/** `ok`, `hidden`, the reason of a refusal, or the HTTP status. */
async function said(session: Record<string, string>, name: string): Promise<string> {
  const { status, body } = await world.post('/mcp', session, call(`files__${name}`));
  if (status !== 200) return String(status);
  const reason = /"reason":"(\w+)"/.exec(body)?.[1];
  return body.includes('"error"') ? 'hidden' : (reason ?? 'ok');
}

describe.each([
  ['forward', 48 * HOUR],
  ['back', -48 * HOUR],
])('%s by two days', (where, by) => {
  it('expires what has a date, and only then', async () => {
    const session = await world.session(tokens.soon);
    expect([await said(session, 'read'), await said(session, 'late')]).toEqual(['ok', 'ok']);
    date += by;
    expect(await said(session, 'read')).toBe(where === 'forward' ? '401' : 'ok');
    const lasting = await world.session(tokens.bot);
    expect(await said(lasting, 'late')).toBe(where === 'forward' ? 'hidden' : 'ok');
    expect((await world.post('/mcp', lasting, rpc('tools/list'))).body.includes('files__late')).toBe(where === 'back');
  });

  it('ends no session, though a day unused ends one', async () => {
    const session = await world.session(tokens.bot);
    date += by;
    expect(await said(session, 'read')).toBe('ok');
  });

  it('gives no call of a limit back, and takes none', async () => {
    const session = await world.session(tokens.bot);
    expect(await said(session, 'few')).toBe('ok');
    date += by;
    expect([await said(session, 'few'), await said(session, 'few')]).toEqual(['ok', 'limit_rate']);
    date -= by;
    expect(await said(session, 'few')).toBe('limit_rate');
  });

  it('in the middle of a call: what is signed for is how long it took', async () => {
    const held: (() => void)[] = [];
    const server = world.bridge.servers.get('files');
    if (server) {
      server.behave = (message, run) => {
        if (message['method'] !== 'tools/call') return false;
        held.push(() => run.reply(message['id'] ?? null, { content: [] }));
        return true;
      };
    }
    const session = await world.session(tokens.bot);
    const running = said(session, 'read');
    await until(() => held.length === 1);
    date += by;
    held[0]?.();
    expect(await running).toBe('ok');
    const outcome = await until(() => world.audit().find((line) => line.type === 'outcome'));
    const took = outcome.type === 'outcome' ? outcome.milliseconds : -1;
    expect(took).toBeGreaterThanOrEqual(0);
    expect(took).toBeLessThan(HOUR);
  });

  it('while its server is away: the call is held until it is back', async () => {
    const session = await world.session(tokens.bot);
    const files = world.bridge.servers.get('files');
    world.bridge.servers.delete('files');
    world.bridge.runs.get('files')?.exit();
    await until(() => world.ack()?.generations['files@1']?.state !== 'ready');
    date += by;
    if (files) world.bridge.servers.set('files', files);
    await until(() => world.ack()?.generations['files@1']?.state === 'ready');
    expect(await said(session, 'read')).toBe('ok');
  });

  it('leaves the audit one chain', async () => {
    const session = await world.session(tokens.bot);
    await said(session, 'read');
    date += by;
    await said(session, 'read');
    await until(() => world.audit().filter((line) => line.type === 'outcome').length === 2);
    await world.proxy.close();
    const text = readFileSync(join(world.dir, 'audit', 'audit.jsonl'), 'utf8');
    expect(verifyAudit([{ name: 'audit.jsonl', text }], { key: null })).toMatchObject({ broken: null, unsigned: 0 });
    await world.startProxy({ now: () => new Date(date) });
  });
});
