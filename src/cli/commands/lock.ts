/** `toolcrib lock` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const lockCommand: Command = {
  name: 'lock',
  summary: 'pin every source and record every tool definition',
  details:
    'Starts each new or changed server sealed off, reads what it offers, and writes toolbox.lock.yaml and toolbox.lock.d/. Review them and commit them: the commit is the approval.',
  arguments: [
    {
      name: 'server',
      description: 'servers to resolve anew (default: those that are new or changed)',
      optional: true,
      variadic: true,
    },
  ],
  options: [{ flags: '--check', description: 'write nothing; exit 2 when something would change' }, JSON_OPTION],
  examples: ['toolcrib lock', 'toolcrib lock files --json', 'toolcrib lock --check'],
  finishesStep: true,
  async run(call) {
    const { context, terminal, options, json } = call;
    const { lock } = await import('../../workflow/lock.js');
    const check = options.flag('check');
    const report = await lock(context, { check, servers: [...call.arguments] });
    if (json) terminal.json(report);
    else {
      const { locked } = await import('../views/locked.js');
      terminal.data(locked(report, check, terminal.palette));
      terminal.next(
        check ? 'toolcrib lock' : 'review and commit toolbox.lock.yaml and toolbox.lock.d/, then toolcrib plan',
      );
    }
    return check && report.changed ? Exit.changes : Exit.ok;
  },
};
