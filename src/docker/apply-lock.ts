/**
 * One lock per project and engine (DESIGN.md, Apply): a *running* container of a fixed name. Creating it is atomic; it
 * ends at end of file on its stdin and removes itself, and its holder stays attached, so the holder's death frees it.
 */
import { Exit } from '../diagnostics/diagnostic.js';
import { fail } from '../diagnostics/failure.js';
import type { Attachment, Engine } from '../engine/engine.js';
import type { ContainerInspect } from '../model/inspect.js';
import { engineName, LABEL } from '../model/labels.js';
import type { ProjectIdentity } from '../model/labels.js';
import { engineFailure, isConflict, isNotFound } from './errors.js';
import { ageInWords, holderInWords, lockContainer } from './lock-container.js';
import type { Holder } from './lock-container.js';
import { pause } from './pause.js';

export interface LockRequest {
  /** The system image, by id or reference. */
  image: string;
  holder: Holder;
  /** 0: wait no longer than it takes to see that the holder lives. */
  timeoutSeconds: number;
  onWait?: (text: string) => void;
  /** Waits no longer once it is aborted. */
  signal?: AbortSignal;
  /**
   * Called when the lock's container is made, and told again if it has to be made anew. If its start succeeds, nobody
   * else had the lock since then: what is looked at from here on was looked at under it.
   */
  onMade?: () => void;
  /** What whoever is refused can do; left out: wait, or `toolcrib unlock`. */
  free?: string;
}

export interface ApplyLock {
  /** Gives the lock back, and resolves when it is free. */
  release(): Promise<void>;
  /** Aborted, with a Failure as its reason, when the lock ended before it was released. */
  lost: AbortSignal;
}

/** A lock container that does not run for so long was left by a maker that died between create and start. */
const STALE_SECONDS = 10;
/** A holder that was killed just now keeps its lock for a moment: nobody is refused before that is over. */
const GRACE_SECONDS = 2;
const RELEASE_SECONDS = 10;
const POLL_MS = 250;
const RELEASE_POLL_MS = 5;

/**
 * @throws Failure `apply_locked` (exit 4) naming the holder, when the lock is not free within `timeoutSeconds`, and
 * `interrupted`.
 */
export async function acquireLock(engine: Engine, project: ProjectIdentity, request: LockRequest): Promise<ApplyLock> {
  const name = engineName.lock(project.name);
  const waiting = new Waiting(request);
  for (;;) {
    const lock = await tryLock(engine, name, project, request);
    if (lock) return lock;
    const other = await engine.inspectContainer(name);
    if (other && other.Config.Labels?.[LABEL.projectId] !== project.id) refuseStranger(name, other);
    if (other && waiting.isStale(other)) await engine.removeContainer(other.Id);
    if (request.signal?.aborted) fail('interrupted', 'It waited for the project’s lock.', 'Nothing was changed.');
    await pause(POLL_MS);
  }
}

/** What a waiting command knows of the container in its way, by its own clock: the engine's may differ. */
class Waiting {
  readonly #end: number;
  #told = '';
  #idle = '';
  #idleSince = 0;

  constructor(private readonly request: LockRequest) {
    this.#end = performance.now() + Math.max(request.timeoutSeconds, GRACE_SECONDS) * 1000;
  }

  /** Tells whom it waits for. @throws Failure `apply_locked` when that runs and the time is over. */
  isStale(other: ContainerInspect): boolean {
    const text = `waiting for the lock that is held by ${holderInWords(other.Config.Labels?.[LABEL.holder])}`;
    if (text !== this.#told) this.request.onWait?.((this.#told = text));
    if (other.State.Running) {
      if (performance.now() >= this.#end) refuseHeld(other, this.request);
      return false;
    }
    if (other.Id !== this.#idle) [this.#idle, this.#idleSince] = [other.Id, performance.now()];
    return performance.now() - this.#idleSince > STALE_SECONDS * 1000;
  }
}

/** null: somebody else has it. */
async function tryLock(
  engine: Engine,
  name: string,
  project: ProjectIdentity,
  { image, holder, onMade }: LockRequest,
): Promise<ApplyLock | null> {
  const id = await createOrNull(engine, name, project, image, holder);
  if (id === null) return null;
  onMade?.();
  try {
    return await holdOn(engine, id, image);
  } catch (error) {
    if (isNotFound(error)) return null; // taken for stale, because this took so long
    await engine.removeContainer(id).catch(() => undefined);
    throw error;
  }
}

/** Attached before it starts, so that at no moment it runs without its holder. */
async function holdOn(engine: Engine, id: string, image: string): Promise<ApplyLock> {
  const attachment = await engine.attach(id);
  try {
    const ended = new Promise<void>((resolve) => attachment.onClose(resolve));
    await engine.startContainer(id);
    // A container that ended at once has removed itself, and holds nothing.
    if (!(await engine.inspectContainer(id))?.State.Running) throw endedAtOnce(image);
    return held(engine, id, attachment, ended);
  } catch (error) {
    attachment.destroy();
    throw error;
  }
}

async function createOrNull(
  engine: Engine,
  name: string,
  project: ProjectIdentity,
  image: string,
  holder: Holder,
): Promise<string | null> {
  const options = { autoRemove: true, stdinOnce: true };
  try {
    return await engine.createContainer(name, lockContainer(project, image, holder), options);
  } catch (error) {
    if (isConflict(error)) return null;
    throw error;
  }
}

function held(engine: Engine, id: string, attachment: Attachment, ended: Promise<void>): ApplyLock {
  const lost = new AbortController();
  let releasing: Promise<void> | null = null;
  void ended.then(() => {
    if (!releasing) lost.abort(lockLost());
  });
  return {
    lost: lost.signal,
    release: () => (releasing ??= release(engine, id, attachment)),
  };
}

async function release(engine: Engine, id: string, attachment: Attachment): Promise<void> {
  attachment.end();
  const end = performance.now() + RELEASE_SECONDS * 1000;
  try {
    while ((await engine.inspectContainer(id)) !== null) {
      if (performance.now() > end) await engine.removeContainer(id);
      else await pause(RELEASE_POLL_MS);
    }
  } finally {
    attachment.destroy();
  }
}

function refuseHeld(other: ContainerInspect, { timeoutSeconds: waited, free }: LockRequest): never {
  const label = other.Config.Labels?.[LABEL.holder];
  const holder = holderInWords(label);
  fail(
    'apply_locked',
    `The project is locked by ${holder}, ${ageInWords(label, new Date())} ago${waited > 0 ? `; it was not free within ${waited} s` : ''}.`,
    free ??
      'Wait for it to end, or let this command wait with `--lock-timeout SECONDS`. The lock goes with its holder: ' +
        `if that hangs, \`toolcrib unlock ${other.Id.slice(0, 12)}\` frees it.`,
    {},
    Exit.locked,
  );
}

export function refuseStranger(name: string, other: ContainerInspect): never {
  fail(
    'project_conflict',
    `A container named ${name} is in the way, and it is not this project's (${other.Config.Labels?.[LABEL.projectId] ?? 'it bears no project id'}).`,
    'Another project of the same name uses this engine: rename one of them (`project.name`).',
  );
}

function endedAtOnce(image: string): Error {
  return engineFailure(
    'engine_error',
    `The lock's container of image ${image} ended as soon as it was started, so nothing is locked.`,
    'Run the command again; if it stays so, remove that image, so that it is built anew.',
  );
}

function lockLost(): Error {
  return engineFailure(
    'engine_error',
    "The lock's container ended while the work went on: another apply may have begun.",
    'Look who removed it (`docker events`), then run `toolcrib apply` again; it continues from here.',
  );
}
