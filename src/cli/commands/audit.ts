/** `toolcrib audit` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Call, Command } from '../command.js';
import { JSON_OPTION } from '../command.js';
import { visible } from '../../diagnostics/visible.js';
import { moment } from '../moment.js';
import type { AuditQuery } from '../../workflow/audit.js';
import type { AuditLine } from '../../audit/line.js';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'show who called what, and what was refused',
  options: [
    { flags: '--agent <name>', description: 'only calls of this agent' },
    { flags: '--server <name>', description: 'only calls to this server' },
    { flags: '--tool <name>', description: 'only calls of this tool' },
    { flags: '--decision <decision>', description: 'only these', choices: ['allow', 'deny'] },
    { flags: '--since <time>', description: 'only since then: a length such as 2h, or an ISO 8601 time' },
    { flags: '--until <time>', description: 'only up to then, written the same way' },
    { flags: '--tail <n>', description: 'only the last so many calls' },
    { flags: '--follow', description: 'go on with what comes' },
    { ...JSON_OPTION, description: 'one JSON object a line, as recorded' },
  ],
  examples: [
    'toolcrib audit --decision deny --since 2h',
    'toolcrib audit --agent reader --json',
    'toolcrib audit --follow --tail 10',
  ],
  async run(call) {
    const { context, terminal, options } = call;
    const query = queryOf(call);
    const { audit, followAudit } = await import('../../workflow/audit.js');
    const { renderAudit, renderFollowed } = await import('../../audit/read.js');
    if (options.flag('follow')) {
      const signal = AbortSignal.any([terminal.closed, context.signal]);
      for await (const lines of followAudit(context, query, signal)) show(call, lines, renderFollowed);
      return Exit.ok;
    }
    const { lines, torn } = await audit(context, query);
    if (torn > 0)
      terminal.note(
        `${torn} ${torn === 1 ? 'line is' : 'lines are'} no audit lines: a crash tore them, or somebody else wrote them.`,
      );
    show(call, lines, renderAudit);
    return Exit.ok;
  },
};

function show(
  { terminal, json }: Call,
  lines: readonly AuditLine[],
  render: (of: readonly AuditLine[]) => string,
): void {
  if (json) for (const line of lines) terminal.jsonLine(line);
  else for (const line of render(lines).split('\n').slice(0, -1)) terminal.data(visible(line));
}

function queryOf({ options, context }: Call): AuditQuery {
  const decision = options.text('decision');
  return {
    agent: options.text('agent'),
    server: options.text('server'),
    tool: options.text('tool'),
    decision: decision === 'allow' || decision === 'deny' ? decision : null,
    since: moment('--since', options.text('since'), context.now()),
    until: moment('--until', options.text('until'), context.now()),
    tail: options.count('tail', '--tail', 0),
  };
}
