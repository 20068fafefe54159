/** What `apply` and `destroy` share: the same walk, towards a declared state or towards nothing. */
import { Exit } from '../../diagnostics/diagnostic.js';
import { isEmpty } from '../../plan/plan.js';
import type { Plan } from '../../plan/plan.js';
import type { ApplyOptions, ApplyResult } from '../../workflow/apply.js';
import type { Call, Option } from '../command.js';
import { reportText } from '../report.js';
import { contradiction, scopeFrom } from './plan.js';

export const APPLY_OPTIONS: readonly Option[] = [
  { flags: '--auto-approve', description: 'do not ask' },
  { flags: '--lock-timeout <time>', description: 'wait so long for another apply to end (default: not at all)' },
  { flags: '--parallelism <n>', description: 'independent resources at once (default: the number of cores)' },
];

export async function runApply(call: Call, what: { destroy: boolean; volumes: boolean }): Promise<number> {
  const { context, terminal, options, json } = call;
  const [{ apply }, { destroy }, { planText }] = await Promise.all([
    import('../../workflow/apply.js'),
    import('../../workflow/destroy.js'),
    import('../../plan/views/text.js'),
  ]);
  const file = what.destroy ? null : (call.arguments[0] ?? null);
  const given = {
    autoApprove: options.flag('autoApprove'),
    lockTimeoutSeconds: options.duration('lockTimeout', '--lock-timeout') ?? 0,
    parallelism: options.count('parallelism', '--parallelism', 1),
    show: (plan: Plan) => {
      if (what.destroy && isEmpty(plan)) terminal.note(`Nothing of ${plan.project.name} is on this engine.`);
      else if (!json) terminal.data(planText(plan, terminal.palette));
      // Whoever is asked has to see what about.
      else if (!options.flag('autoApprove')) terminal.note(planText(plan, terminal.notePalette));
    },
  };
  const result = what.destroy
    ? await destroy(context, { ...given, volumes: what.volumes })
    : file === null
      ? await apply(context, { ...given, ...scopeFrom(options) })
      : await saved(file, call, given);
  terminal.finish();
  await show(result, call, result.plan.mode === 'destroy');
  return exitOf(result);
}

/** What is to be done stands in the file, and nothing can be added to it. */
async function saved(
  file: string,
  { context, options }: Call,
  given: Omit<ApplyOptions, 'destroy'>,
): Promise<ApplyResult> {
  const { targets, replace } = scopeFrom(options);
  if (targets.length + replace.length > 0)
    contradiction('A saved plan is applied as it is, so --target and --replace have no place beside it.');
  const { applySaved } = await import('../../workflow/apply-saved.js');
  return applySaved(context, file, given);
}

/** Nothing done and something failed is as partial as half of it done: a new apply continues either way. */
function exitOf({ outcome, approved }: ApplyResult): number {
  if (!approved) return Exit.error;
  if (!outcome) return Exit.ok;
  return outcome.failed.length > 0 || outcome.skipped.length > 0 ? Exit.partial : Exit.ok;
}

async function show(result: ApplyResult, call: Call, destroyed: boolean): Promise<void> {
  const { context, terminal, json } = call;
  const { appliedJson, appliedText } = await import('../views/applied.js');
  if (json) return terminal.json(appliedJson(result));
  await reportText(result.plan.warnings, terminal, context.dir);
  await reportText(result.outcome?.failed.flatMap((each) => each.diagnostics) ?? [], terminal, context.dir);
  terminal.data(appliedText(result, destroyed, terminal.palette));
  if (exitOf(result) === Exit.partial) terminal.next(nextAfter(result, destroyed ? 'destroy' : 'apply'));
  else if (exitOf(result) === Exit.ok && !destroyed) terminal.next('toolcrib status');
}

/** Interrupted, nothing has to be mended unless something failed besides. */
function nextAfter({ outcome }: ApplyResult, verb: 'apply' | 'destroy'): string {
  const failed = outcome?.failed.some((each) => each.diagnostics.some(({ code }) => code !== 'interrupted')) ?? false;
  return failed
    ? `toolcrib ${verb}, once what failed is mended: it continues where this one stopped`
    : `toolcrib ${verb}: it was interrupted, and continues where it stopped`;
}
