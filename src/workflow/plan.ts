/** `toolcrib plan`: declaration and lock against the live engine. Writes nothing, anywhere. */
import { arch } from 'node:os';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { warning } from '../diagnostics/failure.js';
import { sha256Hex } from '../definitions/hash.js';
import { look, lookForControls } from '../docker/observe.js';
import type { Look } from '../docker/observe.js';
import { spokenOfLater } from '../docker/spoken-of-later.js';
import type { Engine, ReadEngine } from '../engine/engine.js';
import type { EngineFacts } from '../model/state.js';
import { dockerPlatform } from '../sources/platform.js';
import { planProject } from '../plan/plan-project.js';
import type { Plan } from '../plan/plan.js';
import { beyondEngine } from './beyond-engine.js';
import type { Context } from './context.js';
import { loadDeclaration, loadReviewed, openEngine, requireLock, throwErrors } from './context.js';
import { declare } from './declare.js';
import type { Declared } from './declare.js';
import { keepLiveSocket } from './engine-socket.js';
import type { Begun, Planned, PlanOptions } from './planned.js';
import { checkScope, scoped } from './scope.js';
import { likelyControl } from './likely-control.js';
import { readAhead, survey } from './survey.js';
import type { Ahead, Survey } from './survey.js';

export type { Planned, PlanOptions } from './planned.js';

const HEAD_START_MS = 15;

/** @param out file to save the plan in; null: none. */
export async function plan(context: Context, options: PlanOptions = {}, out: string | null = null): Promise<Plan> {
  if (out !== null) {
    const { refuseToReplace } = await import('./saved-plan.js');
    await refuseToReplace(context.dir, out);
  }
  const begun = await beginAs(options, context);
  const planned = await planAgainst(begun.engine, begun.declared, context, options, begun.seen);
  if (out !== null) {
    const { savePlan } = await import('./saved-plan.js');
    await savePlan(planned, context, options, out);
  }
  const { plan: made } = planned;
  if (!options.driftOnly) return made;
  const { driftOnly } = await import('../plan/drift-only.js');
  return driftOnly(made);
}

async function beginAs(options: PlanOptions, context: Context): Promise<Begun> {
  if (!options.destroy) return begin(context);
  const { beginDestroy } = await import('./begin-destroy.js');
  return beginDestroy(context);
}

/**
 * The declaration and the engine, side by side: while the engine answers, files are read and compiled. What is wrong
 * with the declaration is said first.
 */
export async function begin(context: Context): Promise<Begun> {
  // An environment may name another engine, so that one is looked for once the declaration is read.
  const early = context.environment === null ? spokenOfLater(openEngine(context)) : null;
  const looking = early && spokenOfLater(lookAhead(context, early));
  if (looking) await headStart(looking);
  const declaration = await loadDeclaration(context);
  const { project } = declaration.config;
  const opening = early ?? spokenOfLater(openEngine(context, project));
  const references = settable<string[]>();
  const seen = spokenOfLater(
    opening.then(async (engine) =>
      survey(engine, project, references.promise, (await looking)?.at ?? look(engine), await (await looking)?.ahead),
    ),
  );
  // What has been answered meanwhile is taken in, and what is asked next goes out, before files keep this thread busy.
  await turns(3);
  const loaded = await loadReviewed(context, declaration);
  requireLock(loaded);
  const engine = await opening;
  const likely = spokenOfLater(declare(context, loaded, likelyPlatform()));
  const facts = await engine.facts();
  const declared = await (facts.platform === likelyPlatform() ? likely : declare(context, loaded, facts.platform));
  references.set(referencesOf(declared));
  return { engine, declared: { ...declared, warnings: [...declared.warnings, ...newerThanTested(facts)] }, seen };
}

interface Looking {
  at: Look;
  ahead: Promise<Ahead | null>;
}

/**
 * What takes the engine longest is asked for first, of the control that is likely ours (whose it is, is seen to later),
 * and everything else after it: side by side, its lists would keep the engine from saying which control that is.
 */
async function lookAhead(context: Context, opening: Promise<Engine>): Promise<Looking> {
  // Node takes some milliseconds to load what hashes: those in which the engine is reached.
  await turns(2);
  sha256Hex('');
  const engine = await opening;
  const controls = lookForControls(engine);
  const ahead = spokenOfLater(
    controls.controls.then((found) => {
      const control = likelyControl(context, found);
      return control && readAhead(engine, control);
    }),
  );
  await headStart(ahead);
  return { at: look(engine, controls), ahead };
}

/** Most engines run on the machine that asks: all is compiled for it while they say what they are, and anew if it is another. */
function likelyPlatform(): string {
  return dockerPlatform('linux', arch());
}

/** The engine has something to do before files are read; one that does not answer keeps nobody waiting. */
async function headStart(asked: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resolve) => (timer = setTimeout(resolve, HEAD_START_MS)));
  await Promise.race([asked.catch(() => undefined), enough]);
  clearTimeout(timer);
}

async function turns(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await new Promise((resolve) => setImmediate(resolve));
}

function settable<Value>(): { promise: Promise<Value>; set: (value: Value) => void } {
  let set: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((resolve) => (set = resolve));
  return { promise, set };
}

function referencesOf({ desired }: Declared): string[] {
  return desired.images.map((image) => image.reference);
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

/** A look of its own, for what the first one may not know any more. */
export function lookAgain(engine: ReadEngine, everything: Declared): Promise<Survey> {
  return survey(engine, everything.desired.project, referencesOf(everything));
}

/**
 * One look at the engine, one plan. Apply looks again once it holds the lock.
 * @param look the one that was begun with, for the first plan alone.
 */
export async function planAgainst(
  engine: ReadEngine | Engine,
  everything: Declared,
  context: Context,
  options: PlanOptions,
  look: Promise<Survey> = lookAgain(engine, everything),
): Promise<Planned> {
  const { targets = [], replace = [] } = options;
  checkScope({ targets, replace }, everything.config);
  const seen = await look;
  if (!options.destroy) throwErrors(beyondEngine(everything.config, seen.actual.engine, targets));
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
  throwErrors(diagnostics);
  const warnings: Diagnostic[] = [...declared.warnings, ...made.warnings, ...diagnostics];
  return { plan: { ...made, warnings }, desired: planned, declared, survey: seen, deaf };
}
