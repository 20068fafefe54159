/** `toolcrib plan` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { fail } from '../../diagnostics/failure.js';
import type { Address } from '../../model/address.js';
import { changesNothing } from '../../plan/plan.js';
import type { Plan } from '../../plan/plan.js';
import type { Call, Command, Option } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { reportText } from '../report.js';

export const FORMAT_OPTIONS: readonly Option[] = [
  {
    flags: '--format <format>',
    description: 'how to print it; markdown is for a comment on a pull request',
    choices: ['text', 'json', 'markdown'],
  },
  JSON_OPTION,
];

/** Of `plan` and `apply`. */
export const SCOPE_OPTIONS: readonly Option[] = [
  {
    flags: '--target <address>',
    description: 'change this server (server.NAME) and nothing else; policy and the rest stay as they live',
    repeatable: true,
  },
  {
    flags: '--replace <address>',
    description: 'replace this (server.NAME, proxy, bridge, control) whatever it looks like',
    repeatable: true,
  },
];

export const planCommand: Command = {
  name: 'plan',
  summary: 'show what apply would change on the engine, and who would gain or lose access',
  options: [
    { flags: '--out <file>', description: 'save the plan, for `toolcrib apply FILE`' },
    { flags: '--destroy', description: 'plan the removal of everything' },
    { flags: '--volumes', description: 'with --destroy: of volumes with data and the audit log too' },
    { flags: '--drift-only', description: 'show only what was changed outside toolcrib' },
    ...SCOPE_OPTIONS,
    { flags: '--detailed-exitcode', description: 'exit 2 when there are changes, 0 when there are none' },
    ...FORMAT_OPTIONS,
  ],
  examples: [
    'toolcrib plan',
    'toolcrib plan --detailed-exitcode --json > plan.json',
    'toolcrib plan --out plan.toolcrib',
    'toolcrib plan --format markdown > comment.md',
    'toolcrib plan --drift-only --detailed-exitcode',
  ],
  async run(call) {
    const { context, options } = call;
    const { plan } = await import('../../workflow/plan.js');
    const out = options.text('out');
    const made = await plan(context, asked(call), out);
    await showPlan(made, call, out === null ? null : `toolcrib apply ${out}`);
    if (made.refusals.length > 0) return Exit.refused;
    return options.flag('detailedExitcode') && !changesNothing(made) ? Exit.changes : Exit.ok;
  },
};

/** @throws Failure `invalid_option` where two options contradict each other. */
function asked({ options }: Call): {
  destroy: boolean;
  volumes: boolean;
  driftOnly: boolean;
  targets: Address[];
  replace: Address[];
} {
  const destroy = options.flag('destroy');
  const [volumes, driftOnly] = [options.flag('volumes'), options.flag('driftOnly')];
  const { targets, replace } = scopeFrom(options);
  if (volumes && !destroy) contradiction('--volumes is about what --destroy removes.');
  if (destroy && (driftOnly || targets.length + replace.length > 0))
    contradiction('--destroy removes everything, so --drift-only, --target and --replace have no place beside it.');
  if (driftOnly && options.text('out') !== null)
    contradiction('--drift-only is to be looked at, and --out saves what apply can do.');
  if (driftOnly && replace.length > 0) contradiction('--drift-only shows what is, and --replace changes it.');
  return { destroy, volumes, driftOnly, targets, replace };
}

export function scopeFrom(options: Call['options']): { targets: Address[]; replace: Address[] } {
  return {
    targets: [...new Set(options.texts('target'))] as Address[],
    replace: [...new Set(options.texts('replace'))] as Address[],
  };
}

export function contradiction(why: string): never {
  return fail('invalid_option', why, 'Leave one of them out.');
}

/**
 * The same plan in whichever form was asked for.
 * @param next the command that does it; null: as the plan itself suggests.
 */
export async function showPlan(plan: Plan, call: Call, next: string | null = null): Promise<void> {
  const { context, terminal, options, json } = call;
  if (json) {
    const { planJson } = await import('../../plan/views/json.js');
    return terminal.json(planJson(plan));
  }
  if (options.text('format') === 'markdown') {
    const { planMarkdown } = await import('../../plan/views/markdown.js');
    return terminal.data(planMarkdown(plan));
  }
  const { planText } = await import('../../plan/views/text.js');
  await reportText(plan.warnings, terminal, context.dir);
  terminal.data(planText(plan, terminal.palette));
  await reportText(plan.refusals, terminal, context.dir);
  if (changesNothing(plan) || plan.refusals.length > 0) return;
  const usual = {
    apply: `toolcrib apply${plan.targets.map((target) => ` --target ${target}`).join('')}`,
    destroy: 'toolcrib destroy',
    drift: 'toolcrib apply, which makes the engine as declared again',
  };
  terminal.next(next ?? usual[plan.mode]);
}
