/** The audit log: written before, whole or not at all, and readable after any crash. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog, AuditUnwritable, printable, type DecisionEntry } from '../../src/audit/append.js';
import { openArgumentMac } from '../../src/audit/argument-mac.js';
import { filterAudit, parseAudit, renderAudit } from '../../src/audit/read.js';
import { openSigner } from '../../src/audit/signer.js';
import { rotatedFiles } from '../../src/audit/rotate.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'toolcrib-audit-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const file = (): string => readFileSync(join(dir, 'audit.jsonl'), 'utf8');
const now = (): Date => new Date('2026-05-01T10:00:00.123Z');
const open = (more: Partial<ConstructorParameters<typeof AuditLog>[0]> = {}): AuditLog =>
  new AuditLog({ dir, project: 'acme', boot: 'b1', now, signer: openSigner(dir, 'toolcrib/acme/id'), ...more });
/** Without checkpoints. */
const written = (): string[] =>
  file()
    .split('\n')
    .filter((line) => line !== '' && !line.includes('"type":"checkpoint"'));

function entry(more: Partial<DecisionEntry> = {}): DecisionEntry {
  return {
    agent: 'bot',
    subject: 'abcdefghij',
    endpoint: '/mcp',
    method: 'tools/call',
    server: 'files',
    generation: 1,
    tool: 'read',
    decision: 'allow',
    rule: 'agents.bot.grants[0]',
    reason: 'granted',
    policy: 'p',
    definition: null,
    image: null,
    arguments: null,
    ...more,
  };
}

describe('writing', () => {
  it('resolves when the line is in the file, and not before', async () => {
    const log = open();
    const deciding = log.decide(entry());
    expect(written()).toEqual([]);
    const seq = await deciding;
    expect(parseAudit(file()).lines).toMatchObject([
      { type: 'decision', seq, boot: 'b1', project: 'acme', time: now().toISOString() },
    ]);
    log.close();
  });

  it('gathers the lines of one tick into one write', async () => {
    let writes = 0;
    const log = open({ write: (fd, bytes) => (writes++, writeSync(fd, bytes)) });
    writes = 0;
    await Promise.all([log.decide(entry()), log.decide(entry()), log.decide(entry())]);
    expect(writes).toBe(1);
    expect(parseAudit(file()).lines.map((line) => line.seq)).toEqual([1, 2, 3]);
    log.close();
  });

  it('writes on after a short write', async () => {
    const log = open({ write: (fd, bytes) => writeSync(fd, bytes.subarray(0, 7)) });
    await log.decide(entry());
    expect(parseAudit(file())).toMatchObject({ torn: 0, lines: [{ seq: 1 }] });
    log.close();
  });

  it('refuses the decision when nothing can be written, and leaves no half of it', async () => {
    let full = true;
    const troubles: (string | null)[] = [];
    const log = open({
      onTrouble: (problem) => troubles.push(problem),
      write: (fd, bytes) => {
        if (!full) return writeSync(fd, bytes);
        if (bytes.length > 100) return writeSync(fd, bytes.subarray(0, 50));
        throw new Error('ENOSPC');
      },
    });
    await expect(log.decide(entry())).rejects.toThrow(AuditUnwritable);
    expect(file()).toBe('');
    expect(troubles).toEqual(['ENOSPC']);
    full = false;
    await log.decide(entry());
    expect(parseAudit(file())).toMatchObject({ torn: 0, lines: [{ seq: 2 }] });
    expect(troubles).toEqual(['ENOSPC', null]);
    log.close();
  });

  it('an outcome that cannot be written stops later calls until one write succeeds', async () => {
    let full = false;
    const log = open({
      write: (fd, bytes) => {
        if (full) throw new Error('EIO');
        return writeSync(fd, bytes);
      },
    });
    const seq = await log.decide(entry());
    full = true;
    log.outcome({ method: 'tools/call', server: 'files', seq, outcome: 'ok', milliseconds: 3, bytes: 10, error: null });
    await expect(log.decide(entry())).rejects.toThrow('EIO');
    full = false;
    await log.decide(entry());
    expect(parseAudit(file()).lines.map((line) => [line.type, line.seq])).toEqual([
      ['decision', 1],
      ['outcome', 1],
      ['decision', 3],
    ]);
    log.close();
  });

  it('bounds and escapes what an agent can choose', async () => {
    const log = open();
    const nasty = `\u202e\u0000"\n{"type":"decision"}${'x'.repeat(1000)}`;
    await log.decide(entry({ tool: nasty, method: nasty }));
    expect(written()).toHaveLength(1);
    expect(written()[0]).toMatch(/^[\x20-\x7e…]+$/);
    expect(written()[0]?.length).toBeLessThan(1500);
    expect(printable('emaіl')).toBe('ema\\u{456}l');
    log.close();
  });
});

describe('opening', () => {
  it('cuts off a line that a crash tore, and says so', async () => {
    const before = open({ boot: 'a' });
    await before.decide(entry());
    before.close();
    appendFileSync(join(dir, 'audit.jsonl'), '{"n":4,"prev":');
    const log = open();
    await log.decide(entry());
    log.close();
    expect(parseAudit(file())).toMatchObject({ torn: 0, lines: [{ boot: 'a' }, { boot: 'b1' }] });
    expect(file()).toContain('"torn":{"bytes":14,');
  });

  it('goes on in the file that is there', async () => {
    for (const boot of ['a', 'b']) {
      const log = open({ boot });
      await log.decide(entry());
      log.close();
    }
    expect(parseAudit(file()).lines.map((line) => line.boot)).toEqual(['a', 'b']);
  });
});

it('rotates by size and keeps so many', async () => {
  const log = open({ maxBytes: 1500, keep: 3 });
  for (let i = 0; i < 20; i++) await log.decide(entry());
  log.close();
  const aside = rotatedFiles(readdirSync(dir));
  expect(aside).toHaveLength(3);
  const last = [...aside, 'audit.jsonl'].flatMap((name) => parseAudit(readFileSync(join(dir, name), 'utf8')).lines);
  expect(last.at(-1)).toMatchObject({ seq: 20 });
  expect(last.map((line) => line.seq)).toEqual(last.map((_, i) => 20 - last.length + 1 + i));
});

it('knows equal arguments by one key that outlives a restart', () => {
  const first = openArgumentMac(dir)(Buffer.from('{}'));
  expect(openArgumentMac(dir)(Buffer.from('{}'))).toBe(first);
  expect(openArgumentMac(dir)(Buffer.from('{ }'))).not.toBe(first);
  writeFileSync(join(dir, 'hmac.key'), 'short');
  expect(openArgumentMac(dir)(Buffer.from('{}'))).not.toBe(first);
});

describe('reading', () => {
  it('filters decisions with their outcomes, and renders one line each', async () => {
    const log = open();
    const seq = await log.decide(entry());
    log.outcome({
      method: 'tools/call',
      server: 'files',
      seq,
      outcome: 'tool_error',
      milliseconds: 4,
      bytes: 2,
      error: null,
    });
    await log.decide(
      entry({ agent: 'other', decision: 'deny', reason: 'not_granted', server: null, tool: 'x', rule: 'default' }),
    );
    await log.decide(
      entry({
        agent: null,
        decision: 'deny',
        reason: 'unauthenticated',
        server: null,
        tool: null,
        count: 9,
        rule: 'default',
      }),
    );
    log.close();
    appendFileSync(join(dir, 'audit.jsonl'), 'no audit line\n');
    const { lines, torn } = parseAudit(file());
    expect(torn).toBe(1);
    expect(filterAudit(lines, { agent: 'bot' }).map((line) => line.type)).toEqual(['decision', 'outcome']);
    expect(filterAudit(lines, { decision: 'deny' })).toHaveLength(2);
    expect(filterAudit(lines, { server: 'files', tool: 'read' })).toHaveLength(2);
    expect(filterAudit(lines, { since: new Date('2026-05-01T10:00:01Z') })).toEqual([]);
    expect(renderAudit(lines)).toBe(
      [
        '2026-05-01T10:00:00.123Z  allow  bot  files:read  agents.bot.grants[0]  granted  tool_error 4 ms',
        '2026-05-01T10:00:00.123Z  deny   other  x  default  not_granted',
        '2026-05-01T10:00:00.123Z  deny   unauthenticated  tools/call  default  unauthenticated (9 times)',
        '',
      ].join('\n'),
    );
  });

  it('tells what is about a task, and how that stood', async () => {
    const log = open();
    const made = await log.decide(entry());
    const ended = { outcome: 'ok' as const, milliseconds: 4, bytes: 1, error: null, server: 'files' };
    log.outcome({ ...ended, seq: made, method: 'tools/call', record: { task: 7, status: 'working' } });
    const asked = await log.decide(entry({ method: 'tasks/result', task: 7 }));
    log.outcome({ ...ended, seq: asked, method: 'tasks/result', record: { task: 7, status: 'failed' } });
    const plain = await log.decide(entry());
    log.outcome({ ...ended, seq: plain, method: 'tools/call', record: null });
    log.close();
    const { lines } = parseAudit(file());
    expect(renderAudit(lines)).toBe(
      [
        '2026-05-01T10:00:00.123Z  allow  bot  files:read  agents.bot.grants[0]  granted  ok 4 ms (task 7 working)',
        '2026-05-01T10:00:00.123Z  allow  bot  files:read (tasks/result of task 7)  agents.bot.grants[0]  granted  ok 4 ms (task 7 failed)',
        '2026-05-01T10:00:00.123Z  allow  bot  files:read  agents.bot.grants[0]  granted  ok 4 ms',
        '',
      ].join('\n'),
    );
  });
});
