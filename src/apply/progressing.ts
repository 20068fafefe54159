/** The state of one walk over a plan: what exists by now that did not when the plan was made. */
import type { Step } from '../plan/plan.js';
import type { Policy } from '../policy/artifact.js';
import type { PolicyName } from '../docker/control.js';
import type { AckReader } from './acknowledgements.js';
import type { ApplyPorts } from './ports.js';

export interface Progressing {
  ports: ApplyPorts;
  images: Map<string, { reference: string; id: string }>;
  /** `server.files@4` → container id. */
  created: Map<string, string>;
  /** Container id → when it said that it listens, in milliseconds of performance.now(). */
  upSince: Map<string, number>;
  /** Gates of the plan. */
  gates: number;
  control: string | null;
  /** What the proxy says of itself, behind this control: a reader for each who waits. */
  acks?: () => AckReader;
  bridge: string | null;
  /** Engine names of the volumes that are there by now. */
  volumes: Set<string>;
  proxyListens: boolean;
  /** Servers whose new generation failed. */
  failedServers: Set<string>;
  /** The policy enforced now, and the number of the next. */
  policy: Policy;
  /** The one that was in force before this walk. */
  live: Policy | null;
  /** The file that a proxy which starts now is to take; null: there is none. */
  newest: { seq: number; digest: string } | null;
  nextSeq: number;
  /** Those that count behind the control container. */
  files: readonly PolicyName[];
  /** A line of output of what a step runs. */
  detail(step: Step, line: string): void;
  /** What a step waits for. */
  tell(step: Step, text: string, deadline?: number): void;
}
