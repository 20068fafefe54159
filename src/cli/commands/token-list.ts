/** `toolcrib token list` */
import { Exit } from '../../diagnostics/diagnostic.js';
import type { Command } from '../command.js';
import { JSON_OPTION } from '../command.js';

export const tokenListCommand: Command = {
  name: 'token list',
  summary: 'list the tokens in toolbox.tokens/',
  options: [JSON_OPTION],
  examples: ['toolcrib token list', 'toolcrib token list --json'],
  async run({ context, terminal, json }) {
    const { listTokens } = await import('../../workflow/token.js');
    const tokens = await listTokens(context);
    if (json) terminal.json({ tokens });
    else {
      const { tokensText } = await import('../views/tokens.js');
      terminal.data(tokensText(tokens, terminal.palette));
    }
    return Exit.ok;
  },
};
