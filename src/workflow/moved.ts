/** What moved between a saved plan and its apply, each with both values. Any of it, and the plan is not applied. */
import { Exit } from '../diagnostics/diagnostic.js';
import { fail } from '../diagnostics/failure.js';
import { visible } from '../diagnostics/visible.js';
import { describe } from '../apply/describe.js';
import type { Json } from '../model/definitions.js';
import type { Plan, Step } from '../plan/plan.js';
import { inWords } from '../plan/views/words.js';
import type { Fingerprint } from './fingerprint.js';
import type { SavedPlan } from './saved-plan.js';
import { createdBy } from './saved-plan.js';

export interface Moved {
  /** `container toolcrib.acme.proxy.g1: memory`. */
  what: string;
  before: string;
  after: string;
}

export function movedBetween(saw: Fingerprint, now: Fingerprint): Moved[] {
  const groups = [...new Set([...Object.keys(saw), ...Object.keys(now)])];
  return groups.flatMap((group) => {
    const [was, is] = [saw[group], now[group]];
    // A container as a whole; of other groups, each thing stands for itself.
    if (group.startsWith('container ') && !(was && is)) return [{ what: group, ...presence(was, is) }];
    const names = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])];
    return names.flatMap((name) => movedOne(group, name, was?.[name], is?.[name]));
  });
}

function movedOne(group: string, name: string, was: Json | undefined, is: Json | undefined): Moved[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  // Images are named by what they are made from: that one is there by now changes nothing.
  if (group === 'image' && (was ?? null) === null) return [];
  const words = (value: Json | undefined): string => (value === undefined ? 'not there' : shown(name, value));
  return [
    { what: `${group}${group.startsWith('container ') ? ':' : ''} ${name}`, before: words(was), after: words(is) },
  ];
}

function shown(name: string, value: Json): string {
  return value === null ? 'not there' : inWords(name, value);
}

function presence(was: unknown, is: unknown): { before: string; after: string } {
  return { before: was ? 'there' : 'not there', after: is ? 'there' : 'not there' };
}

/** The steps are made anew from the same things, so they must be the same: whatever the fingerprint may have left out. */
export function movedSteps(saved: SavedPlan, plan: Plan): Moved[] {
  const was = saved.plan.steps.filter(isCompared).map(told);
  const is = plan.steps.filter(isCompared).map(told);
  const at = was.findIndex((step, index) => step.key !== is[index]?.key);
  const first = at >= 0 ? at : was.length < is.length ? was.length : -1;
  if (first >= 0) {
    const words = (steps: { text: string }[]): string => steps[first]?.text ?? 'nothing more';
    return [{ what: `step ${first + 1} of the plan`, before: words(was), after: words(is) }];
  }
  const copies = movedCopies(saved.plan, plan);
  if (copies.length > 0) return copies;
  const now = createdBy(plan.steps, saved.salt);
  return Object.entries(saved.creates).flatMap(([address, hash]) =>
    now[address] === hash
      ? []
      : [{ what: `what ${address} is created from`, before: hash, after: now[address] ?? 'not known' }],
  );
}

/** Images may be there by now, copies end with their sessions, and a subnet is whichever is free. */
function isCompared(step: Step): boolean {
  return step.do !== 'image' && !isOfCopies(step);
}

function isOfCopies(step: Step): step is Extract<Step, { do: 'update-copies' | 'remove-container' }> {
  return step.do === 'update-copies' || (step.do === 'remove-container' && step.copy === true);
}

/**
 * A copy that was to be changed or to go may be gone by now; what was not shown is done to none, unless all goes, or its
 * template does: one that began since goes with that, as those that were there do.
 */
function movedCopies({ steps: was }: Plan, { steps: is, mode }: Plan): Moved[] {
  if (mode === 'destroy') return [];
  const shown = new Set(was.filter(isOfCopies).flatMap(parts));
  const gone = new Set(was.flatMap((step) => (step.do === 'remove-container' && !step.copy ? [step.id] : [])));
  const unseen = is
    .filter(isOfCopies)
    .filter((step) => !isWithTemplate(step, gone) && !parts(step).every((part) => shown.has(part)));
  return unseen.map((step) => ({ what: `copies of ${step.address}`, before: 'as they are', after: describe(step) }));
}

function isWithTemplate(step: Step, gone: ReadonlySet<string>): boolean {
  return step.do === 'remove-container' && step.template !== undefined && gone.has(step.template);
}

/** Which copy goes, or each field that is set, and of which template. */
function parts(step: Extract<Step, { do: 'update-copies' | 'remove-container' }>): string[] {
  if (step.do === 'remove-container') return [step.id];
  const { address, generation, set } = step;
  return Object.entries(set).map((each) => JSON.stringify([address, generation, each]));
}

function told(step: Step): { key: string; text: string } {
  const bare = {
    ...step,
    ...(step.do === 'create-container' ? { resolved: null } : {}),
    ...(step.do === 'create-network' ? { subnet: '' } : {}),
  };
  return { key: JSON.stringify(bare), text: describe(step) };
}

/** @throws Failure `plan_stale`, exit 3, with everything that moved. */
export function refuseMoved(moved: readonly Moved[], { created }: SavedPlan, path: string): void {
  if (moved.length === 0) return;
  const lines = moved.map(({ what, before, after }) => `  ${visible(what)}: ${before} → ${after}`);
  const things = moved.length === 1 ? 'One thing' : `${moved.length} things`;
  fail(
    'plan_stale',
    `${things} that ${path} was made from on ${created} moved since:\n${lines.join('\n')}\nNothing was changed.`,
    `Look at what moved, then plan again: \`toolcrib plan --out ${path}\`.`,
    {},
    Exit.stale,
  );
}
