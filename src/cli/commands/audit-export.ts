/** `toolcrib audit export` */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { moment } from '../moment.js';

export const auditExportCommand: Command = {
  name: 'audit export',
  summary: 'print a span of the audit log with the checkpoints that sign it',
  details:
    'JSON lines as recorded, from the checkpoint before the span to the one after it, so that `toolcrib audit verify FILE` can check them wherever they are taken.',
  options: [
    { flags: '--since <time>', description: 'from then on: a length such as 2h, or an ISO 8601 time' },
    { flags: '--until <time>', description: 'up to then, written the same way' },
    { flags: '--out <file>', description: 'write to a file' },
  ],
  examples: ['toolcrib audit export --since 2027-01-01T00:00:00Z --until 2027-02-01T00:00:00Z --out january.jsonl'],
  async run({ context, terminal, options }) {
    const { exportLog } = await import('../../workflow/audit-verify.js');
    const lines = await exportLog(context, {
      since: moment('--since', options.text('since'), context.now()),
      until: moment('--until', options.text('until'), context.now()),
    });
    const out = options.text('out');
    if (out === null) for (const line of lines) terminal.data(line);
    else {
      await writeFile(resolve(context.dir, out), lines.map((line) => `${line}\n`).join(''));
      terminal.note(`${lines.length} lines written to ${out}.`);
      terminal.next(`toolcrib audit verify ${out}`);
    }
    return Exit.ok;
  },
};
