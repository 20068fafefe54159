/** `toolcrib audit` */
import { Exit } from '../../diagnostics/diagnostic.js';
import { fail } from '../../diagnostics/failure.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { parseDuration } from '../duration.js';
import { visible } from '../../diagnostics/visible.js';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'show who called what, and what was refused',
  options: [
    { flags: '--agent <name>', description: 'only calls of this agent' },
    { flags: '--server <name>', description: 'only calls to this server' },
    { flags: '--tool <name>', description: 'only calls of this tool' },
    { flags: '--decision <decision>', description: 'only these', choices: ['allow', 'deny'] },
    { flags: '--since <time>', description: 'only since then: a length such as 2h, or an ISO 8601 time' },
    { flags: '--tail <n>', description: 'only the last so many calls' },
    { ...JSON_OPTION, description: 'one JSON object a line, as recorded' },
  ],
  examples: ['toolcrib audit --decision deny --since 2h', 'toolcrib audit --agent reader --json'],
  async run({ context, terminal, options, json }) {
    const decision = options.text('decision');
    const { audit } = await import('../../workflow/audit.js');
    const { lines, torn } = await audit(context, {
      agent: options.text('agent'),
      server: options.text('server'),
      tool: options.text('tool'),
      decision: decision === 'allow' || decision === 'deny' ? decision : null,
      since: since(options.text('since'), context.now()),
      tail: options.count('tail', '--tail', 0),
    });
    if (torn > 0)
      terminal.note(
        `${torn} ${torn === 1 ? 'line is' : 'lines are'} no audit lines: a crash tore them, or somebody else wrote them.`,
      );
    if (json) for (const line of lines) terminal.jsonLine(line);
    else {
      const { renderAudit } = await import('../../audit/read.js');
      for (const line of renderAudit(lines).split('\n').slice(0, -1)) terminal.data(visible(line));
    }
    return Exit.ok;
  },
};

function since(text: string | null, now: Date): Date | null {
  if (text === null) return null;
  const seconds = parseDuration(text);
  const at = seconds !== null ? now.getTime() - seconds * 1000 : /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at);
  return fail(
    'invalid_option',
    `--since takes a length of time or an ISO 8601 time, and \`${text}\` is neither.`,
    'Write for example `--since 2h` or `--since 2027-01-31T08:00:00Z`.',
  );
}
