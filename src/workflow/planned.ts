/** What is asked of a plan, and a plan with all that it was made from. */
import type { Engine } from '../engine/engine.js';
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

/** What a verb starts from. */
export interface Begun {
  engine: Engine;
  declared: Declared;
  /** A look at the engine that is under way; left out: none is. */
  seen?: Promise<Survey>;
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
