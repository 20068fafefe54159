/** What the proxy says of itself in its acknowledgement volume (`ack.json`), and what a revocation says in the policy volume. */

export interface GenerationStatus {
  state: 'starting' | 'ready' | 'failed';
  /** Diagnostic code and words when it is not ready. */
  code: string | null;
  reason: string | null;
  /** Handshakes after the first. */
  restarts: number;
  /** ISO 8601. */
  since: string;
  /** Tools withheld because their definition differs from the lock, and tools the lock doesn't know. */
  quarantined: string[];
  extra: string[];
  missing: string[];
}

export interface Ack {
  /** Random per start of the proxy. */
  boot: string;
  time: string;
  /** The form of policies that this proxy can read (policy/known-form.ts); left out: it does not say. */
  form?: string;
  /** The policy enforced now; 0 and '' before the first. */
  seq: number;
  digest: string;
  /** Why a higher-numbered policy file was not taken, if one was seen. */
  refused: string | null;
  /** Ids of revoked tokens in force. */
  revoked: string[];
  /** `files@3` → that generation. */
  generations: Record<string, GenerationStatus>;
}

export const generationKey = (server: string, generation: number): string => `${server}@${generation}`;
