import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  readAck,
  readAudit,
  readLive,
  tombstoneCertificates,
  writeCertificate,
  readPolicyFiles,
  tombstonePolicies,
  writePolicyFile,
  writeRevoked,
} from '../../src/docker/control.js';
import type { ArchiveFile } from '../../src/engine/engine.js';
import { engineName } from '../../src/model/labels.js';
import type { SystemVolume } from '../../src/model/labels.js';
import { bench } from '../support/docker-bench.js';
import type { Bench } from '../support/docker-bench.js';

const PLACES = { policy: '/var/lib/toolcrib/policy', ack: '/var/lib/toolcrib/ack', audit: '/var/log/toolcrib' };
const OWNERS = { policy: '0:0', ack: '65532:65532', audit: '65532:65532' };

let b: Bench;
let control: string;
/** Mounts everything the other way round, in the proxy's place. */
let proxy: string;
beforeAll(async () => {
  b = await bench('control');
});
afterAll(() => b.cleanUp());

const systemVolumes = ['policy', 'ack', 'audit'] as const;
const mount = (volume: (typeof systemVolumes)[number], readonly: boolean) => ({
  type: 'volume' as const,
  source: engineName.system(b.project.name, volume satisfies SystemVolume),
  target: PLACES[volume],
  readonly,
});

beforeEach(async () => {
  const { engine, project, labels } = b;
  for (const each of await engine.listContainersNamed(`toolcrib.${project.name}.`))
    await engine.removeContainer(each.id);
  for (const volume of systemVolumes) {
    const name = engineName.system(project.name, volume);
    await engine.removeVolume(name);
    await engine.createVolume(
      { name, owner: OWNERS[volume], labels },
      { image: b.tag, name: engineName.seed(project.name, volume), labels },
    );
  }
  const controlMounts = [mount('policy', false), mount('ack', true), mount('audit', true)];
  const proxyMounts = [mount('policy', true), mount('ack', false), mount('audit', false)];
  control = await engine.createContainer(engineName.control(project.name, 1), b.spec('1', { mounts: controlMounts }));
  proxy = await engine.createContainer(engineName.proxy(project.name, 1), b.spec('1', { mounts: proxyMounts }));
});

const file = (path: string, text: string): ArchiveFile => ({ path, content: Buffer.from(text) });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('policies', () => {
  test('are written whole, read back newest first, and kept to the newest', async () => {
    expect(await readPolicyFiles(b.engine, control)).toEqual([]);
    for (const seq of [1, 2, 10])
      await writePolicyFile(b.engine, control, seq, `{"policy":"ü${seq}"}`, seq === 2 ? ['a', 'b.c'] : []);
    const all = [10, 2, 1].map((seq) => ({
      seq,
      text: `{"policy":"ü${seq}"}`,
      digest: sha256(`{"policy":"ü${seq}"}`),
      applied: true,
      volumes: seq === 2 ? ['a', 'b.c'] : null,
    }));
    expect(await readPolicyFiles(b.engine, control)).toEqual(all);
    await tombstonePolicies(b.engine, control, all.slice(2));
    expect(await readPolicyFiles(b.engine, control)).toEqual(all.slice(0, 2));
    await tombstonePolicies(b.engine, control, []);
    expect(await readPolicyFiles(b.engine, control)).toEqual(all.slice(0, 2));
  });

  test('lie where the proxy finds them, which cannot change them', async () => {
    await writePolicyFile(b.engine, control, 1, '{}');
    const seen = await b.engine.readArchive(proxy, PLACES.policy);
    const path = `policies/00000001-${sha256('{}')}.json`;
    expect(seen?.map((each) => each.path).sort()).toEqual([path, `${path}.applied`]);
    await expect(writePolicyFile(b.engine, proxy, 2, '{}')).rejects.toMatchObject({
      diagnostics: [{ code: 'engine_error' }],
    });
    const script = `
      const fs = require('fs');
      const folder = '${PLACES.policy}/policies';
      for (const name of fs.readdirSync(folder)) if (name.endsWith('.json')) console.log(fs.readFileSync(folder + '/' + name, 'utf8'));
      try { fs.writeFileSync(folder + '/x', ''); } catch (error) { console.log(error.code); }
      fs.writeFileSync('${PLACES.ack}/ack.json', '{"seq":1,"digest":"d"}');`;
    const mounts = [mount('policy', true), mount('ack', false)];
    const id = await b.engine.createContainer(engineName.proxy(b.project.name, 2), b.spec(script, { mounts }));
    await b.engine.startContainer(id);
    expect(await b.engine.waitContainer(id)).toBe(0);
    const lines: string[] = [];
    for await (const { line } of b.engine.readLogs(id, {})) lines.push(line);
    expect(lines).toEqual(['{}', 'EROFS']);
    expect(await readAck(b.engine, control)).toMatchObject({ seq: 1, digest: 'd' });
  });

  test('that are torn, forged or of another name count as nothing', async () => {
    await writePolicyFile(b.engine, control, 1, '{"good":true}');
    await b.engine.writeArchive(control, PLACES.policy, [
      file(`policies/00000002-${sha256('whole')}.json`, 'torn'),
      file(`policies/3-${sha256('x')}.json`, 'x'),
      file(`policies/00000004-${sha256('x')}.json.tmp`, 'x'),
      file(`policies/00000005-${sha256('x').toUpperCase()}.json`, 'x'),
      file('policies/readme', 'x'),
    ]);
    expect((await readPolicyFiles(b.engine, control)).map((each) => each.seq)).toEqual([1]);
  });
});

const revoked = async (): Promise<string[]> => (await readLive(b.engine, control)).revoked;

describe('revocations', () => {
  test('only ever grow', async () => {
    expect(await revoked()).toEqual([]);
    await writeRevoked(b.engine, control, ['bbbbbbbbb1', 'aaaaaaaaa1']);
    await writeRevoked(b.engine, control, []);
    await writeRevoked(b.engine, control, ['aaaaaaaaa1', 'ccccccccc1']);
    expect(await revoked()).toEqual(['aaaaaaaaa1', 'bbbbbbbbb1', 'ccccccccc1']);
  });

  test.each(['../../etc/x', 'short', 'UPPERCASE1', ''])('%j is no token id', async (id) => {
    await expect(writeRevoked(b.engine, control, [id])).rejects.toThrow(/not a token's id/);
  });
});

describe('the acknowledgement', () => {
  test('is nothing before there is one, and nothing when it is garbage', async () => {
    expect(await readAck(b.engine, control)).toBeNull();
    await b.engine.writeArchive(proxy, PLACES.ack, [file('ack.json', '{"seq":')]);
    expect(await readAck(b.engine, control)).toBeNull();
    await b.engine.writeArchive(proxy, PLACES.ack, [file('ack.json', '{"seq":2,"digest":"x","generations":{}}')]);
    expect(await readAck(b.engine, control)).toMatchObject({ seq: 2, digest: 'x' });
  });
});

test('what a plan asks is read at once, and the audit is no part of it', async () => {
  expect(await readLive(b.engine, control)).toEqual({ policies: [], ack: null, revoked: [], keys: [] });
  await writePolicyFile(b.engine, control, 1, '{}');
  await writePolicyFile(b.engine, control, 2, '{"b":1}');
  await writeRevoked(b.engine, control, ['aaaaaaaaa1']);
  await b.engine.writeArchive(proxy, PLACES.ack, [
    file('ack.json', '{"seq":2,"digest":"x","generations":{}}'),
    file('other', '{"seq":3}'),
  ]);
  await b.engine.writeArchive(proxy, PLACES.audit, [file('audit.jsonl', 'a\n')]);
  expect(await readLive(b.engine, control)).toEqual({
    policies: await readPolicyFiles(b.engine, control),
    ack: await readAck(b.engine, control),
    revoked: ['aaaaaaaaa1'],
    keys: [],
  });
  expect(await readPolicyFiles(b.engine, control)).toHaveLength(2);
  const all = await b.engine.listArchive(control, '/var/lib/toolcrib');
  expect(all?.map(({ path }) => path.split('/')[0])).not.toContain('audit');
});

test('a key is known to lie there without being read, and is gone when another has its place', async () => {
  const [first, second] = ['a', 'b'].map((each) => each.repeat(64)) as [string, string];
  await writeCertificate(b.engine, control, first, 'one');
  await writeCertificate(b.engine, control, second, 'two');
  const read: string[] = [];
  const watched = {
    ...b.engine,
    readArchive: async (...asked: Parameters<typeof b.engine.readArchive>) => {
      const files = await b.engine.readArchive(...asked);
      read.push(...(files ?? []).map(({ path }) => path));
      return files;
    },
  };
  expect((await readLive(watched, control, { holdsKeys: true })).keys).toEqual([first, second]);
  expect(read.filter((path) => path.endsWith('.pem'))).toEqual([]);
  await tombstoneCertificates(b.engine, control, second);
  expect((await readLive(b.engine, control)).keys).toEqual([second]);
  const files = await b.engine.readArchive(control, '/var/lib/toolcrib/policy/tls');
  expect(files?.map(({ content }) => content.toString()).sort()).toEqual(['', 'two']);
});

describe('the audit', () => {
  const lines = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const { text } of readAudit(b.engine, control))
      all.push(...text.split('\n').filter((line) => line !== ''));
    return all;
  };

  test('is read over its rotated files, oldest first, a torn last line too', async () => {
    expect(await lines()).toEqual([]);
    await b.engine.writeArchive(proxy, PLACES.audit, [
      file('audit.jsonl', 'e\nf-torn'),
      file('audit-000002.jsonl', 'c\nd\n'),
      file('audit-1000000.jsonl', 'd2\n'),
      file('audit-000001.jsonl', 'a\nb\n'),
      file('argument.key', 'secret'),
    ]);
    expect(await lines()).toEqual(['a', 'b', 'c', 'd', 'd2', 'e', 'f-torn']);
  });

  test('loses and repeats nothing when it is rotated while it is read', async () => {
    await b.engine.writeArchive(proxy, PLACES.audit, [file('audit-000001.jsonl', 'a\n'), file('audit.jsonl', 'b\n')]);
    const all: string[] = [];
    for await (const { text } of readAudit(b.engine, control)) {
      all.push(text.trim());
      if (text !== 'a\n') continue;
      await b.engine.writeArchive(proxy, PLACES.audit, [file('audit-000002.jsonl', 'b\n'), file('audit.jsonl', 'c\n')]);
    }
    expect(all).toEqual(['a', 'b', 'c']);
  });
});
