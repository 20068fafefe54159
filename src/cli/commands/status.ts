/** `toolcrib status` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const statusCommand: Command = {
  name: 'status',
  summary: 'show what runs, what is withheld, and what has drifted',
  options: [JSON_OPTION],
  examples: ['toolcrib status', 'toolcrib status --json'],
  async run({ context, terminal, json }) {
    const { status } = await import('../../workflow/status.js');
    const report = await status(context);
    if (json) {
      terminal.json(report);
      return Exit.ok;
    }
    const { statusText } = await import('../views/status.js');
    terminal.data(statusText(report, terminal.palette));
    if (report.servers.some((each) => each.drift)) terminal.next('toolcrib plan shows what has drifted');
    else if (report.proxy.state === 'missing') terminal.next('toolcrib plan');
    return Exit.ok;
  },
};
