/** `toolcrib logs` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { argument, JSON_OPTION } from '../command.js';

export const logsCommand: Command = {
  name: 'logs',
  summary: "show a server's stderr and when it started and ended",
  arguments: [{ name: 'server', description: 'whose log' }],
  options: [
    { flags: '--follow', description: 'go on with what comes' },
    { flags: '--tail <n>', description: 'only the last so many lines' },
    { ...JSON_OPTION, description: 'one JSON object a line' },
  ],
  examples: ['toolcrib logs files --tail 20', 'toolcrib logs files --follow'],
  async run(call) {
    const { context, terminal, options, json } = call;
    const [{ logs }, { logText }] = await Promise.all([import('../../workflow/logs.js'), import('../views/log.js')]);
    const lines = logs(context, {
      server: argument(call, 0),
      follow: options.flag('follow'),
      tail: options.count('tail', '--tail', 0),
      signal: terminal.closed,
    });
    for await (const line of lines) {
      if (json) terminal.jsonLine(line);
      else terminal.data(logText(line, terminal.palette));
    }
    return Exit.ok;
  },
};
