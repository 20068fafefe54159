/** Writes a policy behind the control container and waits until the proxy enforces it. */
import { createHash } from 'node:crypto';
import { restrict, settle, withCandidates } from '../compile/stages.js';
import {
  tombstoneCertificates,
  tombstonePolicies,
  writeCertificate,
  writePolicyFile,
  writeRevoked,
} from '../docker/control.js';
import { Failure } from '../diagnostics/failure.js';
import type { Stage } from '../plan/plan.js';
import type { Policy } from '../policy/artifact.js';
import { acknowledgements } from './acknowledgements.js';
import type { AckReader } from './acknowledgements.js';
import { asLastWords, proxyLastWords } from './last-words.js';
import type { Progressing } from './progressing.js';
import { POLICY_SECONDS, untilEnforced } from './wait.js';

/** Policies kept whole behind the control container: the one in force and the one before. */
const KEPT_POLICIES = 2;

export async function enforce(stage: Stage, run: Progressing): Promise<void> {
  const { engine, desired, serialize } = run.ports;
  const control = run.control;
  if (control === null) throw new Error('a policy before the control container');
  const policy = policyOf(stage, run);
  const text = serialize(policy);
  const digest = createHash('sha256').update(text).digest('hex');
  const seq = run.nextSeq++;
  if (desired.revoked.length > 0) await writeRevoked(engine, control, desired.revoked);
  const { certificate } = run.ports;
  // Before the policy that names it: the proxy takes none whose certificate it cannot serve.
  if (certificate && policy.certificate?.file === certificate.digest)
    await writeCertificate(engine, control, certificate.digest, certificate.reveal());
  await writePolicyFile(engine, control, seq, text, run.volumes);
  run.files = [{ seq, digest }, ...run.files];
  run.policy = policy;
  run.newest = { seq, digest };
  if (!run.proxyListens) return; // nothing enforces, so nothing is allowed; it starts with this policy
  const seconds = run.ports.timeoutSeconds ?? POLICY_SECONDS;
  run.tell({ do: 'policy', stage }, `waiting until the proxy enforces policy ${seq}`, seconds);
  await untilEnforced(ackReader(run, control), { seq, digest }, seconds).catch((error: unknown) =>
    withItsWords(error, run),
  );
  // As soon as it is not served any more: gates may take their time.
  if (certificate || (stage === 'final' && mayHoldKeys(run)))
    await tombstoneCertificates(engine, control, policy.certificate?.file ?? null);
  if (stage === 'final') await tidyUp(control, run);
}

/** @throws the failure, with what the proxy last wrote. */
async function withItsWords(error: unknown, { ports: { engine, project }, created }: Progressing): Promise<never> {
  if (!(error instanceof Failure)) throw error;
  const words = asLastWords(await proxyLastWords(engine, project, new Set(created.values())).catch(() => []));
  throw new Failure(
    error.diagnostics.map((each) => ({ ...each, detail: `${each.detail}${words}` })),
    error.exit,
  );
}

/** Whether a plan saw keys, or a policy that names one: only then the volume is searched for them. */
function mayHoldKeys({ ports, live }: Progressing): boolean {
  return (ports.keys ?? []).length > 0 || Boolean(live?.certificate);
}

/** What the proxy says of itself from now on, for one who waits. */
export function ackReader(run: Progressing, control: string): AckReader {
  run.acks ??= acknowledgements(run.ports.engine, control);
  return run.acks();
}

/** Old policies. While the lock is held nobody else writes any. */
async function tidyUp(control: string, run: Progressing): Promise<void> {
  const files = [...run.files].sort((a, b) => b.seq - a.seq);
  await tombstonePolicies(run.ports.engine, control, files.slice(KEPT_POLICIES));
  run.files = files.slice(0, KEPT_POLICIES);
}

function policyOf(stage: Stage, run: Progressing): Policy {
  const { desired, unrouted } = run.ports;
  switch (stage) {
    case 'narrow':
      return restrict(run.policy, desired, new Set());
    case 'restrict':
      // One whose image could not be built does not stop for it.
      return restrict(run.policy, desired, new Set([...unrouted].filter((name) => !run.failedServers.has(name))));
    case 'candidates':
      return withCandidates(run.policy, desired);
    case 'final':
      return settle(run.policy, desired, run.live, run.failedServers);
  }
}
