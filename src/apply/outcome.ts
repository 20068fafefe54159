/** What became of a plan's steps. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Address } from '../model/address.js';
import type { Step } from '../plan/plan.js';

export interface FailedResource {
  address: Address;
  diagnostics: readonly Diagnostic[];
}

export interface Outcome {
  done: Step[];
  failed: FailedResource[];
  /** Not run: they belong to a resource that failed, or come after a failure that stops everything. */
  skipped: Step[];
  /** The user asked to stop; the rest was skipped. */
  interrupted: boolean;
}
