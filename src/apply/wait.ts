/** Waiting on what the proxy says of itself: every wait names what for, and ends. */
import { fail } from '../diagnostics/failure.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { problem } from '../diagnostics/failure.js';
import type { Code } from '../diagnostics/codes.js';
import { codes } from '../diagnostics/codes.js';
import { generationKey } from '../model/ack.js';
import type { Ack, GenerationStatus } from '../model/ack.js';
import type { Address } from '../model/address.js';

const FIRST_POLL_MS = 25;
/** Between reads that wait for something new by themselves. */
export const NO_PAUSE_MS = 1;
const SLOWEST_POLL_MS = 250;

/** Seconds that a new generation may take: start, `initialize`, all lists. */
export const GATE_SECONDS = 90;
/** Servers that are gated together stand in one queue at the bridge, which starts some five a second. */
const GATED_A_SECOND = 4;

/** @param together gates of one plan. */
export function gateSeconds(together: number): number {
  return GATE_SECONDS + Math.floor(together / GATED_A_SECOND);
}
/** Seconds that the proxy may take to enforce a policy. */
export const POLICY_SECONDS = 30;

/** @param read waits for something new by itself. @throws Failure `proxy_unready` when the proxy has not taken the policy in time, with what it last said. */
export async function untilEnforced(
  read: () => Promise<Ack | null>,
  policy: { seq: number; digest: string },
  seconds: number,
): Promise<Ack> {
  let last: Ack | null = null;
  const enforced = async (): Promise<Ack | undefined> => {
    last = await read();
    return last !== null && last.seq === policy.seq && last.digest === policy.digest ? last : undefined;
  };
  const found = await poll(seconds, null, enforced, NO_PAUSE_MS);
  return found ?? proxyUnready(policy.seq, seconds, last);
}

function proxyUnready(seq: number, seconds: number, last: Ack | null): never {
  const said = last === null ? 'it has never answered' : `it enforces policy ${last.seq}`;
  const why = last?.refused ? ` and refused the new one: ${last.refused}` : '';
  return fail(
    'proxy_unready',
    `The proxy did not take policy ${seq} within ${seconds} s; ${said}${why}.`,
    'Mend what it says (`toolcrib status` tells how it stands), and run `toolcrib apply` again: it continues from here.',
    { address: 'proxy' },
  );
}

export interface Candidate {
  address: Address;
  server: string;
  generation: number;
  /**
   * It serves already, and is to come back: what the proxy last said of it is from before, and it goes on trying.
   * A new one has one try.
   */
  serving: boolean;
}

/** Null when the generation is ready; else why not. @param read what the proxy says of itself now. */
export async function untilReady(
  read: () => Promise<Ack | null>,
  candidate: Candidate,
  seconds: number,
  signal: AbortSignal,
  slowest?: number,
): Promise<Diagnostic | null> {
  const key = generationKey(candidate.server, candidate.generation);
  let last: GenerationStatus | undefined;
  const arrived = async (): Promise<GenerationStatus | undefined> => {
    last = (await read())?.generations[key];
    return last?.state === 'ready' || (last?.state === 'failed' && !candidate.serving) ? last : undefined;
  };
  const settled = await poll(seconds, signal, arrived, slowest);
  const status = settled ?? (last?.state === 'failed' ? last : undefined);
  if (status?.state === 'ready') return null;
  const where = { address: candidate.address };
  const mend =
    'Read what the server said (above, or by `toolcrib logs`), mend the declaration, and run `toolcrib apply` again.';
  const relock = `Run \`toolcrib lock ${candidate.server}\`, and review what it shows; or take back what changed them, and run \`toolcrib apply\` again.`;
  if (!status && signal.aborted) {
    return problem('interrupted', 'It had not passed its gate yet.', 'Run `toolcrib apply` again.', where);
  }
  if (!status) return problem('server_timeout', `It was not ready within ${seconds} s.`, mend, where);
  const code: Code = status.code !== null && status.code in codes ? (status.code as Code) : 'server_refused';
  const fix = code === 'definition_changed' ? relock : mend;
  return problem(code, status.reason ?? 'It did not pass the handshake.', fix, where);
}

/** @param signal ends the wait early, with what there is. */
export async function poll<T>(
  seconds: number,
  signal: AbortSignal | null,
  attempt: () => Promise<T | undefined>,
  slowest = SLOWEST_POLL_MS,
): Promise<T | undefined> {
  const end = performance.now() + seconds * 1000;
  for (let pause = Math.min(FIRST_POLL_MS, slowest); ; pause = Math.min(pause * 1.5, slowest)) {
    const result = await attempt();
    if (result !== undefined || performance.now() > end || signal?.aborted) return result;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
