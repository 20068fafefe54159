/** What apply works with, made by the workflow from the declaration and the observed engine. */
import type { PolicyName } from '../docker/control.js';
import type { Engine } from '../engine/engine.js';
import type { Address } from '../model/address.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { Notify } from '../model/progress.js';
import type { DesiredContainer } from '../model/state.js';
import type { Policy } from '../policy/artifact.js';

export interface ApplyPorts {
  engine: Engine;
  project: ProjectIdentity;
  notify: Notify;
  /** Finish the running step, start no other. */
  signal: AbortSignal;
  /** Steps of independent resources that run at once. */
  parallelism: number;
  /** Seconds that each wait may take; null: its own default. */
  timeoutSeconds: number | null;
  /** Makes sure that an image is on the engine. */
  ensureImage(address: `image.${string}`, onLine: (line: string) => void): Promise<{ reference: string; id: string }>;
  containers: ReadonlyMap<Address, DesiredContainer>;
  /** The policy enforced when the plan was made, and the one to end with. */
  live: Policy | null;
  /** The file that the live one stands in. */
  liveFile?: PolicyName | null;
  /** Every policy file that counts, and digests of the certificates whose keys lie there; left out: none. */
  files?: readonly PolicyName[];
  keys?: readonly string[];
  desired: Policy;
  /** Canonical bytes of a policy. */
  serialize: (policy: Policy) => string;
  /** The file that the desired policy's certificate names; null or left out: it has none. */
  certificate?: { digest: string; reveal(): string } | null;
  /** Engine names of this project's volumes when the plan was made; left out: none. */
  volumes?: readonly string[];
  /** Higher than any policy that the engine or the proxy ever saw. */
  nextSeq: number;
  /** Ids of the system containers when the plan was made; null: not there. */
  control: string | null;
  bridge: string | null;
  /** Whether the proxy that ran when the plan was made can acknowledge what it is given. */
  proxyListens: boolean;
  /** It runs, but reads no policy of this build: what it enforces cannot be narrowed. */
  deaf: boolean;
  /** Servers that stop serving before their successor starts. */
  unrouted: ReadonlySet<string>;
}
