/** `toolcrib adopt` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { argument, JSON_OPTION } from '../command.js';
import { reportText } from '../report.js';

export const adoptCommand: Command = {
  name: 'adopt',
  summary: 'declare an MCP server that runs in a container of yours',
  details:
    'Adds the declaration of a container to the file with `project:`, its volumes as external ones, and says what its replacement will have otherwise. The engine is only read: the container goes on until you stop it. What looks like a credential becomes a variable without a value.',
  arguments: [{ name: 'container', description: 'its name or id' }],
  options: [
    { flags: '--name <name>', description: 'name of the server (default: after the container)' },
    { flags: '--http <port/path>', description: 'where it listens, if it speaks HTTP (default: found out; /mcp)' },
    { flags: '--print', description: 'write nothing; show what would be added' },
    JSON_OPTION,
  ],
  examples: [
    'toolcrib adopt notes-mcp',
    'toolcrib adopt 3f1c8a --name notes --print',
    'toolcrib adopt web --http 8080/mcp',
  ],
  async run(call) {
    const { context, terminal, options, json } = call;
    const { adopt } = await import('../../workflow/adopt.js');
    const adopted = await adopt(context, {
      container: argument(call, 0),
      name: options.text('name'),
      http: options.text('http'),
      print: options.flag('print'),
    });
    if (json) {
      terminal.json(adopted);
      return Exit.ok;
    }
    const { adoptedText } = await import('../views/adopted.js');
    await reportText(adopted.diagnostics, terminal, context.dir);
    terminal.data(adoptedText(adopted, terminal.palette));
    return Exit.ok;
  },
};
