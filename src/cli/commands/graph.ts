/** `toolcrib graph` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const graphCommand: Command = {
  name: 'graph',
  summary: 'draw agents, servers and what they reach as a Mermaid flowchart; asks no engine',
  options: [{ ...JSON_OPTION, description: 'nodes and edges as JSON' }],
  examples: ['toolcrib graph > graph.mmd', 'toolcrib graph --json'],
  async run({ context, terminal, json }) {
    const [{ graph }, { mermaid }] = await Promise.all([
      import('../../workflow/graph.js'),
      import('../views/mermaid.js'),
    ]);
    const found = await graph(context);
    if (json) terminal.json(found);
    else terminal.data(mermaid(found));
    return Exit.ok;
  },
};
