/** `toolcrib plan`: declaration and lock against the live engine. Writes nothing, anywhere. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure } from '../diagnostics/failure.js';
import type { Engine, ReadEngine } from '../engine/engine.js';
import { planProject } from '../plan/plan-project.js';
import type { DesiredState } from '../model/state.js';
import type { Plan } from '../plan/plan.js';
import type { Context } from './context.js';
import { load, openEngine, requireLock } from './context.js';
import { declare } from './declare.js';
import type { Declared } from './declare.js';
import { keepLiveSocket } from './engine-socket.js';
import { survey } from './survey.js';
import type { Survey } from './survey.js';

export interface PlanOptions {
  destroy?: boolean;
  /** With `destroy`: volumes that hold data go too. */
  volumes?: boolean;
}

export interface Planned {
  plan: Plan;
  /** What was planned for: as declared, on this engine. */
  desired: DesiredState;
  declared: Declared;
  survey: Survey;
}

export async function plan(context: Context, options: PlanOptions = {}): Promise<Plan> {
  const { engine, declared } = await begin(context);
  return (await planAgainst(engine, declared, context, options)).plan;
}

/** The declaration and the engine, side by side; what is wrong with the declaration is said first. */
export async function begin(context: Context): Promise<{ engine: Engine; declared: Declared }> {
  // An environment may name another engine, so that one is looked for once the declaration is read.
  const connecting = context.environment === null ? openEngine(context) : null;
  connecting?.catch(() => undefined); // awaited below; a broken declaration is the better thing to report
  const loaded = await load(context);
  requireLock(loaded);
  const engine = await (connecting ?? openEngine(context, loaded.config.project));
  const { platform } = await engine.facts();
  return { engine, declared: await declare(context, loaded, platform) };
}

/** One look at the engine, one plan. Apply looks again once it holds the lock. */
export async function planAgainst(
  engine: ReadEngine | Engine,
  declared: Declared,
  context: Context,
  options: PlanOptions,
): Promise<Planned> {
  const references = declared.desired.images.map((image) => image.reference);
  const seen = await survey(engine, declared.desired.project, references);
  const desired = keepLiveSocket(declared.desired, seen.actual, declared.config, context.env);
  const { plan: made, diagnostics } = planProject(desired, seen.actual, {
    version: context.version,
    environment: context.environment,
    destroy: options.destroy ?? false,
    volumes: options.volumes ?? false,
  });
  if (diagnostics.some((each) => each.severity === 'error')) throw new Failure(diagnostics);
  const warnings: Diagnostic[] = [...declared.warnings, ...made.warnings, ...diagnostics];
  return { plan: { ...made, warnings }, desired, declared, survey: seen };
}
