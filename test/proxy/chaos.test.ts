/** What goes wrong outside of the proxy, and what is expected of it then: one line an accident. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.js';
import { rotatedFiles } from '../../src/audit/rotate.js';
import type { JsonObject } from '../../src/model/definitions.js';
import type { ProxyOptions } from '../../src/proxy/proxy.js';
import type { Run } from './fake-bridge.js';
import { call, grant, tool, until, World } from './world.js';

const MIB = 1024 * 1024;

let world: World;
let session: Record<string, string>;

beforeEach(() => {
  world = new World({
    servers: { bad: [tool('one')], good: [tool('fine')] },
    agents: { bot: [grant('bad', ['one']), grant('good', ['fine'])] },
  });
});
afterEach(() => world.stop());

async function begin(more: Partial<ProxyOptions> = {}): Promise<void> {
  const token = world.token('bot');
  await world.start(more);
  session = await world.session(token);
}

function misbehave(how: (message: JsonObject, run: Run) => void): void {
  const server = world.bridge.servers.get('bad');
  if (!server) throw new Error('no server');
  server.behave = (message, run) => {
    if (message['method'] !== 'tools/call') return false;
    how(message, run);
    return true;
  };
}

/** `ok`, or why not. */
async function said(name: string): Promise<string> {
  const { body } = await world.post('/mcp', session, call(name));
  return /"reason":"(\w+)"/.exec(body)?.[1] ?? /"code":(-\d+)/.exec(body)?.[1] ?? 'ok';
}

describe('a server over stdio', () => {
  it('writes a gigabyte on one line: cut off after 8 MiB, started again, and no memory is lost to it', async () => {
    await begin();
    const piece = Buffer.alloc(MIB, 0x78);
    let written = 0;
    misbehave((_message, run) => {
      void (async () => {
        while (written < 1024 && (await run.flow(piece))) written++;
      })();
    });
    let most = 0;
    const before = process.memoryUsage().rss;
    const watching = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - before)), 5);
    const bad = said('bad__one');
    await until(() => written > 0);
    expect(await said('good__fine')).toBe('ok');
    expect(await bad).toBe('server_bad_output');
    clearInterval(watching);
    // What lies in the sockets between, and not much more than the line may have.
    expect(written).toBeLessThan(32);
    expect(most).toBeLessThan(128 * MIB);
    await until(() => world.ack()?.generations['bad@1']?.restarts === 1);
  });

  it('drips for ever and never ends a line: its caller waits for the deadline, and nobody else', async () => {
    await begin({ callBounds: { milliseconds: 300, most: 4 } });
    const timers: NodeJS.Timeout[] = [];
    misbehave((_message, run) => timers.push(setInterval(() => run.send('x'), 5)));
    const [bad, good] = await Promise.all([said('bad__one'), said('good__fine')]);
    expect([bad, good]).toEqual(['timeout', 'ok']);
    for (const timer of timers) clearInterval(timer);
  });

  it('is killed in the middle of an answer: the half is nobody’s answer, and the call is not sent again', async () => {
    await begin();
    misbehave((message, run) => {
      run.send(`{"jsonrpc":"2.0","id":${JSON.stringify(message['id'])},"result":{"content":[{"type":"text","te`);
      run.exit();
    });
    expect(await said('bad__one')).toBe('server_exited');
    await until(() => world.ack()?.generations['bad@1']?.restarts === 1);
    expect(world.bridge.calls().filter(({ server }) => server === 'bad')).toHaveLength(1);
    expect(await said('good__fine')).toBe('ok');
  });

  it('answers every call twice, and a call that was given up once more: each caller has one answer, its own', async () => {
    await begin({ callBounds: { milliseconds: 20_000, most: 64 } });
    misbehave((message, run) => {
      const id = Number(message['id']);
      const { arguments: args } = message['params'] as JsonObject;
      const text = JSON.stringify(args);
      for (const each of [id, id, id - 1]) run.reply(each, { content: [{ type: 'text', text }] });
    });
    const asked = Array.from({ length: 50 }, (_, i) => i);
    const bodies = await Promise.all(
      asked.map(async (i) => (await world.post('/mcp', session, call('bad__one', { i }, i))).body),
    );
    expect(bodies.map((body) => JSON.parse(body) as JsonObject)).toEqual(
      asked.map((i) => ({ jsonrpc: '2.0', id: i, result: { content: [{ type: 'text', text: `{"i":${i}}` }] } })),
    );
  });
});

describe('the disk under the audit', () => {
  let disk: string;
  beforeEach(() => {
    disk = join(world.dir, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'toolcrib-test', disk]);
  });
  afterEach(() => {
    execFileSync('umount', ['--lazy', disk]);
  });

  it('is full: every call is refused and none is forwarded; with room again all goes on, in one chain', async () => {
    await begin({ auditDir: disk });
    expect(await said('good__fine')).toBe('ok');
    const filler = join(disk, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(MIB));
    } catch {
      // as much of it as there was room for
    }
    const arrived = (): number => world.bridge.calls().length;
    // What is left of the last block takes a few lines more.
    await until(async () => (await said('good__fine')) === '-32603');
    const before = arrived();
    for (let i = 0; i < 5; i++) expect(await said('good__fine')).toBe('-32603');
    expect(arrived()).toBe(before);
    expect(world.log).toContainEqual(expect.objectContaining({ event: 'audit_unwritable' }));

    rmSync(filler);
    expect(await said('good__fine')).toBe('ok');
    expect(arrived()).toBe(before + 1);
    expect(world.log).toContainEqual(expect.objectContaining({ event: 'audit_writable' }));
    await world.proxy.close();
    const names = readdirSync(disk).filter((name) => name.startsWith('audit'));
    const files = [...rotatedFiles(names), 'audit.jsonl'].map((name) => ({
      name,
      text: readFileSync(join(disk, name), 'utf8'),
    }));
    expect(verifyAudit(files, { key: null })).toMatchObject({ broken: null, torn: false, unsigned: 0 });
    await world.startProxy({ auditDir: disk });
  });
});
