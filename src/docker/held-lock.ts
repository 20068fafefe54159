/** The project's lock as somebody else sees it: who holds it, since when, and how to end it. */
import type { Engine, ReadEngine } from '../engine/engine.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import { refuseStranger } from './apply-lock.js';
import { ageInWords, holderInWords } from './lock-container.js';

export interface HeldLock {
  /** Of the lock's container, short: another holder has another. */
  id: string;
  /** In words. */
  holder: string;
  /** By the holder's clock: `3 min`. */
  age: string;
  /** false: it was left behind, and the next apply takes it for stale. */
  running: boolean;
}

/** null: nobody holds it. @throws Failure `project_conflict` where it is another project's of that name. */
export async function findLock(engine: ReadEngine, project: ProjectIdentity, now: Date): Promise<HeldLock | null> {
  const name = engineName.lock(project.name);
  const found = await engine.inspectContainer(name);
  if (!found) return null;
  if (found.Config.Labels?.[LABEL.projectId] !== project.id) refuseStranger(name, found);
  const label = found.Config.Labels[LABEL.holder];
  return {
    id: found.Id.slice(0, 12),
    holder: holderInWords(label),
    age: ageInWords(label, now),
    running: found.State.Running,
  };
}

/** Its holder sees it go, and stops after the step that runs. */
export async function removeLock(engine: Engine, lock: HeldLock): Promise<void> {
  await engine.removeContainer(lock.id);
}
