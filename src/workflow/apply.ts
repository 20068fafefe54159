/** `toolcrib apply`: plan, ask, take the project's lock, look again, walk the plan. */
import { availableParallelism } from 'node:os';
import { applyPlan } from '../apply/apply.js';
import type { Outcome } from '../apply/outcome.js';
import type { ApplyPorts } from '../apply/ports.js';
import { serializePolicy } from '../compile/policy.js';
import { Exit } from '../diagnostics/diagnostic.js';
import { Failure, fail } from '../diagnostics/failure.js';
import { spokenOfLater } from '../docker/spoken-of-later.js';
import type { Engine } from '../engine/engine.js';
import { isUp } from '../plan/container-plan.js';
import { isEmpty } from '../plan/plan.js';
import type { Change, Plan, Step } from '../plan/plan.js';
import type { Context } from './context.js';
import type { Declared } from './declare.js';
import { ensureImage } from './images.js';
import { begin, lookAgain, planAgainst } from './plan.js';
import type { Begun } from './planned.js';
import type { Planned, PlanOptions } from './plan.js';
import type { Survey } from './survey.js';
import { underLock } from './under-lock.js';
import { unroutedOf } from './unrouted.js';

export interface ApplyOptions extends PlanOptions {
  autoApprove: boolean;
  lockTimeoutSeconds: number;
  /** null: as many as there are cores. */
  parallelism: number | null;
  /** The plan that is about to be asked about or applied. */
  show(plan: Plan): void;
  /** Throws where what was planned now is not what was asked for: before anything is done, and again under the lock. */
  verify?(planned: Planned): Promise<void>;
}

export interface ApplyResult {
  plan: Plan;
  /** null: nothing to do, or the user said no. */
  outcome: Outcome | null;
  approved: boolean;
}

export async function apply(context: Context, options: ApplyOptions): Promise<ApplyResult> {
  const begun = await begin(context);
  const { engine, declared } = begun;
  return converge(context, begun, options, () => withSystemImage(engine, declared, context));
}

/** The image that the lock runs on, made sure of. Minutes on a slow machine, before there is any step to tell of. */
export async function withSystemImage(engine: Engine, declared: Declared, context: Context): Promise<string> {
  const text = 'image.system: making sure the image is there';
  const tell = (state: 'started' | 'done' | 'failed'): void => context.host.notify({ id: 'system', state, text });
  const onLine = (line: string): void =>
    context.host.notify({ id: 'system', state: 'detail', text: `image.system: ${line}` });
  tell('started');
  const system = await ensureImage(engine, declared, context, 'image.system', onLine).catch((error: unknown) => {
    tell('failed');
    throw error;
  });
  tell('done');
  return system.reference;
}

/**
 * What apply and destroy have in common.
 * @param lockImage the image that the project's lock runs on; null: nothing is there that could be locked.
 */
export async function converge(
  context: Context,
  { engine, declared, seen }: Begun,
  options: ApplyOptions,
  lockImage: (first: Planned) => Promise<string | null>,
): Promise<ApplyResult> {
  const first = await planAgainst(engine, declared, context, options, seen);
  await options.verify?.(first);
  options.show(first.plan);
  if (first.plan.refusals.length > 0) throw new Failure(first.plan.refusals, Exit.refused);
  if (isEmpty(first.plan)) return { plan: first.plan, outcome: null, approved: true };
  if (!(await approved(context, options))) return { plan: first.plan, outcome: null, approved: false };
  const image = await lockImage(first);
  // An engine takes its time to start the lock's container, and is looked at again meanwhile.
  let again: Promise<Survey> | undefined;
  const onMade = (): void => void (again = spokenOfLater(lookAgain(engine, declared)));
  const work = async (signal: AbortSignal): Promise<{ planned: Planned; outcome: Outcome }> => {
    const second = await planAgainst(engine, declared, context, options, again);
    await options.verify?.(second);
    const moved = options.autoApprove ? [] : movedSince(first.plan, second.plan);
    if (moved.length > 0) refuseStale(moved);
    const { now } = byLock(second.plan, options);
    const outcome = await applyPlan(now, ports(engine, second, context, signal, options.parallelism));
    return { planned: second, outcome };
  };
  const result =
    image === null
      ? await work(context.signal)
      : await underLock(engine, declared, context, image, options.lockTimeoutSeconds, work, {
          command: 'apply',
          onMade,
        });
  return finish(result, engine, context, options);
}

/** Destroy removes the image that the lock itself runs on: only once the lock is given back. */
function byLock(plan: Plan, { destroy }: ApplyOptions): { now: Plan; afterwards: Plan } {
  const late = (step: Step): boolean => destroy === true && step.do === 'remove-image';
  return {
    now: { ...plan, steps: plan.steps.filter((step) => !late(step)) },
    afterwards: { ...plan, steps: plan.steps.filter(late) },
  };
}

async function finish(
  { planned, outcome }: { planned: Planned; outcome: Outcome },
  engine: Engine,
  context: Context,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const { plan } = planned;
  const { afterwards } = byLock(plan, options);
  const stopped = outcome.failed.length > 0 || outcome.interrupted;
  if (afterwards.steps.length === 0) return { plan, outcome, approved: true };
  if (stopped) {
    return { plan, outcome: { ...outcome, skipped: [...outcome.skipped, ...afterwards.steps] }, approved: true };
  }
  const last = await applyPlan(afterwards, ports(engine, planned, context, context.signal, options.parallelism));
  const whole: Outcome = {
    done: [...outcome.done, ...last.done],
    failed: last.failed,
    skipped: last.skipped,
    interrupted: last.interrupted,
  };
  return { plan, outcome: whole, approved: true };
}

async function approved(context: Context, options: ApplyOptions): Promise<boolean> {
  if (options.autoApprove) return true;
  const answer = await context.host.ask('Apply these changes?');
  if (answer !== null) return answer;
  return fail(
    'invalid_option',
    'Nobody can be asked here, so the plan was not applied.',
    'Review the plan above and run the command again with `--auto-approve`.',
  );
}

function ports(
  engine: Engine,
  planned: Planned,
  context: Context,
  signal: AbortSignal,
  parallelism: number | null,
): ApplyPorts {
  const { declared, plan, survey, deaf } = planned;
  const { actual } = survey;
  const live = (address: 'bridge' | 'proxy') => actual.containers.filter((each) => each.address === address);
  return {
    engine,
    project: declared.desired.project,
    notify: (event) => context.host.notify(event),
    signal,
    parallelism: parallelism ?? availableParallelism(),
    timeoutSeconds: context.timeoutSeconds,
    ensureImage: (address, onLine) => ensureImage(engine, declared, context, address, onLine),
    containers: new Map(planned.desired.containers.map((each) => [each.address, each])),
    live: survey.policy,
    liveFile: actual.policy && { seq: actual.policy.seq, digest: actual.policy.digest },
    desired: declared.policy(plan.routes),
    serialize: serializePolicy,
    files: survey.files,
    keys: actual.keys ?? [],
    volumes: actual.volumes.map(({ Name }) => Name),
    nextSeq: Math.max(survey.files[0]?.seq ?? 0, actual.ack?.seq ?? 0) + 1,
    certificate: declared.certificate ?? null,
    control: survey.control,
    bridge: live('bridge')[0]?.inspect.Id ?? null,
    proxyListens: !deaf && live('proxy').some(isUp),
    deaf,
    unrouted: unroutedOf(plan),
  };
}

/**
 * Addresses that moved while the question stood. Images don't count, because the lock itself needed one; nor do
 * fields that were shown as known after apply, because that image made them known.
 */
function movedSince(first: Plan, second: Plan): string[] {
  const shown = new Map(first.changes.map((each) => [each.address, each]));
  const now = new Map(second.changes.map((each) => [each.address, each]));
  const moved = [...new Set([...shown.keys(), ...now.keys()])].filter((address) => {
    const unknown = new Set(shown.get(address)?.unknown);
    return !address.startsWith('image.') && told(shown.get(address), unknown) !== told(now.get(address), unknown);
  });
  const sameAccess = JSON.stringify(first.accessChanges) === JSON.stringify(second.accessChanges);
  return sameAccess ? moved : [...moved, 'access'];
}

function told(change: Change | undefined, unknown: ReadonlySet<string>): string {
  const fields = change?.fields.filter((each) => !unknown.has(each.field));
  return JSON.stringify([change?.action, fields]);
}

function refuseStale(moved: string[]): never {
  return fail(
    'plan_stale',
    `The engine changed after the plan was shown: ${moved.join(', ')}.`,
    'Run `toolcrib apply` again and review the new plan.',
    {},
    Exit.stale,
  );
}
