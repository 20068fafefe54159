/** `toolcrib show` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { argument } from '../command.js';
import { FORMAT_OPTIONS, showPlan } from './plan.js';

export const showCommand: Command = {
  name: 'show',
  summary: 'show a plan that `plan --out` saved; asks no engine and needs no project',
  arguments: [{ name: 'file', description: 'the saved plan' }],
  options: [...FORMAT_OPTIONS],
  examples: ['toolcrib show plan.toolcrib', 'toolcrib show plan.toolcrib --format markdown > comment.md'],
  standalone: true,
  async run(call) {
    const { context, terminal, json, options } = call;
    const file = argument(call, 0);
    const { readSavedPlan } = await import('../../workflow/saved-plan.js');
    const saved = await readSavedPlan(context.dir, file);
    if (!json && options.text('format') !== 'markdown')
      terminal.note(`Saved on ${saved.created} by toolcrib ${saved.plan.toolcrib}.`);
    await showPlan(saved.plan, call, `toolcrib apply ${file}`);
    return Exit.ok;
  },
};
