/** What whoever asks for a plan may want besides the declaration. */
import type { Address } from '../model/address.js';

export interface PlanOptions {
  /** Of toolcrib. */
  version: string;
  /** Told in the plan's head. */
  environment?: string | null;
  /** Change these servers and nothing else; empty or left out: everything. */
  targets?: readonly Address[];
  /** Remove everything instead. */
  destroy?: boolean;
  /** With `destroy`: also volumes that hold data. */
  volumes?: boolean;
  /** Replace these whatever they look like. */
  replace?: readonly Address[];
}
