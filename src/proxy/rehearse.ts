/**
 * A new proxy tried out while the old one serves (apply/rehearse.ts): it comes up as it would, on the policy in force,
 * and answers itself. It writes its audit and its acknowledgement elsewhere, because both have one writer, and meets no
 * server, because a server of the old one has one client.
 */
import { accessSync, closeSync, constants, copyFileSync, existsSync, fsyncSync, mkdirSync, mkdtempSync } from 'node:fs';
import { openSync, readdirSync, rmSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProxyOptions, RunningProxy } from './proxy.js';
import { startProxy } from './proxy.js';

const ANSWER_MS = 10_000;
/** A line of the audit is rarely longer. */
const TRIED_BYTES = 4096;

/** @param policy what it has to take; null: there is none yet. @throws Error why it would not serve. */
export async function rehearseProxy(
  options: ProxyOptions,
  policy: { seq: number; digest: string } | null,
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  const { uid } = statSync(scratch);
  for (const dir of [options.ackDir, options.auditDir]) inWords(dir, 'written to', uid, () => tryWriting(dir));
  tryAudit(options.auditDir, uid);
  const [ackDir, auditDir] = [join(scratch, 'ack'), join(scratch, 'audit')];
  for (const dir of [ackDir, auditDir]) mkdirSync(dir);
  // So that it takes nothing lower than the old one did.
  const ack = join(options.ackDir, 'ack.json');
  if (existsSync(ack)) copyFileSync(ack, join(ackDir, 'ack.json'));
  const running = await startProxy({
    ...options,
    ackDir,
    auditDir,
    bridgeSocket: join(scratch, 'none.sock'),
    alone: true,
  });
  try {
    taken(running, policy);
    await answer(running, options.tls ?? false);
  } finally {
    await running.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What it writes on, and reads at its start. What else lies there is nobody's to judge. */
function tryAudit(dir: string, uid: number): void {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (name === 'audit.jsonl' || name.endsWith('.new'))
      inWords(path, 'read and written', uid, () => accessSync(path, constants.R_OK | constants.W_OK));
    else if (/^audit[.-]/.test(name)) inWords(path, 'read', uid, () => accessSync(path, constants.R_OK));
  }
}

/** @throws Error whose it is instead, which "permission denied" leaves open. */
function inWords(path: string, what: string, own: number, attempt: () => void): void {
  try {
    attempt();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== 'EACCES' && code !== 'EPERM') throw cause;
    const { uid, gid, mode } = statSync(path);
    const octal = (mode & 0o7777).toString(8).padStart(4, '0');
    throw new Error(
      `${path} cannot be ${what} by uid ${own}, as whom the proxy runs: it is of ${uid}:${gid} with mode ${octal}. ` +
        `Somebody else put it into the volume: give it to uid ${own}, or take it away`,
      { cause },
    );
  }
}

/** A file without a name: nothing is left of it, however this ends. */
function tryWriting(dir: string): void {
  const path = join(dir, 'rehearsal.tmp');
  const fd = openSync(path, 'w', 0o600);
  try {
    unlinkSync(path);
    writeSync(fd, Buffer.alloc(TRIED_BYTES));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function taken(running: RunningProxy, policy: { seq: number; digest: string } | null): void {
  if (policy === null) return;
  const { seq, digest, refused } = running.enforces();
  if (seq === policy.seq && digest === policy.digest) return;
  throw new Error(`it does not take policy ${policy.seq}, which is in force: ${refused ?? 'its file is not there'}`);
}

/** Over TLS it needs the policy's certificate; which names that bears is for agents to judge. */
async function answer(running: RunningProxy, tls: boolean): Promise<void> {
  if (tls && !running.enforces().certificate) return;
  const { host, port } = running.address;
  const options = { host, port, path: '/healthz', timeout: ANSWER_MS, agent: false };
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = tls ? getSecure({ ...options, rejectUnauthorized: false }) : getPlain(options);
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    request.on('timeout', () => request.destroy(new Error(`it did not answer itself within ${ANSWER_MS / 1000} s`)));
    request.on('error', reject);
  });
  if (status !== 200) throw new Error(`it answered itself with ${status}, where 200 was due`);
}
