/** `toolcrib lock` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { LockResult } from '../../workflow/lock.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { reportText } from '../report.js';

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
    const result = await lock(context, { check, servers: [...call.arguments] });
    if (json) terminal.json(result);
    else {
      const { lockedText } = await import('../views/locked.js');
      await reportText(result.diagnostics, terminal, context.dir);
      terminal.data(lockedText(result, check, terminal.palette));
      terminal.next(nextAfter(result, check));
    }
    return check && result.changed ? Exit.changes : Exit.ok;
  },
};

function nextAfter(result: LockResult, check: boolean): string {
  if (!result.changed) return 'toolcrib plan';
  return check ? 'toolcrib lock' : 'review and commit what was written, then toolcrib plan';
}
