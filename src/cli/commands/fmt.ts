/** `toolcrib fmt` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const fmtCommand: Command = {
  name: 'fmt',
  summary: 'write the toolbox files the one way there is; comments and meaning stay',
  details: 'Prints the names of the files that it changed. With --check it writes nothing, and exits 2 when it would.',
  options: [{ flags: '--check', description: 'write nothing; exit 2 when something would change' }, JSON_OPTION],
  examples: ['toolcrib fmt', 'toolcrib fmt --check'],
  async run({ context, terminal, options, json }) {
    const check = options.flag('check');
    const { format } = await import('../../workflow/fmt.js');
    const { changed, files } = await format(context, { check });
    if (json) terminal.json({ changed, files });
    else for (const name of changed) terminal.data(name);
    return check && changed.length > 0 ? Exit.changes : Exit.ok;
  },
};
