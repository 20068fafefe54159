/**
 * `toolcrib apply FILE`: the plan that was saved and nothing else. The declaration is read and the engine looked at
 * again, before the lock and under it; had anything moved, the saved plan would not be true any more.
 */
import { Failure } from '../diagnostics/failure.js';
import { withSystemImage, converge } from './apply.js';
import type { ApplyOptions, ApplyResult } from './apply.js';
import { beginDestroy } from './begin-destroy.js';
import type { Context } from './context.js';
import { load } from './context.js';
import { systemImageThere } from './destroy.js';
import { buildFolders, fileHashes, fingerprint, ownVersion } from './fingerprint.js';
import type { Fingerprint } from './fingerprint.js';
import type { Moved } from './moved.js';
import { movedBetween, movedSteps, refuseMoved } from './moved.js';
import { begin } from './plan.js';
import type { Begun, Planned } from './planned.js';
import type { SavedPlan } from './saved-plan.js';
import { readSavedPlan } from './saved-plan.js';

export async function applySaved(
  given: Context,
  path: string,
  options: Omit<ApplyOptions, 'destroy' | 'volumes' | 'targets' | 'replace' | 'autoApprove'>,
): Promise<ApplyResult> {
  const saved = await readSavedPlan(given.dir, path);
  // It was planned for an environment, and is applied there unless another one is named.
  const context = { ...given, environment: given.environment ?? saved.plan.environment };
  const refuse = (moved: readonly Moved[]): void => refuseMoved(moved, saved, path);
  refuse(movedBetween(pick(saved.saw, ['toolcrib']), await ownVersion(context)));
  const files = movedBetween(pick(saved.saw, ['file']), {
    file: await fileHashes(Object.keys(saved.saw.file ?? {}), context.dir),
  });
  const begun = await beginUnlessMoved(files, saved, context, refuse);
  const { engine, declared } = begun;
  const { id } = await engine.facts();
  // On another engine everything differs; that it is another one says it all.
  refuse(movedBetween({ engine: { id: saved.saw.engine?.id ?? null } }, { engine: { id } }));
  const verify = async (planned: Planned): Promise<void> => {
    const now = await fingerprint(planned, context, saved.salt);
    const moved = movedBetween(saved.saw, now);
    refuse(moved.length > 0 ? moved : movedSteps(saved, planned.plan));
  };
  const all = { ...options, ...saved.options, autoApprove: true, verify };
  return converge(context, begun, all, (first) =>
    saved.options.destroy ? Promise.resolve(systemImageThere(first)) : withSystemImage(engine, declared, context),
  );
}

/** A declaration that does not even load any more has moved first of all. */
async function beginUnlessMoved(
  files: readonly Moved[],
  saved: SavedPlan,
  context: Context,
  refuse: (moved: readonly Moved[]) => void,
): Promise<Begun> {
  try {
    return await (saved.options.destroy ? beginDestroy(context) : begin(context));
  } catch (error) {
    if (error instanceof Failure) refuse([...files, ...(await movedFolders(saved, context))]);
    throw error;
  }
}

async function movedFolders({ saw }: SavedPlan, context: Context): Promise<Moved[]> {
  try {
    const { config } = await load(context);
    return movedBetween(pick(saw, ['build folder']), { 'build folder': await buildFolders(config) });
  } catch {
    return []; // what is wrong with the declaration is told by whoever asked
  }
}

function pick(saw: Fingerprint, groups: readonly string[]): Fingerprint {
  return Object.fromEntries(groups.map((group) => [group, saw[group] ?? {}]));
}
