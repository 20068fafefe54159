/** What became of an apply or a destroy: done, failed, skipped. */
import { describe } from '../../apply/describe.js';
import type { Outcome } from '../../apply/outcome.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { isEmpty } from '../../plan/plan.js';
import type { Step } from '../../plan/plan.js';
import type { ApplyResult } from '../../workflow/apply.js';
import type { Palette } from '../palette.js';
import { visible } from '../../diagnostics/visible.js';

interface StepJson {
  address: string;
  step: string;
  text: string;
}

export interface AppliedJson {
  /** changed: all done; unchanged: nothing to do; declined: the question was answered with no; partial: see failed and skipped. */
  result: 'changed' | 'unchanged' | 'declined' | 'partial';
  interrupted: boolean;
  done: StepJson[];
  failed: { address: string; diagnostics: readonly Diagnostic[] }[];
  skipped: StepJson[];
  /** Warnings of the plan. */
  diagnostics: readonly Diagnostic[];
}

export function appliedJson(result: ApplyResult): AppliedJson {
  const outcome = result.outcome ?? NOTHING;
  return {
    result: resultOf(result),
    interrupted: outcome.interrupted,
    done: outcome.done.map(stepJson),
    failed: outcome.failed.map(({ address, diagnostics }) => ({ address, diagnostics })),
    skipped: outcome.skipped.map(stepJson),
    diagnostics: result.plan.warnings,
  };
}

export function appliedText(result: ApplyResult, destroyed: boolean, palette: Palette): string {
  const outcome = result.outcome ?? NOTHING;
  switch (resultOf(result)) {
    case 'declined':
      return 'Nothing was changed.';
    case 'unchanged':
      return palette.good(destroyed ? 'There is nothing of this project on the engine.' : 'The engine is as declared.');
    case 'changed':
      return palette.good(destroyed ? `Destroyed: ${counted(outcome.done)}.` : `Applied: ${counted(outcome.done)}.`);
    case 'partial':
      return [
        palette.error(`${outcome.interrupted ? 'Interrupted' : 'Finished in part'}: ${counted(outcome.done)} done.`),
        ...outcome.done.map((step) => `  ${palette.good('done')}     ${describe(step)}`),
        ...outcome.failed.map((each) => `  ${palette.error('failed')}   ${each.address}: ${causes(each.diagnostics)}`),
        ...outcome.skipped.map((step) => `  ${palette.warning('skipped')}  ${describe(step)}`),
      ].join('\n');
  }
}

const NOTHING: Outcome = { done: [], failed: [], skipped: [], interrupted: false };

function resultOf({ plan, outcome, approved }: ApplyResult): AppliedJson['result'] {
  if (!approved) return 'declined';
  if (!outcome) return isEmpty(plan) ? 'unchanged' : 'declined';
  return outcome.failed.length + outcome.skipped.length > 0 ? 'partial' : 'changed';
}

function stepJson(step: Step): StepJson {
  return { address: step.do === 'policy' ? 'policy' : step.address, step: step.do, text: describe(step) };
}

function counted(steps: readonly Step[]): string {
  return steps.length === 1 ? '1 step' : `${steps.length} steps`;
}

function causes(diagnostics: readonly Diagnostic[]): string {
  return visible(diagnostics.map((each) => each.summary).join('; '));
}
