/** `toolcrib validate` */
import { counted } from '../../diagnostics/counted.js';
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { reportText } from '../report.js';

export const validateCommand: Command = {
  name: 'validate',
  summary: 'check toolbox.yaml, and the lock and tokens beside it; asks no engine',
  options: [JSON_OPTION],
  examples: ['toolcrib validate', 'toolcrib validate -f toolbox.yaml -f team/extra.toolbox.yaml --json'],
  async run({ context, terminal, json }) {
    const { validate } = await import('../../workflow/validate.js');
    const { valid, diagnostics, found } = await validate(context);
    if (json) terminal.json({ valid, diagnostics });
    else await reportText(diagnostics, terminal, context.dir);
    if (!json && found) {
      const counts = `${counted(found.servers, 'server')}, ${counted(found.agents, 'agent')}`;
      terminal.data(
        `${terminal.palette.good('Valid:')} ${found.files.join(', ')} (project ${found.project}, ${counts})`,
      );
      terminal.next(
        found.locked ? 'toolcrib plan' : 'toolcrib lock (there is none yet, so tool names were not checked)',
      );
    }
    return valid ? Exit.ok : Exit.error;
  },
};
