/** The chain: whole over files, starts and crashes, and broken by every change of what stands in it. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog, type AuditOptions, type DecisionEntry } from '../../src/audit/append.js';
import { openSigner, type Signer } from '../../src/audit/signer.js';
import { rotatedFiles } from '../../src/audit/rotate.js';
import { verifyAudit, type AuditFile, type Verdict } from '../../src/audit/verify.js';

let dir = '';
let signer: Signer;
let notes: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'toolcrib-audit-'));
  mkdirSync(join(dir, 'keys'));
  signer = openSigner(join(dir, 'keys'), 'toolcrib/acme/id');
  notes = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

const ENTRY: DecisionEntry = {
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
};

const open = (more: Partial<AuditOptions> = {}): AuditLog =>
  new AuditLog({
    dir,
    project: 'acme',
    boot: 'b',
    now: () => new Date(),
    signer,
    onCheckpoint: (note) => notes.push(note),
    ...more,
  });

async function write(log: AuditLog, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) {
    const seq = await log.decide(ENTRY);
    log.outcome({ method: 'tools/call', server: 'files', seq, outcome: 'ok', milliseconds: 1, bytes: 2, error: null });
  }
}

function files(of = dir): AuditFile[] {
  const names = readdirSync(of);
  return [...rotatedFiles(names), ...names.filter((name) => name === 'audit.jsonl')].map((name) => ({
    name,
    text: readFileSync(join(of, name), 'utf8'),
  }));
}
const verify = (of: readonly AuditFile[] = files(), checkpoints: string[] = []): Verdict =>
  verifyAudit(of, { key: signer.verifierKey, checkpoints });

describe('a log that nobody touched', () => {
  it('holds over rotations and starts, whatever was removed of its oldest', async () => {
    for (let start = 0; start < 3; start++) {
      const log = open({ maxBytes: 6000, keep: 3 });
      await write(log, 12);
      log.close();
    }
    const found = files();
    expect(found.length).toBe(4);
    const verdict = verify(found, notes);
    expect(verdict).toMatchObject({ broken: null, unsigned: 0, mended: 0, torn: false });
    expect(verdict.first).toBeGreaterThan(0);
    expect(verdict.kept).toBeGreaterThan(3);
    expect(verify(found.slice(2)).broken).toBeNull();
    expect(verifyAudit(found, { key: null }).key).toBe(signer.verifierKey);
  });

  it('holds with a batch of many lines, and with none', async () => {
    expect(verify([]).lines).toBe(0);
    const log = open();
    await Promise.all(Array.from({ length: 100 }, () => log.decide(ENTRY)));
    expect(verify().broken).toBeNull();
    expect(verify().unsigned).toBe(100);
    log.close();
    expect(verify()).toMatchObject({ broken: null, unsigned: 0, lines: 102 });
  });

  it('holds after a crash at every byte, and loses no line that was whole', async () => {
    const log = open();
    await write(log, 1);
    log.close();
    const whole = readFileSync(join(dir, 'audit.jsonl'));
    const again = join(dir, 'again');
    for (let size = 0; size <= whole.length; size++) {
      mkdirSync(again);
      writeFileSync(join(again, 'audit.jsonl'), whole.subarray(0, size));
      const torn = size > 0 && whole[size - 1] !== 0x0a;
      expect(verify(files(again))).toMatchObject({ broken: null, torn });
      const back = open({ dir: again });
      await write(back, 1);
      back.close();
      const verdict = verify(files(again));
      expect(verdict).toMatchObject({ broken: null, mended: torn ? 1 : 0 });
      const kept = whole.subarray(0, size).toString().split('\n').length - 1;
      expect(verdict.lines).toBeGreaterThanOrEqual(kept + 3);
      expect(
        files(again)[0]?.text.startsWith(whole.subarray(0, size).toString().split('\n').slice(0, kept).join('\n')),
      ).toBe(true);
      rmSync(again, { recursive: true });
    }
  });

  it('holds after a write that failed and one that succeeded', async () => {
    let full = false;
    const log = open({
      write: (fd, bytes) => {
        if (full) throw new Error('ENOSPC');
        return writeSync(fd, bytes);
      },
    });
    await write(log, 1);
    full = true;
    await expect(log.decide(ENTRY)).rejects.toThrow('ENOSPC');
    full = false;
    await write(log, 1);
    log.close();
    expect(verify().broken).toBeNull();
  });

  it('goes on from the file before when it crashed between two', async () => {
    const log = open();
    await write(log, 1);
    log.close();
    copyFileSync(join(dir, 'audit.jsonl'), join(dir, 'audit-000001.jsonl'));
    rmSync(join(dir, 'audit.jsonl'));
    const back = open();
    await write(back, 1);
    back.close();
    expect(verify()).toMatchObject({ broken: null, first: 0 });
  });
});

describe('a log that somebody touched', () => {
  let lines: string[] = [];
  const broken = (change: (lines: string[]) => string[], checkpoints: string[] = []): Verdict['broken'] =>
    verify(
      [
        {
          name: 'audit.jsonl',
          text: change([...lines])
            .map((line) => `${line}\n`)
            .join(''),
        },
      ],
      checkpoints,
    ).broken;

  beforeEach(async () => {
    const log = open();
    await write(log, 3);
    log.close();
    lines = readFileSync(join(dir, 'audit.jsonl'), 'utf8').split('\n').slice(0, -1);
    expect(broken((all) => all)).toBeNull();
    expect(lines).toHaveLength(8); // a checkpoint, three calls, a checkpoint
  });

  const at = (index: number, change: (line: string) => string) => (all: string[]) =>
    all.map((line, i) => (i === index ? change(line) : line));

  it('names a changed line', () => {
    const changed = { file: 'audit.jsonl', line: 4, n: 3, what: expect.stringContaining('is not the line') as string };
    expect(broken(at(3, (line) => line.replace('"bot"', '"cat"')))).toEqual(changed);
    expect(broken(at(3, (line) => line.replace('}', ' }')))).toEqual(changed);
  });
  it('names each changed byte of each line, at that line or the one that gives it away', () => {
    for (const [index, line] of lines.entries()) {
      for (let byte = 0; byte < line.length; byte += 11) {
        const other = line[byte] === 'x' ? 'y' : 'x';
        const found = broken(at(index, () => line.slice(0, byte) + other + line.slice(byte + 1)));
        // The last line has none after it; only what it says itself is held against the rest.
        if (index < lines.length - 1) expect([index, index + 1, index + 2]).toContain(found?.line);
      }
    }
  });
  it('names a missing line', () => {
    expect(broken((all) => all.toSpliced(3, 2))).toMatchObject({
      line: 4,
      n: 5,
      what: 'lines number 3 to 4 are missing before it',
    });
  });
  it('names lines that changed places, stand twice, or are none', () => {
    expect(broken((all) => all.toSpliced(2, 2, all[3]!, all[2]!))).toMatchObject({ line: 3 });
    expect(broken((all) => all.toSpliced(3, 0, all[2]!))).toMatchObject({
      line: 4,
      what: expect.stringContaining('twice') as string,
    });
    expect(broken((all) => all.toSpliced(3, 0, 'hello'))).toMatchObject({ line: 4, what: 'is no audit line' });
  });
  it('names a missing beginning of a file', () => {
    expect(broken((all) => all.slice(1))).toMatchObject({
      line: 1,
      what: expect.stringContaining('begins with a checkpoint') as string,
    });
  });
  it('knows a rewritten log by its signatures', async () => {
    const other = mkdtempSync(join(tmpdir(), 'toolcrib-audit-'));
    const forged = open({ dir: other, signer: openSigner(other, 'toolcrib/acme/id') });
    await write(forged, 3);
    forged.close();
    const found = verify(files(other)).broken;
    expect(found).toMatchObject({
      line: 1,
      what: expect.stringContaining('not signed by the key that was given') as string,
    });
    rmSync(other, { recursive: true });
  });
  it('knows lines that were cut off by a checkpoint kept elsewhere', () => {
    expect(broken((all) => all.slice(0, 4))).toBeNull();
    expect(broken((all) => all.slice(0, 4), notes)).toMatchObject({
      line: 5,
      what: expect.stringContaining('lines number 4 to 6 are missing') as string,
    });
  });
  it('knows a log that was begun again by a checkpoint kept elsewhere', async () => {
    rmSync(join(dir, 'audit.jsonl'));
    const log = open();
    await write(log, 9);
    log.close();
    expect(verify(files(), notes.slice(0, 2)).broken).toMatchObject({
      what: expect.stringContaining('not those of the checkpoint of 7 lines') as string,
    });
  });
});

it('with durability power, one fdatasync serves all that came while the last took its time', async () => {
  const syncs: ((problem: Error | null) => void)[] = [];
  const log = open({ durability: 'power', sync: (_fd, done) => syncs.push(done) });
  syncs.shift()?.(null); // of the first checkpoint
  let resolved = 0;
  const first = log.decide(ENTRY).then(() => resolved++);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const more = [log.decide(ENTRY), log.decide(ENTRY), log.decide(ENTRY)].map((each) => each.then(() => resolved++));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([resolved, syncs.length]).toEqual([0, 1]);
  syncs.shift()?.(null);
  await first;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([resolved, syncs.length]).toEqual([1, 1]);
  syncs.shift()?.(null);
  await Promise.all(more);
  const refused = log.decide(ENTRY);
  await new Promise((resolve) => setTimeout(resolve, 20));
  syncs.shift()?.(new Error('EIO'));
  await expect(refused).rejects.toThrow('EIO');
  log.close();
  expect(verify().broken).toBeNull();
});
