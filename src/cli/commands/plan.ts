/** `toolcrib plan` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { isEmpty } from '../../plan/plan.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { reportText } from '../report.js';

export const planCommand: Command = {
  name: 'plan',
  summary: 'show what apply would change on the engine, and who would gain or lose access',
  options: [
    { flags: '--destroy', description: 'plan the removal of everything' },
    { flags: '--detailed-exitcode', description: 'exit 2 when there are changes, 0 when there are none' },
    { flags: '--format <format>', description: 'how to print it', choices: ['text', 'json'] },
    JSON_OPTION,
  ],
  examples: ['toolcrib plan', 'toolcrib plan --detailed-exitcode --json > plan.json'],
  async run({ context, terminal, options, json }) {
    const destroy = options.flag('destroy');
    const { plan } = await import('../../workflow/plan.js');
    const made = await plan(context, { destroy });
    if (json) {
      const { planJson } = await import('../../plan/render-json.js');
      terminal.json(planJson(made));
    } else {
      const { planText } = await import('../../plan/render-text.js');
      await reportText(made.warnings, terminal, context.dir);
      terminal.data(planText(made, terminal.palette));
      if (!isEmpty(made)) terminal.next(destroy ? 'toolcrib destroy' : 'toolcrib apply');
    }
    return options.flag('detailedExitcode') && !isEmpty(made) ? Exit.changes : Exit.ok;
  },
};
