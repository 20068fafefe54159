/** A plan as a value: every view (text, JSON) renders it, and apply walks its steps. */
import type { AccessChange } from '../model/access.js';
import type { Address } from '../model/address.js';
import type { ResolvedContainer } from '../model/container.js';
import type { JsonObject } from '../model/definitions.js';
import type { ProjectIdentity } from '../model/labels.js';
import type { EngineFacts } from '../model/state.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';

export type Action = 'create' | 'update' | 'replace' | 'delete' | 'start' | 'no-op';
export type Cause = 'config' | 'drift' | 'image' | 'definition' | 'credential' | 'upgrade';
export type Disruption =
  'none' | 'restart' | 'replace: old serves until new is ready' | 'replace: stops first' | 'interrupts sessions';

/** One field that differs. Values are display-ready JSON values in Toolcrib's own terms (`memory: 268435456`). */
export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
  /** drift: the live value was changed outside apply; config: the declaration changed. */
  cause: Cause;
}

export interface Change {
  address: Address;
  /** What the engine knows it as; left out: the same. */
  movedFrom?: Address;
  action: Action;
  cause: Cause | null;
  disruption: Disruption;
  /** One sentence: why. */
  reason: string;
  fields: FieldChange[];
  /** Fields known only after an image is on the engine. */
  unknown: string[];
  /** The resource whole: as it lives and as it is to be, secrets hidden. null: not there before, or not afterwards. */
  before: JsonObject | null;
  after: JsonObject | null;
}

/** destroy: towards nothing. drift: only what was changed outside apply, to look at. */
export type Mode = 'apply' | 'destroy' | 'drift';

/** One engine call (or one wait), in the order of execution. Apply decides nothing but whether a step succeeded. */
export type Step =
  | { do: 'image'; address: `image.${string}` }
  | {
      do: 'create-network';
      address: Address;
      name: string;
      subnet: string;
      /** Where another one may be taken from, should this one be taken by then. */
      pool: string;
      internal: boolean;
      labels: Record<string, string>;
    }
  | { do: 'create-volume'; address: Address; name: string; owner: string; labels: Record<string, string> }
  | {
      do: 'create-container';
      address: Address;
      name: string;
      generation: number;
      /** null when the image is not there yet: resolved from `spec` after the image step. */
      resolved: ResolvedContainer | null;
    }
  /** The generation that is to take a running one's place, tried out beside it: what fails here stops nobody. */
  | { do: 'rehearse'; address: Rehearsed; generation: number }
  /** The generation that has taken its place, watched for a while: until then the old one is the way back. */
  | { do: 'prove'; address: Rehearsed; generation: number }
  | { do: 'update-container'; address: Address; id: string; set: ContainerUpdate }
  /** Of every copy of a template that there is when its turn comes: copies come and go with sessions. */
  | { do: 'update-copies'; address: Address; generation: number; set: ContainerUpdate }
  | { do: 'start-container'; address: Address; target: ContainerTarget }
  | { do: 'stop-container'; address: Address; id: string; timeout: number }
  /** `copy`: of a template. It may be gone by then, and who compares plans leaves it out. `template`: its id, if it is there. */
  | { do: 'remove-container'; address: Address; id: string; copy?: true; template?: string }
  /** An engine name, of a network that this plan may make first. */
  | { do: 'connect-network'; address: Address; network: string; target: ContainerTarget }
  | { do: 'disconnect-network'; address: Address; network: string; id: string }
  | { do: 'remove-network'; address: Address; id: string }
  | { do: 'remove-volume'; address: Address; name: string }
  /** `untagged`: only while nothing names it or is built on it; a build may have found it in its cache. */
  | { do: 'remove-image'; address: Address; id: string; untagged?: true }
  | { do: 'policy'; stage: Stage }
  | { do: 'gate'; address: Address; server: string; generation: number };

/**
 * narrow: live policy less what is lost. restrict: the same, and servers that stop before their successors serve are put
 * aside. candidates: the same plus new generations to gate. final: everything that passed.
 */
export type Stage = 'narrow' | 'restrict' | 'candidates' | 'final';

/** Who cannot run beside its successor, for a port or a socket that only one can have. */
export type Rehearsed = 'proxy' | 'bridge';

/** An existing container by id, or the one that this plan created for the address and generation. */
export type ContainerTarget = { id: string } | { created: Address; generation: number };

/** What `POST /containers/{id}/update` may change in place. */
export interface ContainerUpdate {
  memory?: number;
  nanoCpus?: number;
  pids?: number;
  restart?: 'no' | 'unless-stopped';
}

export interface Plan {
  formatVersion: '1.0';
  toolcrib: string;
  mode: Mode;
  project: ProjectIdentity;
  /** Chosen by `-e`; null: the project as it is declared. */
  environment: string | null;
  /** Only these change; empty: everything that differs does. */
  targets: Address[];
  engine: EngineFacts;
  /** One per resource, `no-op` included, in a stable order. */
  changes: Change[];
  accessChanges: AccessChange[];
  warnings: Diagnostic[];
  /** Why it may not be carried out, whoever approves it. */
  refusals: Diagnostic[];
  steps: Step[];
  /** server → generation that serves when all goes well. */
  routes: Record<string, number>;
  /** Digest of the policy that apply ends with. */
  policyDigest: string;
}

/** Nothing to do: no resource change, no access change, no policy change. */
export function isEmpty(plan: Plan): boolean {
  return plan.steps.length === 0;
}

/** The same for what is only to be looked at, which has no steps whatever it shows. */
export function changesNothing(plan: Plan): boolean {
  return plan.mode === 'drift' ? plan.changes.every(({ action }) => action === 'no-op') : isEmpty(plan);
}
