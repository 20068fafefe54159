/** `toolcrib audit verify` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { Failure, problem } from '../../diagnostics/failure.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const auditVerifyCommand: Command = {
  name: 'audit verify',
  summary: 'check that the audit log is what was written',
  details:
    'Holds every line to the hash in the next one, and every signed checkpoint to the lines before it: of the project’s own log through the engine’s API, together with the checkpoints in the proxy’s output, or of files and folders without any engine. Exit code 1 names the first broken line and what is wrong.',
  arguments: [{ name: 'path', description: 'file or folder of an audit log', optional: true, variadic: true }],
  options: [
    { flags: '--key <key>', description: 'public key that must have signed (NAME+ID+KEY)' },
    {
      flags: '--checkpoints <file>',
      description: 'checkpoints that were kept elsewhere: no line before them may be missing',
    },
    JSON_OPTION,
  ],
  examples: ['toolcrib audit verify', 'toolcrib audit verify ./audit-copy --checkpoints kept.txt'],
  async run({ context, terminal, options, json, arguments: paths }) {
    const { verifyLog } = await import('../../workflow/audit-verify.js');
    const verdict = await verifyLog(context, {
      paths,
      key: options.text('key'),
      checkpoints: options.text('checkpoints'),
    });
    const { broken } = verdict;
    if (json) terminal.json(verdict);
    if (broken) {
      const fix = 'Keep a copy of the log as it is, and find out who can write to where it was kept.';
      const detail = `${broken.file}, line ${broken.line}${broken.n === null ? '' : ` (number ${broken.n})`}: ${broken.what}.`;
      if (json) return Exit.error;
      throw new Failure([problem('audit_broken', detail, fix)]);
    }
    if (!json) {
      const { verdictText } = await import('../views/verdict.js');
      terminal.data(verdictText(verdict, terminal.palette));
    }
    return Exit.ok;
  },
};
