/** `toolcrib plan`: declaration and lock against the live engine. Writes nothing, anywhere. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { Failure, warning } from '../diagnostics/failure.js';
import type { Engine, ReadEngine } from '../engine/engine.js';
import type { EngineFacts } from '../model/state.js';
import { planProject } from '../plan/plan-project.js';
import type { Plan } from '../plan/plan.js';
import type { Context } from './context.js';
import { load, openEngine, requireLock } from './context.js';
import { declare } from './declare.js';
import type { Declared } from './declare.js';
import { keepLiveSocket } from './engine-socket.js';
import type { Planned, PlanOptions } from './planned.js';
import { checkScope, scoped } from './scope.js';
import { survey } from './survey.js';

export type { Planned, PlanOptions } from './planned.js';

/** @param out file to save the plan in; null: none. */
export async function plan(context: Context, options: PlanOptions = {}, out: string | null = null): Promise<Plan> {
  const { engine, declared } = await beginAs(options, context);
  const planned = await planAgainst(engine, declared, context, options);
  if (out !== null) {
    const { savePlan } = await import('./saved-plan.js');
    await savePlan(planned, context, options, out);
  }
  const { plan: made } = planned;
  if (!options.driftOnly) return made;
  const { driftOnly } = await import('../plan/drift-only.js');
  return driftOnly(made);
}

async function beginAs(options: PlanOptions, context: Context): Promise<{ engine: Engine; declared: Declared }> {
  if (!options.destroy) return begin(context);
  const { beginDestroy } = await import('./begin-destroy.js');
  return beginDestroy(context);
}

/** The declaration and the engine, side by side; what is wrong with the declaration is said first. */
export async function begin(context: Context): Promise<{ engine: Engine; declared: Declared }> {
  // An environment may name another engine, so that one is looked for once the declaration is read.
  const connecting = context.environment === null ? openEngine(context) : null;
  connecting?.catch(() => undefined); // awaited below; a broken declaration is the better thing to report
  const loaded = await load(context);
  requireLock(loaded);
  const engine = await (connecting ?? openEngine(context, loaded.config.project));
  const facts = await engine.facts();
  const declared = await declare(context, loaded, facts.platform);
  return { engine, declared: { ...declared, warnings: [...declared.warnings, ...newerThanTested(facts)] } };
}

/** It is spoken to as an older one; what it does otherwise by now is not known. */
function newerThanTested({ apiVersion, offeredApi = apiVersion, version }: EngineFacts): Diagnostic[] {
  if (offeredApi === apiVersion) return [];
  return [
    warning(
      'engine_untested',
      `The engine is Docker ${version} with API ${offeredApi}; this toolcrib is tested up to ${apiVersion}, and speaks that.`,
      'Upgrade toolcrib when it knows this engine; until then, look twice at what a plan says.',
    ),
  ];
}

/** One look at the engine, one plan. Apply looks again once it holds the lock. */
export async function planAgainst(
  engine: ReadEngine | Engine,
  everything: Declared,
  context: Context,
  options: PlanOptions,
): Promise<Planned> {
  const { targets = [], replace = [] } = options;
  checkScope({ targets, replace }, everything.config);
  const references = everything.desired.images.map((image) => image.reference);
  const seen = await survey(engine, everything.desired.project, references);
  const declared = scoped(everything, seen, targets);
  const desired = keepLiveSocket(declared.desired, seen.actual, declared.config, context.env);
  const {
    plan: made,
    desired: planned,
    diagnostics,
    deaf,
  } = planProject(desired, seen.actual, {
    version: context.version,
    environment: context.environment,
    destroy: options.destroy ?? false,
    volumes: options.volumes ?? false,
    targets,
    replace,
  });
  if (diagnostics.some((each) => each.severity === 'error')) throw new Failure(diagnostics);
  const warnings: Diagnostic[] = [...declared.warnings, ...made.warnings, ...diagnostics];
  return { plan: { ...made, warnings }, desired: planned, declared, survey: seen, deaf };
}
