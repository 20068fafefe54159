/** A plan for people: who gains and loses what first, then each resource with what changes in it and why, then the sum. */
import { visible } from '../../diagnostics/visible.js';
import type { AccessChange } from '../../model/access.js';
import { kindOf } from '../../model/address.js';
import type { Action, Change, FieldChange, Mode, Plan } from '../plan.js';
import { changesNothing } from '../plan.js';
import { tally } from './tally.js';
import { inWords } from './words.js';

type Paint = (text: string) => string;

/** Colours by meaning. They only repeat what symbols and words say. */
export interface PlanPalette {
  added: Paint;
  removed: Paint;
  changed: Paint;
  strong: Paint;
  faint: Paint;
}

export const SYMBOLS: Record<Action, string> = {
  create: '+',
  update: '~',
  replace: '-/+',
  delete: '-',
  start: '>',
  'no-op': ' ',
};

const NOTHING: Record<Mode, string> = {
  apply: 'No changes. The engine is as declared.',
  destroy: 'No changes. There is nothing of this project on the engine.',
  drift: 'No drift. Nothing was changed outside toolcrib.',
};

export function planText(plan: Plan, palette: PlanPalette): string {
  const kept = plan.changes.filter((change) => change.action === 'no-op' && change.reason.startsWith('kept,'));
  const blocks = [
    head(plan, palette),
    block('Access', accessLines(plan.accessChanges, palette), palette),
    block('Moved', movedLines(plan), palette),
    block('Resources', resourceLines(plan, palette), palette),
    block(
      'Kept',
      kept.map((change) => `  ${change.address}: ${change.reason}`),
      palette,
    ),
    [changesNothing(plan) ? summary(plan) : palette.strong(summary(plan))],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** `Plan: 2 to create, 1 to update in place, 0 to replace, 1 to delete; access: 3 granted, 1 revoked.` */
export function summary(plan: Plan): string {
  if (changesNothing(plan)) return NOTHING[plan.mode];
  const sum = tally(plan);
  const start = sum.start > 0 ? `, ${sum.start} to start` : '';
  const constrained = sum.constrained > 0 ? `, ${sum.constrained} constrained` : '';
  return (
    `${plan.mode === 'drift' ? 'Drift' : 'Plan'}: ${sum.create} to create, ${sum.update} to update in place, ${sum.replace} to replace, ${sum.delete} to delete${start}; ` +
    `access: ${sum.granted} granted, ${sum.revoked} revoked${constrained}.`
  );
}

function head(plan: Plan, { strong }: PlanPalette): string[] {
  const scope = scopeOf(plan);
  return [
    `Project ${strong(visible(plan.project.name))}${visible(placeOf(plan))}`,
    ...(scope === null ? [] : [visible(scope)]),
  ];
}

/** Environment, engine and context: what tells one place from another. */
export function placeOf({ engine, environment }: Plan): string {
  const context = engine.context ? `context ${engine.context}, ` : '';
  const how = `Docker ${engine.version}, ${context}${engine.endpoint}`;
  return `${environment === null ? '' : `, environment ${environment},`} on engine ${engine.name} (${how})`;
}

/** What is left out of the plan on purpose. */
export function scopeOf({ mode, targets }: Plan): string | null {
  if (mode === 'drift') return 'Only what was changed outside toolcrib; what the declaration changes is left out.';
  if (targets.length === 0) return null;
  return `Only ${targets.join(', ')}: policy and everything else stay as they live.`;
}

function block(title: string, lines: string[], { strong }: PlanPalette): string[] {
  return lines.length === 0 ? [] : [strong(title), ...lines];
}

function accessLines(changes: readonly AccessChange[], palette: PlanPalette): string[] {
  const width = Math.max(0, ...changes.map((change) => visible(change.text).length));
  return changes.map(({ effect, text, reason }) => {
    const symbol = { granted: '+', revoked: '-', constrained: '~' }[effect];
    const paint = { granted: palette.added, revoked: palette.removed, constrained: palette.changed }[effect];
    const line = `  ${symbol} ${visible(text)}`;
    if (reason === null) return paint(line);
    return `${paint(line.padEnd(width + 4))}  ${palette.strong('high risk')}: ${visible(reason)}`;
  });
}

/** Volumes stand here for as long as the engine knows them by their old names. */
function movedLines({ changes }: Plan): string[] {
  return changes.flatMap(({ address, movedFrom, reason }) => {
    if (movedFrom === undefined) return [];
    return [
      `  > ${visible(address)} moved from ${visible(movedFrom)}${kindOf(address) === 'volume' ? `; ${visible(reason)}` : ''}`,
    ];
  });
}

/** Kinds stand apart; where one change alone is shown, there is nothing to keep apart. */
function resourceLines({ changes }: Plan, palette: PlanPalette): string[] {
  const shown = changes.filter((change) => change.action !== 'no-op');
  const widths = {
    address: widest(shown.map(({ address }) => address)),
    what: widest(shown.filter(isBrief).map(whatAndWhy)),
  };
  return shown.flatMap((change, index) => {
    const before = shown[index - 1];
    const apart = before !== undefined && groupOf(before) !== groupOf(change);
    return [...(apart ? [''] : []), headline(change, widths, palette), ...details(change, palette)];
  });
}

/** Toolcrib's own containers are one group; all else goes by the kind of its address. */
function groupOf({ address }: Change): string {
  return /^(control|bridge|proxy|egress)$/.test(address) ? 'system' : kindOf(address);
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => visible(text).length));
}

/** Nothing below its headline but why: then that stands beside it. */
function isBrief(change: Change): boolean {
  return tellingFields(change).length === 0 && change.unknown.length === 0;
}

function whatAndWhy(change: Change): string {
  return `${whatHappens(change)}${change.cause === null ? '' : ` (${change.cause})`}`;
}

function headline(change: Change, widths: { address: number; what: number }, palette: PlanPalette): string {
  const paint = { create: palette.added, delete: palette.removed }[change.action as string] ?? palette.changed;
  const address = visible(change.address).padEnd(widths.address);
  const line = paint(`${SYMBOLS[change.action].padStart(3)} ${address}  ${whatAndWhy(change)}`);
  if (!isBrief(change)) return line;
  const gap = ' '.repeat(widths.what - whatAndWhy(change).length);
  return `${line}${gap}  ${palette.faint(visible(change.reason))}`;
}

export function whatHappens({ action, disruption }: Change): string {
  switch (action) {
    case 'update':
      return 'update in place';
    case 'replace':
      return disruption === 'none'
        ? 'replace'
        : disruption.startsWith('replace')
          ? disruption
          : `replace: ${disruption}`;
    case 'start':
      return disruption === 'restart' ? 'restart' : 'start';
    default:
      return action;
  }
}

function details(change: Change, palette: PlanPalette): string[] {
  if (isBrief(change)) return [];
  const fields = tellingFields(change);
  const width = Math.min(WIDEST_NAME, widest(fields.map(({ field }) => field)));
  const lines = [
    palette.faint(visible(change.reason)),
    ...fields.map((field) => fieldLine(change, field, width, palette)),
  ];
  if (change.unknown.length > 0) lines.push(`${change.unknown.join(', ')}: (known after apply)`);
  return lines.map((line) => `      ${line}`);
}

/** A longer name pushes its own value aside, and nobody else's. */
const WIDEST_NAME = 32;

/** Of something new, what a reviewer decides on; how it is hardened goes without saying. */
const TELLING =
  /^(reference|url|private_addresses|insecure|ca|image|command|args|user|env\..*|mounts\..*|networks|ports|memory|cpus|pids)$/;
/** Of Toolcrib's own containers, only where they reach out of the project. */
const TELLING_OF_SYSTEM = /^(image|ports)$/;

export function tellingFields(change: Change): FieldChange[] {
  return change.action === 'create' ? change.fields.filter((each) => isTelling(change, each)) : change.fields;
}

function isTelling({ address }: Change, { field, after }: FieldChange): boolean {
  if (kindOf(address) === 'server' || kindOf(address) === 'image') return TELLING.test(field);
  return TELLING_OF_SYSTEM.test(field) || (field.startsWith('mounts.') && String(after).startsWith('bind '));
}

/** Why stands at the field only where it is not what the headline says. */
function fieldLine(
  change: Change,
  field: FieldChange,
  width: number,
  { added, removed, changed }: PlanPalette,
): string {
  const name = `${visible(field.field)}:`.padEnd(width + 1);
  const after = inWords(field.field, field.after);
  if (change.action === 'create') return `${name} ${after}`;
  const why = field.cause === change.cause ? '' : ` ${changed(`(${field.cause})`)}`;
  return `${name} ${removed(inWords(field.field, field.before))} → ${added(after)}${why}`;
}
