/**
 * What lies behind the control container, through the engine's archive calls: the policy files and revocations that
 * apply writes, the acknowledgement and the audit that the proxy writes.
 */
import { createHash } from 'node:crypto';
import type { ArchiveFile, Engine, ReadEngine } from '../engine/engine.js';
import type { Ack } from '../model/ack.js';
import { parseAck } from './ack.js';

/** What is in force and what the proxy says of it: one folder, because each archive is a process of the engine's. */
const LIVE = '/var/lib/toolcrib';
const POLICY = `${LIVE}/policy`;
const ACK = `${LIVE}/ack/ack.json`;
const OF_LIVE: readonly string[] = [POLICY, `${LIVE}/ack`];
/** Elsewhere, because it grows. */
const AUDIT = '/var/log/toolcrib';
const AUDIT_KEY = `${AUDIT}/audit.pub`;

const POLICY_FILE = /^(\d{8,15})-([0-9a-f]{64})\.json$/;
const CERTIFICATE_FILE = /^([0-9a-f]{64})\.pem$/;
/** As whom the proxy runs (compile/system-specs.ts). */
const PROXY_UID = 65532;
const TOKEN_ID = /^[a-z0-9]{10}$/;
const ROTATED = /^audit-(\d{6,15})\.jsonl$/;
const CURRENT = 'audit.jsonl';

const MEBIBYTE = 1024 * 1024;
const POLICY_LIMIT = 128 * MEBIBYTE;
const ACK_LIMIT = 16 * MEBIBYTE;
const LIVE_LIMIT = POLICY_LIMIT + ACK_LIMIT + 16 * MEBIBYTE;
/** A single audit file; the proxy rotates long before. */
const AUDIT_LIMIT = 512 * MEBIBYTE;

export interface PolicyFile {
  seq: number;
  /** SHA-256 of the text, hex. */
  digest: string;
  text: string;
  /** Written by an apply; else by somebody else, past toolcrib. */
  applied: boolean;
  /** Engine names of the volumes that were there then; null: the build that wrote it did not say. */
  volumes: readonly string[] | null;
}

/**
 * A mark beside a policy that apply wrote; in it, a line for each volume that the project had then. It only tells the
 * cause of a difference: no reader of policies looks at it.
 */
const MARK = '.applied';

/**
 * A mark for each key that lies behind control: a plan has to see that one was left there, and is not to read it for
 * that. Empty: it is there. GONE: its file is emptied.
 */
const KEY_MARK = /^([0-9a-f]{64})\.key$/;
const GONE = 'gone';

export interface Live {
  /** Those whose content is what their name says, newest first. */
  policies: PolicyFile[];
  ack: Ack | null;
  /** Ids of the tokens that are revoked for good, sorted. */
  revoked: string[];
  /** Digests of the certificates whose keys lie there, sorted. */
  keys: string[];
}

/** Older builds had the audit there too, which has no bound that an archive should be read to. @param mounts their targets. */
export function isOneFolder(mounts: readonly string[]): boolean {
  return !mounts.some((target) => target.startsWith(`${LIVE}/`) && !OF_LIVE.includes(target));
}

/**
 * Everything that a plan asks of the control container, as it was at one moment.
 * @param mounts its mounts' targets. @param holdsKeys a certificate's key lies there, which is nobody's to read.
 */
export async function readLive(
  engine: ReadEngine,
  controlId: string,
  { mounts = [], holdsKeys = false }: { mounts?: readonly string[]; holdsKeys?: boolean } = {},
): Promise<Live> {
  if (holdsKeys || !isOneFolder(mounts)) {
    const [policies, ack, revoked] = await Promise.all([
      engine.readArchive(controlId, `${POLICY}/policies`, POLICY_LIMIT),
      readAck(engine, controlId),
      engine.readArchive(controlId, `${POLICY}/revoked`),
    ]);
    const files = policies ?? [];
    return { policies: policyFiles(files), ack, revoked: revokedIn(revoked ?? []), keys: keysIn(files) };
  }
  const files = (await engine.readArchive(controlId, LIVE, LIVE_LIMIT)) ?? [];
  const below = (folder: string): ArchiveFile[] =>
    files.flatMap((file) => (file.path.startsWith(folder) ? [{ ...file, path: file.path.slice(folder.length) }] : []));
  return {
    policies: policyFiles(below('policy/policies/')),
    ack: ackIn(below('ack/').filter(({ path }) => path === 'ack.json')),
    revoked: revokedIn(below('policy/revoked/')),
    keys: keysIn(below('policy/policies/')),
  };
}

/** Those whose content is what their name says, newest first. */
export async function readPolicyFiles(engine: ReadEngine, controlId: string): Promise<PolicyFile[]> {
  return policyFiles((await engine.readArchive(controlId, `${POLICY}/policies`, POLICY_LIMIT)) ?? []);
}

function policyFiles(files: readonly ArchiveFile[]): PolicyFile[] {
  const marks = new Map(files.flatMap(({ path, content }) => (path.endsWith(MARK) ? [[path, content]] : [])));
  return files.flatMap((file) => policyFile(file, marks) ?? []).sort((a, b) => b.seq - a.seq);
}

function policyFile(file: ArchiveFile, marks: ReadonlyMap<string, Buffer>): PolicyFile | null {
  const [, seq = '', digest = ''] = POLICY_FILE.exec(file.path) ?? [];
  if (digest === '' || sha256(file.content) !== digest) return null;
  const mark = marks.get(`${file.path}${MARK}`);
  const volumes = mark && mark.length > 0 ? mark.toString().trimEnd().split('\n') : null;
  return { seq: Number(seq), digest, text: file.content.toString(), applied: mark !== undefined, volumes };
}

/** A new file, never one that counts already: the engine's writes are not atomic, and a torn one doesn't match its name. */
export async function writePolicyFile(
  engine: Engine,
  controlId: string,
  seq: number,
  text: string,
  volumes: Iterable<string> = [],
): Promise<void> {
  const content = Buffer.from(text);
  const path = `policies/${policyName(seq, sha256(content))}`;
  await engine.writeArchive(controlId, POLICY, [
    folder('policies/'),
    { path: `${path}${MARK}`, content: Buffer.from([...volumes].map((name) => `${name}\n`).join('')) },
    { path, content },
  ]);
}

/** Readable by the proxy alone. The name is the content's hash, so that a torn or exchanged one is known for what it is. */
export async function writeCertificate(engine: Engine, controlId: string, digest: string, pem: string): Promise<void> {
  const own = { uid: PROXY_UID, gid: PROXY_UID };
  await engine.writeArchive(controlId, POLICY, [
    folder('policies/'),
    { path: `policies/${digest}.key`, content: Buffer.alloc(0) },
    folder('tls/'),
    { path: `tls/${digest}.pem`, content: Buffer.from(pem), mode: 0o400, ...own },
  ]);
}

export type PolicyName = Pick<PolicyFile, 'seq' | 'digest'>;

/** Empties policies that count no more. The engine can remove nothing, and an empty file counts as nothing. */
export async function tombstonePolicies(engine: Engine, controlId: string, old: readonly PolicyName[]): Promise<void> {
  if (old.length === 0) return;
  const names = old.map(({ seq, digest }) => `policies/${policyName(seq, digest)}`);
  const emptied = names.flatMap((path) => [path, `${path}${MARK}`]).map((path) => ({ path, content: Buffer.alloc(0) }));
  await engine.writeArchive(controlId, POLICY, [folder('policies/'), ...emptied]);
}

/** Empties the keys that no policy names any more. */
export async function tombstoneCertificates(engine: Engine, controlId: string, kept: string | null): Promise<void> {
  const [files, marks] = await Promise.all([
    engine.listArchive(controlId, `${POLICY}/tls`),
    engine.listArchive(controlId, `${POLICY}/policies`),
  ]);
  const there = [
    ...(files ?? []).flatMap(({ path, size }) => (size > 0 ? (CERTIFICATE_FILE.exec(path)?.[1] ?? []) : [])),
    ...(marks ?? []).flatMap(({ path, size }) => (size === 0 ? (KEY_MARK.exec(path)?.[1] ?? []) : [])),
  ];
  const old = [...new Set(there)].filter((digest) => digest !== kept);
  if (old.length === 0) return;
  await engine.writeArchive(controlId, POLICY, [
    folder('tls/'),
    ...old.map((digest) => ({ path: `tls/${digest}.pem`, content: Buffer.alloc(0) })),
    // Last: until the key is gone, a plan is to see that it is not.
    folder('policies/'),
    ...old.map((digest) => ({ path: `policies/${digest}.key`, content: Buffer.from(GONE) })),
  ]);
}

/** Changes whenever the proxy has said something; empty: it has not. */
export async function ackState(engine: ReadEngine, controlId: string): Promise<string> {
  return stateOf(await engine.statArchive(controlId, ACK));
}

/** null: the proxy has said nothing yet, or nothing that can be understood. */
export async function readAck(engine: ReadEngine, controlId: string): Promise<Ack | null> {
  return ackIn((await engine.readArchive(controlId, ACK, ACK_LIMIT)) ?? []);
}

function ackIn([file]: readonly ArchiveFile[]): Ack | null {
  return file ? parseAck(file.content.toString()) : null;
}

function keysIn(files: readonly ArchiveFile[]): string[] {
  return files.flatMap(({ path, content }) => (content.length === 0 ? (KEY_MARK.exec(path)?.[1] ?? []) : [])).sort();
}

function revokedIn(files: readonly ArchiveFile[]): string[] {
  return files
    .map((file) => file.path)
    .filter((id) => TOKEN_ID.test(id))
    .sort();
}

/** Adds to the revoked; nothing ever takes one away. */
export async function writeRevoked(engine: Engine, controlId: string, ids: readonly string[]): Promise<void> {
  const wrong = ids.find((id) => !TOKEN_ID.test(id));
  if (wrong !== undefined) throw new Error(`not a token's id: ${JSON.stringify(wrong)}`);
  if (ids.length === 0) return;
  const files = ids.map((id) => ({ path: `revoked/${id}`, content: Buffer.alloc(0) }));
  await engine.writeArchive(controlId, POLICY, [folder('revoked/'), ...files]);
}

export interface AuditFile {
  name: string;
  text: string;
}

/**
 * The audit, oldest first, file by file: an archive that is read slowly would keep the engine from everything else that
 * it could do with the container.
 * @param after only files rotated after this one, and the current.
 */
export async function* readAudit(engine: ReadEngine, controlId: string, after = 0): AsyncGenerator<AuditFile> {
  let done = after;
  for (;;) {
    for (const number of await rotated(engine, controlId, done)) {
      done = number;
      const file = await readAuditFile(engine, controlId, `audit-${String(number).padStart(6, '0')}.jsonl`);
      if (file) yield file;
    }
    const current = await readAuditFile(engine, controlId, CURRENT);
    // Rotated in between, what was read comes after a file that was not there before.
    if ((await rotated(engine, controlId, done)).length > 0) continue;
    if (current) yield current;
    return;
  }
}

/** Changes whenever something was written. */
export async function auditState(engine: ReadEngine, controlId: string): Promise<string> {
  return stateOf(await engine.statArchive(controlId, `${AUDIT}/${CURRENT}`));
}

function stateOf(stat: { size: number; modified: string } | null): string {
  return stat ? `${stat.size} ${stat.modified}` : '';
}

/** What is in the file that is being written; null: there is none. */
export async function currentAudit(engine: ReadEngine, controlId: string): Promise<AuditFile | null> {
  return readAuditFile(engine, controlId, CURRENT);
}

/** The public key of the audit's checkpoints; null: the proxy has never run, or not this version of it. */
export async function readAuditKey(engine: ReadEngine, controlId: string): Promise<string | null> {
  const [file] = (await engine.readArchive(controlId, AUDIT_KEY, ACK_LIMIT)) ?? [];
  return file?.content.toString().trim() ?? null;
}

/** What the proxy counted, in Prometheus' text, and when it wrote that (ISO 8601); null: nothing yet, or not this version of it. */
export async function readMetrics(
  engine: ReadEngine,
  controlId: string,
): Promise<{ text: string; written: string } | null> {
  const path = `${AUDIT}/metrics.prom`;
  const stat = await engine.statArchive(controlId, path);
  const [file] = (stat && (await engine.readArchive(controlId, path, AUDIT_LIMIT))) ?? [];
  return stat && file ? { text: file.content.toString(), written: stat.modified } : null;
}

async function rotated(engine: ReadEngine, controlId: string, after: number): Promise<number[]> {
  const entries = (await engine.listArchive(controlId, AUDIT)) ?? [];
  return entries
    .map((entry) => Number(ROTATED.exec(entry.path)?.[1] ?? 0))
    .filter((number) => number > after)
    .sort((a, b) => a - b);
}

async function readAuditFile(engine: ReadEngine, controlId: string, name: string): Promise<AuditFile | null> {
  const [file] = (await engine.readArchive(controlId, `${AUDIT}/${name}`, AUDIT_LIMIT)) ?? [];
  return file ? { name, text: file.content.toString() } : null;
}

function folder(path: string): ArchiveFile {
  return { path, content: Buffer.alloc(0), mode: 0o755 };
}

function policyName(seq: number, digest: string): string {
  return `${String(seq).padStart(8, '0')}-${digest}.json`;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
