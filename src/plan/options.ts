/** What whoever asks for a plan may want besides the declaration. */
import type { Address } from '../model/address.js';

export interface PlanOptions {
  /** Of toolcrib. */
  version: string;
  /** The chosen environment; left out: none. */
  environment?: string | null;
  /** Remove everything instead. */
  destroy?: boolean;
  /** With `destroy`: also volumes that hold data. */
  volumes?: boolean;
  /** Replace these whatever they look like. */
  replace?: readonly Address[];
}
