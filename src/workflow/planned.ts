/** What is asked of a plan, and a plan with all that it was made from. */
import type { Address } from '../model/address.js';
import type { DesiredState } from '../model/state.js';
import type { Plan } from '../plan/plan.js';
import type { Declared } from './declare.js';
import type { Survey } from './survey.js';

export interface PlanOptions {
  destroy?: boolean;
  /** With `destroy`: volumes that hold data go too. */
  volumes?: boolean;
  /** Change these servers and nothing else; left out: everything. */
  targets?: readonly Address[];
  /** Replace these whatever they look like. */
  replace?: readonly Address[];
  /** Only what was changed outside toolcrib, to look at. */
  driftOnly?: boolean;
}

export interface Planned {
  plan: Plan;
  /** What was planned for: as declared, on this engine. */
  desired: DesiredState;
  declared: Declared;
  survey: Survey;
  /** The proxy that runs takes no policy of this build. */
  deaf: boolean;
}
