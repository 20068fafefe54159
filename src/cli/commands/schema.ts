/** `toolcrib schema` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';

export const schemaCommand: Command = {
  name: 'schema',
  summary: 'print the JSON Schema of toolbox.yaml, for editors',
  examples: ['toolcrib schema > toolbox.schema.json'],
  standalone: true,
  async run({ context, terminal }) {
    const { schema } = await import('../../workflow/schema.js');
    terminal.data(await schema(context));
    return Exit.ok;
  },
};
