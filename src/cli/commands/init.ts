/** `toolcrib init` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const initCommand: Command = {
  name: 'init',
  summary: 'write a commented toolbox.yaml to start from',
  details: 'Writes toolbox.yaml and a folder of sample documents that its file server may read. Overwrites nothing.',
  options: [{ flags: '--name <name>', description: 'name of the project (default: after the folder)' }, JSON_OPTION],
  examples: ['toolcrib init', 'toolcrib init -C tools --name acme-tools'],
  standalone: true,
  async run({ context, terminal, options, json }) {
    const { init } = await import('../../workflow/init.js');
    const done = await init(context, options.text('name'));
    if (json) {
      terminal.json(done);
      return Exit.ok;
    }
    const { initialised } = await import('../views/initialised.js');
    terminal.data(initialised(done, options.text('C'), terminal.palette));
    return Exit.ok;
  },
};
